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
		ContentType: l.resultType(t, output, result), Attempt: t.history.attempts() + 1,
		Entered: t.entered,
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

// giveUp sends a record on the route of its failure's class. Why is what ended it beside the failure; it may be empty.
func (l *loop) giveUp(t *task, f *call.Failure, why string) {
	now := time.Now()
	t.given = &record.Failed{Class: f.Class, Cause: f.Error(), Attempts: t.history.attempts(), First: t.history.first, Last: now}
	if why != "" {
		t.given.Cause = why + ": " + t.given.Cause
	}
	if t.given.First.IsZero() {
		t.given.First = now
	}
	route := l.policies[t.rec.Topic].Routes[f.Class]
	log := l.log.With("topic", t.rec.Topic, "partition", t.rec.Partition, "offset", t.rec.Offset, "class", string(f.Class),
		"cause", f.Cause, "failures", t.history.attempts(), "route", string(route.To))
	if why != "" {
		log = log.With("why", why)
	}
	if route.Output != "" {
		log = log.With("output", route.Output)
	}
	log.Error("record given up")
	switch route.To {
	case contract.RouteDrop:
		l.metrics.Dropped(f.Class)
		t.part.finish(t)
	case contract.RouteOutput:
		t.output = l.output(route.Output)
		l.send(t, l.maker.Routed(&t.rec, t.id, t.trace[:], record.Made{
			Output: t.output, Key: t.rec.Key, Value: t.rec.Value, ContentType: contentType(t),
			Attempt: t.history.attempts(), Entered: t.entered,
		}, *t.given))
	case contract.RouteDeadLetters:
		l.bury(t)
	}
}

// bury hands a record that was given up to the dead letters.
func (l *loop) bury(t *task) {
	t.output = nil
	letter := l.maker.DeadLetter(&t.rec, l.node.DeadLetters, *t.given)
	t.letter = &letter
	l.send(t, letter)
}

func (l *loop) send(t *task, r record.Record) {
	if l.caller != nil { // until the client has it, what the code made is held here; a copy is its record's own memory
		size := r.Size()
		l.memory.Hold(size)
		defer l.memory.Hold(-size)
	}
	if err := t.part.handOver(r, t); err != nil {
		t.part.yield() // the drain is over, or the sink closed: the record is delivered again
	}
}

// Acked implements record.Ack: the end of a record, except when the broker rejects what was to be written.
func (t *task) Acked(err error) {
	if err == nil {
		t.part.loop.written(t)
		t.part.finish(t)
	} else {
		t.unwritten(err)
	}
}

// unwritten takes up that what was to be written is not, and why. It is apart from Acked because looking into an error
// costs an allocation, which else each record would.
func (t *task) unwritten(err error) {
	l := t.part.loop
	var rejected *record.RejectedError
	t.ended = false
	switch {
	case !errors.As(err, &rejected): // the record comes again
		t.part.yield()
	case t.tier > 0:
		go l.undelayed(t, err) // not on the sink's goroutine: writing may block
	case t.output != nil && t.given == nil:
		f := &call.Failure{Class: record.Permanent, Cause: err.Error()}
		t.history.failed(f, time.Now(), 0)
		l.metrics.FailedAttempt(f.Class, 0)
		go l.giveUp(t, f, "")
	case t.output != nil: // what a route leads to does not take the record: dead letters do
		l.log.Error("route rejected, the record goes to dead letters", "topic", t.rec.Topic, "partition", t.rec.Partition,
			"offset", t.rec.Offset, "error", err)
		t.given.Cause += "; " + err.Error()
		go l.bury(t)
	default:
		l.stall(t, rejected)
	}
}

// written counts what was acknowledged.
func (l *loop) written(t *task) {
	switch {
	case t.tier > 0:
		l.metrics.Delayed(t.tier).Inc()
	case t.output != nil:
		l.metrics.Out(t.output.Name).Inc()
	default:
		l.metrics.DeadLetters.Inc()
	}
}

// stall keeps a record whose dead letter its topic rejects: it is not dropped, so the partition stands at it until
// somebody raises the topic's max.message.bytes. The dead letter is the record with some headers more, so its topic
// must take a little more than the inputs do.
func (l *loop) stall(t *task, rejected *record.RejectedError) {
	l.log.Error("dead letter rejected: the partition stands still until the topic takes it", "topic", rejected.Topic,
		"from", t.rec.Topic, "partition", t.rec.Partition, "offset", t.rec.Offset, "error", rejected.Cause)
	l.metrics.Stalled.Inc()
	go func() {
		defer l.metrics.Stalled.Dec()
		select {
		case <-time.After(stalledRetry):
			l.send(t, *t.letter)
		case <-t.part.shut: // a drain need not wait for it: the record is delivered again
			t.part.yield()
		}
	}()
}
