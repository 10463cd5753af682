package kafka

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// ErrClosed is what an Ack hears when the sink was closed before the broker answered.
var ErrClosed = errors.New("kafka: sink closed")

// Sink writes records. Its order is that of Write, per partition written, except that records which the client itself
// gives up (it cannot learn a leader for longer than metadataRetries) are written again behind those that came after.
type Sink struct {
	env    contract.Environment
	topics []string
	client string
	log    *slog.Logger
	failed func(stage string)
	parks  []string

	producer sarama.AsyncProducer
	// opened is closed when producer is set, closing when the sink ends.
	opened  chan struct{}
	closing chan struct{}
	ready   atomic.Bool
	memory  *Memory
	// sending is held by those who hand messages to the client.
	sending sync.RWMutex
	// solos counts the records under way that must be the only one of their batch.
	solos atomic.Int64

	mu sync.Mutex
	// again are messages that the client gave up and that are written anew after a pause.
	again []*sarama.ProducerMessage
	timer *time.Timer
	over  bool

	// retries are the pauses since the last acknowledgement; it belongs to the goroutine of acknowledge.
	retries int
}

// SinkConfig is what a Sink needs.
type SinkConfig struct {
	Environment contract.Environment
	// Topics are those that may be written.
	Topics   []string
	ClientID string
	Log      *slog.Logger
	// Memory bounds what is written and not acknowledged; nil: that of a container of the default size.
	Memory *Memory
	// Parks are topics whose records go to the partition that they name.
	Parks []string
	// Failed counts an error of the client; may be nil.
	Failed func(stage string)
}

// NewSink makes a Sink; nothing is connected yet.
func NewSink(c SinkConfig) *Sink {
	if c.Failed == nil {
		c.Failed = func(string) {}
	}
	if c.Memory == nil {
		c.Memory = NewMemory(0)
	}
	return &Sink{
		env: c.Environment, topics: c.Topics, client: c.ClientID, log: c.Log, failed: c.Failed, parks: c.Parks,
		opened: make(chan struct{}), closing: make(chan struct{}),
		memory: c.Memory,
	}
}

// Connected says whether the broker has been reached.
func (s *Sink) Connected() bool { return s.ready.Load() }

// Run connects, trying again for ever, and passes acknowledgements on until ctx is done; then it waits for what is
// under way, at most until force is done: the client's own retries end by themselves soon after.
func (s *Sink) Run(ctx, force context.Context) {
	if !s.open(ctx) {
		close(s.closing)
		return
	}
	acknowledged := make(chan struct{})
	go func() {
		defer close(acknowledged)
		s.acknowledge()
	}()
	select {
	case <-ctx.Done():
		s.settle(force)
	case <-force.Done():
	}
	s.ready.Store(false)
	s.shut()
	s.abandon()
	select {
	case <-acknowledged:
	case <-force.Done():
	}
}

func (s *Sink) open(ctx context.Context) bool {
	for failures := 1; ctx.Err() == nil; failures++ {
		config, err := sinkConfig(s.env, s.client, s.parks)
		if err == nil {
			s.producer, err = connect(ctx, func() (sarama.AsyncProducer, error) {
				return sarama.NewAsyncProducer(addresses(s.env), config)
			})
		}
		if err == nil {
			s.ready.Store(true)
			close(s.opened)
			return true
		}
		if ctx.Err() == nil {
			s.failed("connect")
			s.log.Error("broker not reached, trying again", "error", access{writes: s.topics}.explain(err))
			sleep(ctx, doubled(failures))
		}
	}
	return false
}

// Write hands a record over and returns; ack hears of it later. It blocks while too much is under way. An error says
// that the record was not taken and that ack will hear nothing: ctx was done, or the sink is closed.
func (s *Sink) Write(ctx context.Context, r record.Record, ack record.Ack) error {
	select {
	case <-s.opened:
	default:
		select {
		case <-s.opened:
		case <-s.closing:
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	size, err := s.memory.write(ctx, &r)
	if err != nil {
		return err
	}
	p := newPending(r, size, ack)
	if err := s.hand(ctx, &p.msg); err != nil {
		s.ended(p)
		s.memory.writing.Release(size)
		return err
	}
	return nil
}

// hand gives a message to the client. The lock is shared by all who do: shut takes it alone, since the client closes
// the channel when it is closed, and sending on it then would be a panic.
func (s *Sink) hand(ctx context.Context, msg *sarama.ProducerMessage) error {
	s.sending.RLock()
	defer s.sending.RUnlock()
	select {
	case <-s.closing:
		return ErrClosed
	default:
	}
	if p := msg.Metadata.(*pending); s.solos.Load() > 0 && !p.alone { // it would join the batch of one before it
		s.solos.Add(1)
		p.alone = true
		p.complete()
	}
	select {
	case s.producer.Input() <- msg: // without the locks of the other channels, which all workers share
		return nil
	default:
	}
	select {
	case s.producer.Input() <- msg:
		return nil
	case <-s.closing:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// shut ends handing over, then the client.
func (s *Sink) shut() {
	close(s.closing) // those who wait in hand leave
	s.sending.Lock()
	defer s.sending.Unlock()
	s.producer.AsyncClose()
}
