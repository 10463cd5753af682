package kafka

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// Claim is a partition that the group has handed to this runner.
type Claim struct {
	Topic     string
	Partition int32
	// Committed is what was committed for it last, zero for nothing.
	Committed Position
	// Commit asks for a commit soon; it does not wait for it.
	Commit func()
	// Transactions is there where positions are committed in transactions: nobody then asks for a Position but who has
	// the claim, and the last one when it is closed.
	Transactions *Transactions
	// HighWater gives the offset that the next record written to the partition will have, as last heard.
	HighWater func() int64
	// Pause (true) stops fetching, Resume (false) starts it again. Records that are on their way still come.
	Pause func(paused bool)
	// Log gives that partition of another topic which has the claim's number.
	Log func(topic string) *Log
}

// Intake takes the records of one claim. Push is called by one goroutine, in order of offsets.
type Intake interface {
	// Push takes a record. It must not block: the client shares its fetches among the partitions of a broker.
	Push(r record.Record)
	// Skip says that no record lies below an offset but those that were pushed. It may come at any time, and again.
	Skip(to int64)
	// Position gives what to commit now; false while there is nothing to say.
	Position() (Position, bool)
	// Committed says that the broker has a position. Between a Position and its Committed no other is asked for.
	Committed(p Position)
	// Close starts no more records and returns when those that were started are finished or given back.
	Close()
}

// Partitions opens an Intake for each claim; it is called from several goroutines.
type Partitions interface {
	Open(c Claim) Intake
}

// Source reads topics as a member of a consumer group.
type Source struct {
	env    contract.Environment
	group  string
	topics []string
	drain  time.Duration
	// exactly says that positions are committed in transactions, which write to the parks too.
	exactly bool
	memory  *Memory
	parks   []string
	client  string
	log     *slog.Logger
	failed  func(stage string)
	joined  atomic.Bool
	// watchdog outlives memberships: what it has tried, they do not know.
	watchdog watchdog
}

// SourceConfig is what a Source needs.
type SourceConfig struct {
	Environment contract.Environment
	Group       string
	Topics      []string
	// ClientID names the runner in the broker's logs and quotas.
	ClientID string
	// Drain is how long Intake.Close may take.
	Drain time.Duration
	// ExactlyOnce has claims commit their positions in transactions.
	ExactlyOnce bool
	// Memory bounds what is fetched and what transactions write; nil: that of a container of the default size.
	Memory *Memory
	// Parks are topics whose records go to the partition that they name.
	Parks []string
	Log   *slog.Logger
	// Failed counts an error of the client, by the stage it happened in; may be nil.
	Failed func(stage string)
	// Healed counts what was done about a partition that stood still; may be nil.
	Healed func(Remedy)
}

// unjoinedGrace is how long a runner that is not in its group waits for the client when it is stopped.
const unjoinedGrace = time.Second

// NewSource makes a Source; nothing is connected yet.
func NewSource(c SourceConfig) *Source {
	if c.Failed == nil {
		c.Failed = func(string) {}
	}
	if c.Healed == nil {
		c.Healed = func(Remedy) {}
	}
	if c.Memory == nil {
		c.Memory = NewMemory(0)
	}
	return &Source{
		env: c.Environment, group: c.Group, topics: c.Topics, drain: c.Drain, exactly: c.ExactlyOnce, memory: c.Memory, parks: c.Parks, client: c.ClientID, log: c.Log, failed: c.Failed,
		watchdog: watchdog{log: c.Log, healed: c.Healed, every: checkEvery, after: stallAfter},
	}
}

// Stalled says whether a partition stands still although every remedy within the process was tried.
func (s *Source) Stalled() bool { return s.watchdog.stalled() }

// Joined says whether the runner is a member of its group now.
func (s *Source) Joined() bool { return s.joined.Load() }

