// Package runner executes one node: it reads the node's topics, hands each record to the user's code, writes results and
// dead letters, and commits what is finished; or it serves the node's ingest endpoint. What to do it is told by the
// contract, and by nothing else: it must not know the compiler, nor read the process's environment itself.
//
// Start at Run for the lifecycle. loop.go names the parts that a record passes: partition.go (claims, windows), tracker.go
// (the low watermark), gate.go (who may start) and recovery.go (after a crash), scheduler.go (order), limiter.go (how much
// the user's code takes), task.go (a turn), attempt.go (a call), failure.go (what follows a failure), write.go (results,
// routes and dead letters). The folders below it: kafka is the client, call the user's code, ingest the endpoint, metrics
// the collectors, record the record itself.
package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/call"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/kafka"
	"github.com/pipelinectl/pipelinectl/runner/metrics"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// Config is what one runner is told.
type Config struct {
	Node        *contract.Node
	Hash        string // contract.Hash of the document's bytes
	Environment contract.Environment
}

// Deps are what the place hands in; zero fields get their production value.
type Deps struct {
	// Log takes the runner's log; default: JSON on standard error.
	Log *slog.Logger
	// Admin serves metrics and health; default: a listener on contract.AdminPort.
	Admin net.Listener
	// Ingest serves the endpoint, when Node.Ingest is set; default: a listener on contract.IngestPort.
	Ingest net.Listener
	// Linger is how long an endpoint goes on taking requests when ctx is done, for load balancers that have not heard;
	// default: 5 s when the runner listens itself, zero when Ingest is handed in. At most a quarter of Node.Drain counts.
	Linger time.Duration
	// Stderr takes, whole line by whole line, what algos write to standard error; default: os.Stderr.
	Stderr io.Writer
}

// Load gives the Config of this process: the environment part from variables, through lookup (os.LookupEnv), the node
// part from the file that it names.
func Load(lookup func(string) (string, bool)) (Config, error) {
	env, err := contract.FromEnv(lookup)
	if err != nil {
		return Config{}, err
	}
	if env.NodeFile == "" {
		return Config{}, fmt.Errorf("runner: variable %s is missing: it is the path of the node's document", contract.VarNodeFile)
	}
	document, err := os.ReadFile(env.NodeFile)
	if err != nil {
		return Config{}, fmt.Errorf("runner: node document: %w", err)
	}
	node, err := contract.Parse(document)
	if err != nil {
		return Config{}, err
	}
	return Config{Node: node, Hash: contract.Hash(document), Environment: env}, nil
}

// Run executes a node until ctx is done, then drains within Node.Drain and returns nil. An error says that it could not
// start; an unreachable broker is none (the runner is not ready, and tries again).
func Run(ctx context.Context, cfg Config, deps Deps) error {
	if err := errors.Join(cfg.Node.Validate(), cfg.Environment.Validate()); err != nil {
		return err
	}
	deps = deps.filled(cfg.Node)
	r, err := newRunner(cfg, deps)
	if err != nil {
		return err
	}
	if err := r.listen(deps); err != nil {
		return err
	}
	deps.Log.Info("starting", "pipeline", cfg.Node.Pipeline, "node", cfg.Node.Node, "config", cfg.Hash, "image", cfg.Environment.Image)
	r.run(ctx)
	deps.Log.Info("drained")
	return nil
}

// linger is the default of Deps.Linger: longer than Kubernetes' endpoints and a proxy behind them take to hear that a
// pod is going.
const linger = 5 * time.Second

func (d Deps) filled(n *contract.Node) Deps {
	if d.Ingest == nil && d.Linger == 0 {
		d.Linger = linger
	}
	d.Linger = min(d.Linger, n.Drain.D()/4)
	if d.Stderr == nil {
		d.Stderr = os.Stderr
	}
	if d.Log == nil {
		d.Log = slog.New(slog.NewJSONHandler(os.Stderr, nil))
	}
	d.Stderr = &whole{to: d.Stderr}
	return d
}

// whole keeps the lines of processes that run side by side apart.
type whole struct {
	mu sync.Mutex
	to io.Writer
}

// Write implements io.Writer.
func (w *whole) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}

// runner is one Run.
type runner struct {
	node    *contract.Node
	log     *slog.Logger
	metrics *metrics.Set
	sink    *kafka.Sink
	// source and loop are there when the node has inputs, endpoint when it has ingest.
	source   *kafka.Source
	loop     *loop
	endpoint *endpoint
	admin    *admin
	close    func()
}

