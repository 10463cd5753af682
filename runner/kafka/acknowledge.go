package kafka

import (
	"context"
	"errors"
	"time"

	"github.com/IBM/sarama"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// settlePoll is how often a closing sink looks whether all is acknowledged.
const settlePoll = 5 * time.Millisecond

// acknowledge passes results on until the producer is closed. One goroutine serves both channels, no goroutine per
// record.
func (s *Sink) acknowledge() {
	successes, refusals := s.producer.Successes(), s.producer.Errors()
	for successes != nil || refusals != nil {
		select {
		case msg, ok := <-successes:
			if !ok {
				successes = nil
				continue
			}
			s.retries = 0
			s.memory.writing.Release(s.accepted(msg) + s.acceptedToo(successes))
		case e, ok := <-refusals:
			if !ok {
				refusals = nil
				continue
			}
			s.refused(e)
		}
	}
}

// acceptedToo passes on the successes that are there already, at a fraction of the price of a select over both channels, and gives
// the room that they took. It is given back for all of them at once: writers that wait for it would wake one by one.
func (s *Sink) acceptedToo(successes <-chan *sarama.ProducerMessage) (freed int64) {
	for range burstRecords {
		select {
		case msg, ok := <-successes:
			if !ok {
				return freed // acknowledge will see it too
			}
			freed += s.accepted(msg)
		default:
			return freed
		}
	}
	return freed
}

// accepted tells a writer that the broker has its record, and gives the room that it took.
func (s *Sink) accepted(msg *sarama.ProducerMessage) (freed int64) {
	p := msg.Metadata.(*pending)
	s.ended(p)
	p.acked(nil)
	return p.size
}

func (s *Sink) finish(msg *sarama.ProducerMessage, err error) {
	p := msg.Metadata.(*pending)
	s.ended(p)
	s.memory.writing.Release(p.size)
	p.acked(err)
}

// ended lets records share batches again once none is under way that must not.
func (s *Sink) ended(p *pending) {
	if p.alone {
		s.solos.Add(-1)
	}
}

// refused sorts what the client gave up: what the broker will never take goes back, the rest is written again. A batch
// that is too large says nothing about its records, so each of them is tried alone first.
func (s *Sink) refused(e *sarama.ProducerError) {
	p := e.Msg.Metadata.(*pending)
	crowded := errors.Is(e.Err, sarama.ErrMessageSizeTooLarge) && !p.alone
	if crowded {
		p.alone = true
		s.solos.Add(1)
	}
	if final(e.Err) && !crowded {
		s.failed("produce")
		s.finish(e.Msg, &record.RejectedError{
			Topic: e.Msg.Topic, TooLarge: errors.Is(e.Err, sarama.ErrMessageSizeTooLarge), Cause: e.Err,
		})
		return
	}
	s.mu.Lock()
	if s.over {
		s.mu.Unlock()
		s.finish(e.Msg, ErrClosed)
		return
	}
	s.again = append(s.again, e.Msg)
	if s.timer == nil {
		s.timer = time.AfterFunc(s.pause(e, crowded), s.rewrite)
	}
	s.mu.Unlock()
}

// pause is how long to wait with a record that the client gave up. The broker is well when all it says is that a batch
// is too large: whoever waits for the answer need not wait longer.
func (s *Sink) pause(e *sarama.ProducerError, crowded bool) time.Duration {
	if crowded {
		return 0
	}
	s.failed("produce")
	s.retries++
	s.log.Error("records not written, trying again", "topic", e.Msg.Topic, "error", access{writes: []string{e.Msg.Topic}}.explain(e.Err))
	return doubled(s.retries)
}

// rewrite hands what failed to the client once more, in the order in which it failed.
func (s *Sink) rewrite() {
	s.sending.Lock() // whoever has not seen solos is through then
	s.mu.Lock()
	batch := s.again
	s.again, s.timer = nil, nil
	s.mu.Unlock()
	s.sending.Unlock()
	for _, old := range batch {
		if p := old.Metadata.(*pending).renewed(); s.hand(context.Background(), &p.msg) != nil {
			s.finish(&p.msg, ErrClosed)
		}
	}
}

// abandon gives back what waits to be written again.
func (s *Sink) abandon() {
	s.mu.Lock()
	s.over = true
	batch := s.again
	s.again = nil
	if s.timer != nil {
		s.timer.Stop()
	}
	s.mu.Unlock()
	for _, msg := range batch {
		s.finish(msg, ErrClosed)
	}
}

// settle waits until all that was written is acknowledged, or force is done.
func (s *Sink) settle(force context.Context) {
	for force.Err() == nil {
		if s.memory.written() {
			return
		}
		sleep(force, settlePoll)
	}
}

// final says whether the same record would be refused for ever.
func final(err error) bool {
	var config sarama.ConfigurationError
	var encoding sarama.PacketEncodingError
	return errors.As(err, &config) || errors.As(err, &encoding) ||
		errors.Is(err, sarama.ErrMessageSizeTooLarge) || errors.Is(err, sarama.ErrInvalidTimestamp) ||
		errors.Is(err, sarama.ErrInvalidRecord)
}
