package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/broker"
)

// Options are how a Plan is run.
type Options struct {
	// Results takes what hooks deliver, Talk everything else.
	Results, Talk io.Writer
	// Width gives the columns of the terminal that Talk is; nil when it is none, and then there is no table.
	Width func() int
	// ResultsShareTerminal says that Results is that terminal too.
	ResultsShareTerminal bool
	// Isolate gives each runner a process of its own: Program, with the node's label as last argument and VarListeners in
	// its environment.
	Isolate bool
	Program []string
	// Kafka is what records go through; nil: one in memory, which is gone with the run.
	Kafka *Remote
	// Budget bounds how long all nodes together are given to finish what was posted before the end; 0: 30 seconds.
	Budget time.Duration
}

// ErrForced is returned when force ended a run before it had drained.
var ErrForced = errors.New("ended before the pipeline had drained")

// Run runs a plan until ctx is done, then drains; when force is done it ends at once, with ErrForced. Any other error
// says that something could not be started or failed for good.
func Run(ctx, force context.Context, p *Plan, o Options) (err error) {
	hurry, giveUp := context.WithCancel(force)
	defer giveUp()
	r := &run{
		options: o,
		screen:  &screen{result: o.Results, talk: o.Talk, shared: o.ResultsShareTerminal && o.Width != nil},
		admin:   newAdmin(),
		failed:  make(chan error, len(p.Nodes)),
		hurry:   hurry,
		giveUp:  giveUp,
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if err := r.start(ctx, p); err != nil {
		return err
	}
	failure := r.watch(ctx)
	r.drain()
	if force.Err() != nil {
		return ErrForced
	}
	return failure
}

// run is one Run.
type run struct {
	options  Options
	screen   *screen
	admin    *admin
	kafka    store
	receiver *receiver
	// dir holds the contracts of isolated runners; empty without isolation.
	dir string
	// members are in the direction of flow, once all are started.
	members []*member
	// failed takes the errors of runners in this process, which nothing would start again.
	failed chan error
	// hurry is done when nothing is waited for any longer: force is done, or draining has taken its time and giveUp was
	// called. Child processes are killed then.
	hurry  context.Context
	giveUp context.CancelFunc
	// servers are the algos' own; stopServers ends them.
	servers     sync.WaitGroup
	stopServers context.CancelFunc
}

// start starts everything, in the order of who needs whom: the broker, what is called, the runners. It does not wait
// for them to be ready.
func (r *run) start(ctx context.Context, p *Plan) (err error) {
	if err := r.open(ctx, p); err != nil {
		return err
	}
	if r.receiver, err = startReceiver(r.screen); err != nil {
		return err
	}
	if r.options.Isolate {
		if r.dir, err = os.MkdirTemp("", "pipelinectl-run-"); err != nil {
			return err
		}
	}
	serving, stop := context.WithCancel(context.Background())
	r.stopServers = stop
	for i, n := range p.Nodes {
		m := &member{Node: n, talk: &prefixed{to: r.screen, prefix: n.Label + ": "}}
		r.members = append(r.members, m)
		if err := m.listen(); err != nil {
			return err
		}
		if err := r.place(serving, m); err != nil {
			return err
		}
		if err := r.launch(m, filepath.Join(r.dir, strconv.Itoa(i)+".json")); err != nil {
			return err
		}
	}
	r.members = slices.Concat(stages(r.members)...)
	return nil
}

// open reaches the Kafka of the run, a new one unless one is given.
func (r *run) open(ctx context.Context, p *Plan) error {
	if r.options.Kafka != nil {
		r.kafka = r.options.Kafka
	} else {
		b, err := broker.Start()
		if err != nil {
			return err
		}
		r.kafka = memory{b}
	}
	return r.kafka.Prepare(ctx, p, r.say)
}

// say prints one line of talk.
func (r *run) say(format string, args ...any) {
	_, _ = fmt.Fprintf(r.screen, format+"\n", args...) // nobody is left to tell
}

// close ends what start started, as far as it came. Runners are ended first.
func (r *run) close() error {
	r.screen.Redraw("")
	for _, m := range r.members {
		if m.stop != nil {
			m.stop()
		}
	}
	var err error
	for _, m := range r.members {
		r.awaitEnd(m)
		m.admin.close()
		m.ingest.close()
	}
	if r.stopServers != nil {
		r.stopServers()
		r.servers.Wait()
	}
	if r.receiver != nil {
		err = r.receiver.Close(r.hurry)
	}
	if r.kafka != nil {
		r.kafka.Close()
	}
	if r.dir != "" {
		err = errors.Join(err, os.RemoveAll(r.dir))
	}
	return err
}
