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

// One attempt at a record: the call, how long it took, and where its result goes.

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
