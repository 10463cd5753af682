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
	// next is the scheduler's: the record behind it in its lane.
	next *task

	// id and trace are computed when it first starts.
	id      []byte
	trace   record.TraceParent
	history history
	// output is where the result under way goes; nil while it is a dead letter.
	output *contract.Output
	letter *record.Record
}

// run is one turn of a record: an attempt, and what follows from it.
func (l *loop) run(t *task) (wait time.Duration, again bool) {
	if !t.part.begin() {
		return 0, false
	}
	if t.id == nil {
		t.id, t.trace = record.ID(&t.rec), record.Trace(&t.rec)
	}
	result, output, err := l.attempt(t)
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

// failed decides what follows on a failed attempt.
func (l *loop) failed(t *task, f *call.Failure) (wait time.Duration, again bool) {
	if f.Class == record.Overload {
		t.history.overloads++
	} else {
		t.history.failures++
		t.history.overloads = 0
	}
	wait, giveUp := l.policy.decide(f, t.history)
	log := l.log.With("topic", t.rec.Topic, "partition", t.rec.Partition, "offset", t.rec.Offset,
		"class", string(f.Class), "cause", f.Cause, "failures", t.history.failures)
	if giveUp {
		log.Error("record given up")
		l.giveUp(t, f.Class, f.Error())
		return 0, false
	}
	log.Warn("attempt failed", "wait", wait.String())
	if f.Class == record.Overload {
		l.metrics.Overload.Inc()
	} else {
		l.metrics.Retries.Inc()
	}
	t.part.yield()
	return wait, true
}

// attempt calls the user's code once, or copies, and finds the output of the result; nil when nothing is to be written.
func (l *loop) attempt(t *task) (result call.Result, output *contract.Output, f *call.Failure) {
	if l.caller == nil {
		return call.Result{Key: t.rec.Key, Value: t.rec.Value}, &l.node.Outputs[0], nil
	}
	request := &call.Request{
		Record: &t.rec, ID: string(t.id), Trace: string(t.trace[:]), Input: t.part.input.Name,
		ContentType: string(contentType(t)), Attempt: t.history.failures + 1,
	}
	began := l.began(t)
	result, err := l.guarded(t.part.ctx, request)
	took := l.ended(t, began)
	if err == nil && !result.None && len(l.node.Outputs) > 0 {
		output, err = choose(l.node.Outputs, result.Output)
	}
	if err == nil {
		l.metrics.Succeeded(took)
		return result, output, nil
	}
	if !errors.As(err, &f) {
		f = &call.Failure{Class: record.Transient, Cause: err.Error()}
	}
	if t.part.ctx.Err() == nil {
		l.metrics.FailedAttempt(f.Class, took)
	}
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

// choose finds the output that a result goes to.
func choose(outputs []contract.Output, name string) (*contract.Output, error) {
	if name == "" && len(outputs) == 1 {
		return &outputs[0], nil
	}
	for i := range outputs {
		if outputs[i].Name == name {
			return &outputs[i], nil
		}
	}
	if name == "" {
		return nil, &call.Failure{Class: record.Permanent, Cause: fmt.Sprintf(
			"the response chooses none of the %d outputs: it must carry the header %s", len(outputs), contract.HeaderOutput)}
	}
	return nil, &call.Failure{Class: record.Permanent, Cause: "the response chooses an output that the node does not have",
		Detail: record.EscapeText([]byte(name))}
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
	case t.part.input.ContentType != "":
		return []byte(t.part.input.ContentType)
	default:
		return []byte(record.OctetStream)
	}
}