// Run joins the group and feeds claims to p until ctx is done; then it closes every Intake, commits what is finished
// and leaves. An unreachable broker, a missing topic or a refused login are tried again for ever: they are mended
// outside, and the runner is not ready meanwhile. When force is done it no longer waits for the broker: some of the
// client's own retries cannot be interrupted, and end by themselves soon after.
func (s *Source) Run(ctx, force context.Context, p Partitions) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.run(ctx, force, p)
	}()
	select {
	case <-ended:
		return
	case <-ctx.Done():
	}
	limit := force
	if !s.joined.Load() { // there is nothing to hand back
		var cancel context.CancelFunc
		limit, cancel = context.WithTimeout(force, unjoinedGrace)
		defer cancel()
	}
	select {
	case <-ended:
	case <-limit.Done():
	}
}

func (s *Source) run(ctx, force context.Context, p Partitions) {
	for failures := 0; ctx.Err() == nil; {
		joined, err := s.member(ctx, force, p)
		if ctx.Err() != nil {
			return
		}
		if joined {
			failures = 0
		}
		failures++
		s.failed("consume")
		s.log.Error("consumer group lost, joining again", "group", s.group, "error", access{group: s.group, reads: s.topics}.explain(err))
		sleep(ctx, doubled(failures))
	}
}

// member is one membership: a client, and sessions until one fails. It says whether the group was joined at all.
func (s *Source) member(ctx, force context.Context, p Partitions) (joined bool, err error) {
	config, err := sourceConfig(s.env, s.client, s.drain)
	if err != nil {
		return false, err
	}
	defer config.MetricRegistry.UnregisterAll()
	client, err := dial(ctx, s.env, config)
	if err != nil {
		return false, err
	}
	if s.exactly {
		client.transactions = newPool(s)
	}
	// Closing the connections is the only way out of a request that the broker does not answer: a join waits for the
	// other members as long as the rebalance lasts.
	stop := context.AfterFunc(force, func() { _ = client.Close() })
	defer func() {
		if stop() {
			_ = client.Close()
		}
	}()
	config.Consumer.Fetch.Default, config.Consumer.Fetch.MaxBytes = s.memory.fetches(leaders(client, s.topics))
	if err := mayRead(client, s.group); err != nil {
		return false, err
	}
	group, err := sarama.NewConsumerGroupFromClient(s.group, client)
	if err != nil {
		return false, err
	}
	failed := make(chan struct{})
	go func() {
		defer close(failed)
		for err := range group.Errors() {
			s.failed("consume")
			s.log.Warn("consumer", "group", s.group, "error", access{group: s.group, reads: s.topics}.explain(err))
		}
	}()
	asked, leave := context.WithCancelCause(ctx)
	defer leave(nil)
	session, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	h := &handler{
		source: s, partitions: p, client: client, group: group, leaving: leaving{asked: asked}, restart: func() { leave(errStalled) },
	}
	go func() {
		h.leaving.await()
		end()
	}()
	for asked.Err() == nil && err == nil {
		err = group.Consume(session, s.topics, h)
	}
	if ctx.Err() == nil {
		err = errors.Join(err, context.Cause(asked))
	}
	err = errors.Join(err, group.Close())
	<-failed
	return h.joined.Load(), err
}

// errStalled ends a membership whose client has lost a partition.
var errStalled = errors.New("a partition stands still")

// connect makes a client, giving up when ctx is done although the attempt cannot be interrupted.
func connect[T interface{ Close() error }](ctx context.Context, open func() (T, error)) (T, error) {
	type opened struct {
		client T
		err    error
	}
	done := make(chan opened, 1)
	go func() {
		client, err := open()
		done <- opened{client, err}
	}()
	select {
	case o := <-done:
		return o.client, o.err
	case <-ctx.Done():
		go func() {
			if o := <-done; o.err == nil {
				_ = o.client.Close()
			}
		}()
		var none T
		return none, ctx.Err()
	}
}

// sleep waits for d or until ctx is done.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
