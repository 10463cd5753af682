package kafka

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
	"golang.org/x/sync/semaphore"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// inFlightBytes bounds what is handed to the client and not acknowledged; Write blocks beyond it. It stays below the
// client's cap on a request (100 MiB) with one more record of the size that a runner accepts.
const inFlightBytes = 32 << 20

// ErrClosed is what an Ack hears when the sink was closed before the broker answered.
var ErrClosed = errors.New("kafka: sink closed")

// Sink writes records. Its order is that of Write, per partition written, except that records which the client itself
// gives up (it cannot learn a leader for longer than metadataRetries) are written again behind those that came after.
type Sink struct {
	env    contract.Environment
	client string
	log    *slog.Logger
	failed func(stage string)

	producer sarama.AsyncProducer
	// opened is closed when producer is set, closing when the sink ends.
	opened  chan struct{}
	closing chan struct{}
	ready   atomic.Bool
	bytes   *semaphore.Weighted
	// sending is held by those who hand messages to the client.
	sending sync.RWMutex

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
	ClientID    string
	Log         *slog.Logger
	// Failed counts an error of the client; may be nil.
	Failed func(stage string)
}

// NewSink makes a Sink; nothing is connected yet.
func NewSink(c SinkConfig) *Sink {
	if c.Failed == nil {
		c.Failed = func(string) {}
	}
	return &Sink{
		env: c.Environment, client: c.ClientID, log: c.Log, failed: c.Failed,
		opened: make(chan struct{}), closing: make(chan struct{}),
		bytes: semaphore.NewWeighted(inFlightBytes),
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
		config, err := sinkConfig(s.env, s.client)
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
			s.log.Error("broker not reached, trying again", "error", err)
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
	size := min(int64(r.Size()), inFlightBytes)
	if err := s.bytes.Acquire(ctx, size); err != nil {
		return err
	}
	if err := s.hand(ctx, &newPending(r, size, ack).msg); err != nil {
		s.bytes.Release(size)
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
