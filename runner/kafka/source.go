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
	// HighWater gives the offset that the next record written to the partition will have, as last heard.
	HighWater func() int64
	// Pause (true) stops fetching, Resume (false) starts it again. Records that are on their way still come.
	Pause func(paused bool)
}

// Intake takes the records of one claim. Push is called by one goroutine, in order of offsets.
type Intake interface {
	// Push takes a record. It must not block: the client shares its fetches among the partitions of a broker.
	Push(r record.Record)
	// Next gives the offset from which on work is unfinished; false while nothing was pushed.
	Next() (int64, bool)
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
	client string
	log    *slog.Logger
	failed func(stage string)
	joined atomic.Bool
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
	Log   *slog.Logger
	// Failed counts an error of the client, by the stage it happened in; may be nil.
	Failed func(stage string)
}

// unjoinedGrace is how long a runner that is not in its group waits for the client when it is stopped.
const unjoinedGrace = time.Second

// NewSource makes a Source; nothing is connected yet.
func NewSource(c SourceConfig) *Source {
	if c.Failed == nil {
		c.Failed = func(string) {}
	}
	return &Source{
		env: c.Environment, group: c.Group, topics: c.Topics, drain: c.Drain, client: c.ClientID, log: c.Log, failed: c.Failed,
	}
}

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
		s.log.Error("consumer group lost, joining again", "group", s.group, "error", err)
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
	client, err := connect(ctx, func() (sarama.Client, error) { return sarama.NewClient(addresses(s.env), config) })
	if err != nil {
		return false, err
	}
	// Closing the connections is the only way out of a request that the broker does not answer: a join waits for the
	// other members as long as the rebalance lasts.
	stop := context.AfterFunc(force, func() { _ = client.Close() })
	defer func() {
		if stop() {
			_ = client.Close()
		}
	}()
	group, err := sarama.NewConsumerGroupFromClient(s.group, client)
	if err != nil {
		return false, err
	}
	failed := make(chan struct{})
	go func() {
		defer close(failed)
		for err := range group.Errors() {
			s.failed("consume")
			s.log.Warn("consumer", "group", s.group, "error", err)
		}
	}()
	h := &handler{source: s, partitions: p, group: group}
	for ctx.Err() == nil && err == nil {
		err = group.Consume(ctx, s.topics, h)
	}
	err = errors.Join(err, group.Close())
	<-failed
	return h.joined.Load(), err
}

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
