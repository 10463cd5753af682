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
	l.send(t, l.maker.Result(&t.rec, t.id, t.trace[:], record.Made{
		Output: output, Key: result.Key, Value: result.Value,
		ContentType: l.resultType(t, output, result), Attempt: t.history.failures + 1,
	}))
}

// resultType is the media type of a result: what its code states (a copy states that of its record), else that of the
// output, else that of the record.
func (l *loop) resultType(t *task, output *contract.Output, result call.Result) []byte {
	switch own := ownType(t); {
	case l.caller == nil && own != nil:
		return own
	case record.IsMediaType(result.ContentType):
		return []byte(result.ContentType)
	case output.ContentType != "":
		return []byte(output.ContentType)
	default:
		return contentType(t)
	}
}

// giveUp hands the record to dead letters.
func (l *loop) giveUp(t *task, class record.Class, cause string) {
	t.output = nil
	letter := l.maker.DeadLetter(&t.rec, l.node.DeadLetters, class, cause, t.history.failures, time.Now())
	t.letter = &letter
	l.send(t, letter)
}

func (l *loop) send(t *task, r record.Record) {
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
		l.send(t, *t.letter)
	})
}
