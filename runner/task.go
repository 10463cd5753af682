package runner

import (
	"time"

	"github.com/pipelinectl/pipelinectl/runner/call"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

var _ record.Ack = (*task)(nil)

// task is one record on its way: from a claim, through attempts, to a written result or dead letter. One goroutine at a
// time works on it.
type task struct {
	rec  record.Record
	part *partition
	// seq is the record's place in the partition's tracker.
	seq uint64
	// offset is where it stands in the log that its partition reads: that of rec, unless rec was put off and stands in a
	// tier.
	offset int64
	// input is the one that it belongs to.
	input *contract.Input
	// next is the scheduler's: the record behind it in its lane.
	next *task
	// heldAt is the gate's epoch in which it was held.
	heldAt uint64

	// id, trace and entered are computed when it first starts.
	id      []byte
	trace   record.TraceParent
	entered []byte
	history history
	// output is where what is under way goes; nil while it is a dead letter.
	output *contract.Output
	letter *record.Record
	// given says why it was given up; nil while it is not.
	given *record.Failed
	// tier is the one, from 1, that it is being put off to; 0 while it is not.
	tier int

	// entry is the one that it runs from, nil for a record that was read from its source; ended says that the end of it is
	// written. Parking is the one that is being written for it. Met is what the park has to say of a record that was read.
	entry, parking *parked
	ended          bool
	met            meeting
}

// run is one turn of a record; where it ran from the park, the next of its key has its turn then.
func (l *loop) run(t *task) (wait time.Duration, again bool) {
	wait, again = l.handle(t)
	if t.entry != nil && !again {
		t.part.passOn(t)
	}
	return wait, again
}

// handle is an attempt at a record, and what follows from it.
func (l *loop) handle(t *task) (wait time.Duration, again bool) {
	verdict := t.part.begin(t)
	switch verdict {
	case refused:
		return 0, false
	case held:
		return untilReleased, true
	case admitted, condemned:
	}
	if t.entry != nil && !t.part.park.fill(t) {
		t.part.yield()
		return 0, false
	}
	if t.id == nil {
		t.id, t.trace = record.ID(&t.rec), record.Trace(&t.rec)
		t.enter(time.Now())
	}
	if t.input == nil {
		l.stray(t)
		return 0, false
	}
	if verdict == condemned {
		t.history.failures = triesMax
		l.giveUp(t, &call.Failure{Class: record.Poison, Cause: causeKilled}, "")
		return 0, false
	}
	if t.met != meetsNothing {
		l.meet(t)
		return 0, false
	}
	if l.caller == nil {
		l.write(t, &l.results[0], call.Result{Key: t.rec.Key, Value: t.rec.Value})
		return 0, false
	}
	epoch, recovering := l.limiter.begin()
	if l.expired(t, recovering) {
		return 0, false
	}
	result, output, err := l.attempt(t, epoch)
	switch {
	case err == nil && output == nil:
		if result.None {
			l.metrics.Filtered.Inc()
		}
		t.part.finish(t)
		return 0, false
	case err == nil:
		l.write(t, output, result)
		return 0, false
	case t.part.ctx.Err() != nil: // cancelled at the end of a drain: nothing is known about the record
		t.part.yield()
		return 0, false
	default:
		return l.failed(t, err)
	}
}

// causeKilled is the cause of a record that was never seen to end.
const causeKilled = "three processes died over it"

// expired gives a record up whose life is over: one that failed before, or, while the user's code takes no work, any. A
// record whose life was over before it came is tried once.
func (l *loop) expired(t *task, recovering bool) bool {
	if t.history.last == nil && !recovering {
		return false
	}
	p := l.policies[t.rec.Topic]
	if !p.over(t.history, time.Now()) {
		return false
	}
	f := t.history.last
	if f == nil {
		f = &call.Failure{Class: record.Overload, Cause: "it was never tried, since the algo takes no work"}
	}
	l.giveUp(t, f, p.outOfTime())
	return true
}

// failed decides what follows on a failed attempt.
func (l *loop) failed(t *task, f *call.Failure) (wait time.Duration, again bool) {
	next := l.policies[t.rec.Topic].decide(t.history, time.Now())
	switch {
	case next.giveUp:
		l.giveUp(t, f, next.why)
		return 0, false
	case next.tier > 0:
		l.delay(t, f, next)
		return 0, false
	}
	l.log.Warn("attempt failed", "topic", t.rec.Topic, "partition", t.rec.Partition, "offset", t.rec.Offset,
		"class", string(f.Class), "cause", f.Cause, "failures", t.history.attempts(), "wait", next.wait.String())
	if f.Class == record.Overload {
		l.metrics.Overload.Inc()
	} else {
		l.metrics.Retries.Inc()
	}
	t.history.paused(next.wait)
	t.part.yield()
	return next.wait, true
}

// ownType is the media type that a record carries, nil when it carries none that is one.
func ownType(t *task) []byte {
	if own, ok := t.rec.Header(contract.HeaderContentType); ok && record.IsMediaType(own) {
		return own
	}
	return nil
}

// contentType is the media type of a record's value: its own, else that of its input.
func contentType(t *task) []byte {
	switch own := ownType(t); {
	case own != nil:
		return own
	case t.input.ContentType != "":
		return []byte(t.input.ContentType)
	default:
		return []byte(record.OctetStream)
	}
}
