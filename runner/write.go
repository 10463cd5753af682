package runner

import (
	"errors"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/call"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// stalledRetry is how often a dead letter that its topic rejects is tried again.
const stalledRetry = 30 * time.Second

// write hands a result to the sink. The record's lane goes on at once: the sink keeps the order, and the offset is not
// passed before the acknowledgement.
func (l *loop) write(t *task, output *contract.Output, result call.Result) {
	t.output = output
	fallback := output.ContentType
	if fallback == "" {
		fallback = contentType(t)
	}
	l.send(t, l.maker.Result(t.rec, t.id, t.trace, record.Made{
		Output: output, Key: result.Key, Value: result.Value,
		ContentType: record.MediaType(result.ContentType, fallback), Attempt: t.history.failures + 1,
	}))
}

// giveUp hands the record to dead letters.
func (l *loop) giveUp(t *task, class record.Class, cause string) {
	t.output = nil
	t.letter = l.maker.DeadLetter(t.rec, l.node.DeadLetters, class, cause, t.history.failures, time.Now())
	l.send(t, t.letter)
}

func (l *loop) send(t *task, r *record.Record) {
	if err := l.sink.Write(t.part.ctx, r, t); err != nil {
		t.part.yield() // the drain is over, or the sink closed: the record is delivered again
	}
}

// Acked implements record.Ack: the end of a record, except when the broker rejects what was to be written.
func (t *task) Acked(err error) {
	l := t.part.loop
	var rejected *record.RejectedError
	switch {
	case err == nil && t.output != nil:
		l.metrics.Out(t.output.Name).Inc()
		t.part.finish(t)
	case err == nil:
		l.metrics.DeadLetters.Inc()
		t.part.finish(t)
	case !errors.As(err, &rejected):
		t.part.yield()
	case t.output != nil:
		t.history.failures++
		l.metrics.FailedAttempt(record.Permanent, 0)
		l.log.Error("result rejected, record given up", "topic", t.rec.Topic, "partition", t.rec.Partition,
			"offset", t.rec.Offset, "error", err)
		go l.giveUp(t, record.Permanent, err.Error()) // not on the sink's goroutine: writing may block
	default:
		l.stall(t, rejected)
	}
}

// stall keeps a record whose dead letter its topic rejects: it is not dropped, so the partition stands at it until
// somebody raises the topic's max.message.bytes. The dead letter is the record with some headers more, so its topic
// must take a little more than the inputs do.
func (l *loop) stall(t *task, rejected *record.RejectedError) {
	l.log.Error("dead letter rejected: the partition stands still until the topic takes it", "topic", rejected.Topic,
		"from", t.rec.Topic, "partition", t.rec.Partition, "offset", t.rec.Offset, "error", rejected.Cause)
	l.metrics.Stalled.Inc()
	time.AfterFunc(stalledRetry, func() {
		l.metrics.Stalled.Dec()
		l.send(t, t.letter)
	})
}
