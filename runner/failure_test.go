package runner

import (
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/call"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

func TestPolicy(t *testing.T) {
	const ms = time.Millisecond
	p := policy{
		retry:  contract.Retry{Attempts: 3, Backoff: contract.Duration(100 * ms), Max: contract.Duration(300 * ms)},
		random: func() float64 { return 1 },
	}
	for _, test := range []struct {
		name    string
		failure call.Failure
		history history
		wait    time.Duration
		giveUp  bool
	}{
		{"first transient", call.Failure{Class: record.Transient}, history{failures: 1}, 100 * ms, false},
		{"second transient", call.Failure{Class: record.Transient}, history{failures: 2}, 200 * ms, false},
		{"last transient", call.Failure{Class: record.Transient}, history{failures: 3}, 0, true},
		{"permanent", call.Failure{Class: record.Permanent}, history{failures: 1}, 0, true},
		{"poison", call.Failure{Class: record.Poison}, history{failures: 1}, 0, true},
		{"overload", call.Failure{Class: record.Overload}, history{overloads: 1}, 100 * ms, false},
		{"overload, capped", call.Failure{Class: record.Overload}, history{overloads: 1000}, 300 * ms, false},
		{"overload after failures", call.Failure{Class: record.Overload}, history{failures: 2, overloads: 2}, 200 * ms, false},
		{"asked to wait", call.Failure{Class: record.Overload, RetryAfter: time.Minute}, history{overloads: 1}, time.Minute, false},
	} {
		if wait, giveUp := p.decide(&test.failure, test.history); wait != test.wait || giveUp != test.giveUp {
			t.Errorf("%s: %v, %v, want %v, %v", test.name, wait, giveUp, test.wait, test.giveUp)
		}
	}
}

func TestPolicyOneAttempt(t *testing.T) {
	p := newPolicy(contract.Retry{Attempts: 1, Backoff: 1, Max: 1})
	if _, giveUp := p.decide(&call.Failure{Class: record.Transient}, history{failures: 1}); !giveUp {
		t.Error("one attempt means no retry")
	}
}

// TestJitter checks that pauses are spread over the whole range, and never beyond it.
func TestJitter(t *testing.T) {
	p := newPolicy(contract.Retry{Attempts: 3, Backoff: contract.Duration(time.Second), Max: contract.Duration(time.Second)})
	low, high := 0, 0
	for range 1000 {
		switch wait := p.backoff(1); {
		case wait < 0 || wait > time.Second:
			t.Fatalf("pause %v", wait)
		case wait < time.Second/4:
			low++
		case wait > time.Second*3/4:
			high++
		}
	}
	if low < 100 || high < 100 {
		t.Errorf("%d short and %d long pauses of 1000", low, high)
	}
}
