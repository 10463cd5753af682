package runner

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
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

// attempt calls the user's code once, and finds the output of the result; nil when nothing is to be written.
func (l *loop) attempt(t *task, epoch uint64) (result call.Result, output *contract.Output, f *call.Failure) {
	request := &call.Request{
		Record: &t.rec, ID: string(t.id), Trace: string(t.trace[:]), Input: t.input.Name,
		ContentType: string(contentType(t)), Attempt: t.history.attempts() + 1,
	}
	began := l.began(t)
	result, err := l.guarded(t.part.ctx, request)
	took := l.ended(t, began)
	if err == nil && !result.None {
		output, err = l.choose(result.Output)
	}
	if err == nil {
		l.limiter.answered(epoch, took)
		l.metrics.Succeeded(took)
		return result, output, nil
	}
	if !errors.As(err, &f) {
		f = &call.Failure{Class: record.Transient, Cause: err.Error()}
	}
	if t.part.ctx.Err() != nil { // cancelled: it says nothing about record or code
		return call.Result{}, nil, f
	}
	if f.Class == record.Overload {
		l.limiter.overloaded(epoch, f.RetryAfter)
	} else {
		l.limiter.answered(epoch, took)
	}
	t.history.failed(f, time.Now(), took)
	l.metrics.FailedAttempt(f.Class, took)
	return call.Result{}, nil, f
}

// guarded is a call with its timeout. A panic of ours over a record makes that record poison, rather than the process
// die of it again and again.
func (l *loop) guarded(ctx context.Context, request *call.Request) (result call.Result, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.node.Timeout.D())
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			l.log.Error("panic", "value", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = &call.Failure{Class: record.Poison, Cause: "the runner panicked over the record"}
		}
	}()
	return l.caller.Call(ctx, request)
}

func (l *loop) began(t *task) time.Time {
	now := time.Now()
	l.mu.Lock()
	l.attempts[t] = now
	l.mu.Unlock()
	return now
}

func (l *loop) ended(t *task, began time.Time) time.Duration {
	l.mu.Lock()
	delete(l.attempts, t)
	l.mu.Unlock()
	return time.Since(began)
}

// choose finds the output that a result goes to: the one that it names or, where it names none, the only one that is not
// the target of a route. Nil says that the node has no output for results.
func (l *loop) choose(name string) (*contract.Output, error) {
	if name == "" {
		switch len(l.results) {
		case 0:
			return nil, nil
		case 1:
			return &l.results[0], nil
		default:
			return nil, &call.Failure{Class: record.Permanent, Cause: fmt.Sprintf(
				"the response chooses none of the %d outputs: it must carry the header %s", len(l.results), contract.HeaderOutput)}
		}
	}
	if output := l.output(name); output != nil || len(l.node.Outputs) == 0 {
		return output, nil
	}
	return nil, &call.Failure{Class: record.Permanent, Cause: "the response chooses an output that the node does not have",
		Detail: record.EscapeText([]byte(name))}
}

// output finds an output by its name, nil when there is none.
func (l *loop) output(name string) *contract.Output {
	for i := range l.node.Outputs {
		if l.node.Outputs[i].Name == name {
			return &l.node.Outputs[i]
		}
	}
	return nil
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
