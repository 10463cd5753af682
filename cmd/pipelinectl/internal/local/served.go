package local

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/broker"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// served is the embedded broker in a process of its own, started again whenever it ends.
type served struct {
	*Remote
	client *kgo.Client
	// data is the folder of its files.
	data, address string
	// pid is its process, killed the one that was killed last.
	pid    atomic.Int64
	killed int
}

var _ brokers = (*served)(nil)

// startBroker starts the broker's process, until serving is done, and waits until it answers.
func (r *run) startBroker(ctx, serving context.Context) (*served, error) {
	port, err := broker.FreePort()
	if err != nil {
		return nil, err
	}
	b := &served{data: filepath.Join(r.dir, "kafka"), address: net.JoinHostPort("127.0.0.1", port)}
	c := &child{
		what: "broker",
		command: func() *exec.Cmd {
			cmd := exec.Command(r.options.Program[0], r.options.Program[1:]...)
			cmd.Env = append(os.Environ(), broker.VarServe+"="+b.data, broker.VarPort+"="+port)
			return cmd
		},
		output:  &prefixed{to: r.screen, prefix: "broker: "},
		say:     r.say,
		grace:   serverGrace,
		started: func(pid int) { b.pid.Store(int64(pid)) },
	}
	r.servers.Go(func() { c.revive(serving, r.hurry) })
	if b.client, err = kgo.NewClient(append(b.options(), kgo.RetryTimeout(requestTime))...); err != nil {
		return nil, err
	}
	b.Remote = &Remote{Admin: kadm.NewClient(b.client), Reached: contract.Environment{BootstrapServers: b.address}}
	return b, b.heal(ctx)
}

func (b *served) asked() *kgo.Client { return b.client }

func (b *served) options() []kgo.Opt {
	return []kgo.Opt{kgo.SeedBrokers(b.address), kgo.DisableClientMetrics()}
}

// abilities: see broker.Serve for what becomes of transactions.
func (b *served) abilities() Abilities { return Abilities{Kill: true} }

func (b *served) refuse(_ context.Context, _ []string, yes bool) error {
	return broker.Refuse(b.data, yes)
}

func (b *served) kill(context.Context, []string) error {
	b.killed = int(b.pid.Load())
	return send(b.killed, Kill)
}

// heal waits: the process is started again by itself.
func (b *served) heal(ctx context.Context) error {
	return await(ctx, requestTime, "the broker does not answer", func() bool {
		return int(b.pid.Load()) != b.killed && b.client.Ping(ctx) == nil
	})
}

// move is nothing that a single broker can do.
func (b *served) move(context.Context, []string) error { return errSingle }

// Bury implements store, as memory does: a group need not wait until the session of a member that was killed times out.
func (b *served) Bury(ctx context.Context, group string) error { return evict(ctx, b.client, group) }

// Close implements store.
func (b *served) Close() {
	if b.client != nil {
		b.client.Close()
	}
}
