package runner

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/call"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/kafka"
	"github.com/pipelinectl/pipelinectl/runner/metrics"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

var _ kafka.Partitions = (*loop)(nil)

// Source hands the partitions of the inputs to the loop until ctx is done. kafka.Source is the real one.
type Source interface {
	Run(ctx, force context.Context, p kafka.Partitions)
	Joined() bool
}

// Sink writes records. kafka.Sink is the real one.
type Sink interface {
	Write(ctx context.Context, r record.Record, ack record.Ack) error
}

// Caller makes one attempt at a record; its error is a *call.Failure.
type Caller interface {
	Call(ctx context.Context, req *call.Request) (call.Result, error)
}

// loop carries records from the source through the caller to the sink. Its parts: a partition keeps the low watermark
// and the window, the scheduler the order, the limiter how much the caller takes, the policies what follows on a failure,
// the maker the headers.
type loop struct {
	node      *contract.Node
	caller    Caller // nil: records are copied
	sink      Sink
	maker     *record.Maker
	metrics   *metrics.Set
	policies  map[string]policy // by topic
	limiter   *limiter
	memory    *kafka.Memory
	results   []contract.Output // that go by no route
	drain     budget
	log       *slog.Logger
	scheduler *scheduler
	turnstile turnstile
	inputs    map[string]*contract.Input
	tiers     map[string]int // from 1, by topic
	// claims is how many partitions are owned.
	claims atomic.Int64

	mu         sync.Mutex
	partitions map[*partition]struct{}
	// attempts are the calls under way and when they began; liveness looks at the oldest.
	attempts map[*task]time.Time
	// misfits are the partitions whose parks do not fit.
	misfits map[*partition]struct{}
}

func newLoop(n *contract.Node, caller Caller, sink Sink, memory *kafka.Memory, maker *record.Maker, log *slog.Logger) *loop {
	l := &loop{
		node: n, caller: caller, sink: sink, memory: memory, maker: maker, log: log,
		policies: newPolicies(n), results: n.ResultOutputs(), drain: newBudget(n.Drain.D()), inputs: map[string]*contract.Input{}, tiers: map[string]int{},
		partitions: map[*partition]struct{}{}, attempts: map[*task]time.Time{}, misfits: map[*partition]struct{}{},
	}
	for i := range n.Inputs {
		l.inputs[n.Inputs[i].Topic] = &n.Inputs[i]
	}
	for i, topic := range n.Retries {
		l.tiers[topic] = i + 1
	}
	l.memory.OnEased(l.eased)
	l.scheduler = &scheduler{ordering: n.Ordering, limit: n.Concurrency, turn: 1, run: l.run}
	l.limiter = newLimiter(n.Concurrency, newPolicy(n.OnFailure.FailurePolicy).backoff, l.limited)
	if caller == nil {
		l.scheduler.limit, l.scheduler.turn = max(n.Concurrency, copyWorkers), copyTurn
	}
	return l
}

// copyWorkers is the least number of workers of a node that copies. Concurrency bounds how many records are in an action
// at once; a copy is none, and with a worker for each of an ordinary number of partitions it is twice as fast as with few.
const copyWorkers = 16

// copyTurn is how many records of a lane such a node copies in a row.
const copyTurn = 64

// Open implements kafka.Partitions.
func (l *loop) Open(c kafka.Claim) kafka.Intake {
	if c.Transactions != nil {
		return l.transact(c)
	}
	p := l.open(c, l.sink, nil)
	p.park.start(suspicion{died: p.gate.alone > 0})
	return p
}

// open begins a partition from what is committed of it.
func (l *loop) open(c kafka.Claim, sink Sink, x *transacted) *partition {
	ctx, cancel := context.WithCancel(context.Background())
	p := &partition{
		loop: l, claim: c, input: l.inputs[c.Topic], tier: l.tiers[c.Topic], ctx: ctx, cancel: cancel, in: l.metrics.In(c.Topic), sink: sink, transacted: x,
		keyed: map[string]*lane{}, idle: make(chan struct{}), shut: make(chan struct{}),
	}
	known, err := parseCheckpoint(c.Committed.Metadata, c.Committed.Next)
	if err != nil {
		l.log.Warn("what was committed is not understood, and taken for nothing", "topic", c.Topic, "partition", c.Partition, "error", err)
	}
	// A life that follows one of this process finds its own ceiling, which accuses nobody: see gate.resume.
	if known.ceiling > 0 && (x == nil || x.gate == nil) {
		l.log.Warn("the partition was not let go in order: what is unfinished runs one by one", "topic", c.Topic,
			"partition", c.Partition, "from", c.Committed.Next, "below", known.ceiling, "suspect", known.suspect, "tries", known.tries)
	}
	p.recover(c.Committed, known)
	if p.input != nil && p.input.Park != "" {
		p.park = newPark(p, p.input.Park)
	}
	l.mu.Lock()
	l.partitions[p] = struct{}{}
	l.mu.Unlock()
	l.claims.Add(1)
	l.metrics.Claims.Inc()
	l.log.Debug("partition claimed", "topic", c.Topic, "partition", c.Partition)
	return p
}

// forget ends a partition's part in the loop.
func (l *loop) forget(p *partition) {
	p.cancel()
	l.mu.Lock()
	delete(l.partitions, p)
	l.mu.Unlock()
	l.claims.Add(-1)
	l.metrics.Releases.Inc()
	l.turn(p)
	l.log.Debug("partition released", "topic", p.claim.Topic, "partition", p.claim.Partition)
}

// state is what the metrics say about owned partitions.
func (l *loop) state() []metrics.Partition {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]metrics.Partition, 0, len(l.partitions))
	for p := range l.partitions {
		p.mu.Lock()
		s := metrics.Partition{
			Topic: p.claim.Topic, Partition: p.claim.Partition, InFlight: p.active, Waiting: p.waits.Len() + p.park.size(), Parked: p.park.size(), Parks: p.park != nil, Lag: p.lag(),
		}
		p.mu.Unlock()
		out = append(out, s)
	}
	return out
}

// stuckAfter is how much longer than its timeout an attempt may last, ending a process included, before the runner
// counts as stuck: every attempt ends by itself unless the runner is at fault.
const stuckAfter = time.Minute

// stuck says whether the loop no longer makes progress by its own fault. A slow algo, a backoff or an unreachable
// broker is none.
func (l *loop) stuck(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, began := range l.attempts {
		if now.Sub(began) > l.node.Timeout.D()+stuckAfter {
			return true
		}
	}
	return false
}

// budget divides a drain: attempts have most of it, then they are cancelled; release is when a partition is let go with
// whatever is finished; force when the broker is no longer waited for. What is left is for the process to end.
type budget struct {
	attempts, release, force time.Duration
}

func newBudget(drain time.Duration) budget {
	return budget{attempts: drain * 7 / 10, release: drain * 8 / 10, force: drain * 9 / 10}
}