func newRunner(cfg Config, deps Deps) (*runner, error) {
	n, env := cfg.Node, cfg.Environment
	caller, closeCaller, err := newCaller(cfg, deps.Stderr)
	if err != nil {
		return nil, err
	}
	maker := record.NewMaker(n, env.Image, cfg.Hash)
	clientID := n.Pipeline + "." + n.Node
	r := &runner{node: n, log: deps.Log, close: closeCaller}
	r.metrics = metrics.New(n, env.Image, cfg.Hash, r.state)
	memory := kafka.NewMemory(env.MemoryLimit)
	r.sink = kafka.NewSink(kafka.SinkConfig{Environment: env, Topics: written(n), Parks: parks(n), Memory: memory, ClientID: clientID, Log: deps.Log, Failed: r.metrics.ClientFailed})
	if n.Ingest != nil {
		r.endpoint = newEndpoint(n, maker, r.sink, r.metrics)
		r.endpoint.linger = deps.Linger
		r.admin = newAdmin(r.metrics, notStuck, r.sink.Connected, nil)
		return r, nil
	}
	topics := slices.Clone(n.Retries)
	for _, in := range n.Inputs {
		topics = append(topics, in.Topic)
	}
	r.source = kafka.NewSource(kafka.SourceConfig{
		Environment: env, Group: n.Group, Topics: topics, ClientID: clientID,
		Parks: parks(n), Memory: memory, Drain: n.Drain.D(), ExactlyOnce: n.Delivery == contract.ExactlyOnce, Log: deps.Log, Failed: r.metrics.ClientFailed,
		Healed: func(remedy kafka.Remedy) { r.metrics.Healed(string(remedy)) },
	})
	r.loop = newLoop(n, caller, r.sink, memory, maker, deps.Log)
	r.loop.metrics = r.metrics
	algo, _ := caller.(readier)
	r.admin = newAdmin(r.metrics, r.stuck, r.working, algo)
	return r, nil
}

// written are the topics that a node writes.
func written(n *contract.Node) []string {
	out := slices.Concat(n.Retries, parks(n))
	for _, o := range n.Outputs {
		out = append(out, o.Topic)
	}
	if n.DeadLetters != "" {
		out = append(out, n.DeadLetters)
	}
	return out
}

// newCaller gives the caller of a node's action, nil for one that copies or takes requests.
func newCaller(cfg Config, stderr io.Writer) (caller Caller, closeCaller func(), err error) {
	n, env := cfg.Node, cfg.Environment
	closeCaller = func() {}
	switch {
	case n.Exec != nil:
		config := *n.Exec
		if len(env.Command) > 0 {
			config.Command = env.Command
		}
		// The grace is inside the drain: see budget.
		caller, err = call.NewExec(config, n.OnFailure.Exit, env.Dir, min(2*time.Second, n.Drain.D()/20), stderr)
	case n.HTTP != nil:
		var h *call.HTTP
		h, err = call.NewHTTP(n, env.URL, n.Concurrency)
		caller, closeCaller = h, func() { h.Close() }
	case n.Webhook != nil:
		var h *call.HTTP
		h, err = call.NewWebhook(n, env.URL, n.Concurrency)
		caller, closeCaller = h, func() { h.Close() }
	}
	if err != nil {
		return nil, nil, err
	}
	return caller, closeCaller, nil
}

// stuck says whether the runner no longer makes progress by its own fault: the process must end.
func (r *runner) stuck(now time.Time) bool { return r.loop.stuck(now) || r.source.Stalled() }

// parks are the topics of records that wait with their keys.
func parks(n *contract.Node) (out []string) {
	for _, in := range n.Inputs {
		if in.Park != "" {
			out = append(out, in.Park)
		}
	}
	return out
}

// working says whether the runner is in its group and none of its partitions stands still for a topic that does not fit.
func (r *runner) working() bool { return r.source.Joined() && r.loop.parksFit() }

// state is what the metrics ask at a scrape; an endpoint owns no partitions.
func (r *runner) state() []metrics.Partition {
	if r.loop == nil {
		return nil
	}
	return r.loop.state()
}

// run is the order of the whole: reading and serving stop first, then what is written is awaited, the admin server
// answers to the end.
func (r *runner) run(ctx context.Context) {
	force, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		r.admin.draining.Store(true)
		r.log.Info("draining", "within", r.node.Drain.D().String())
		time.AfterFunc(newBudget(r.node.Drain.D()).force, cancel)
	})
	defer stop()

	writing, stopWriting := context.WithCancel(context.Background())
	defer stopWriting()
	var sink sync.WaitGroup
	sink.Go(func() { r.sink.Run(writing, force) })
	if r.endpoint != nil {
		r.endpoint.serve(ctx, force)
	} else {
		r.source.Run(ctx, force, r.loop)
	}
	stopWriting()
	sink.Wait()
	r.close()
	r.admin.close()
}
