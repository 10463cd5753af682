package runner

import (
	"strings"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/call"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// patient is a policy of three attempts and pauses of 100 to 300 ms, whose random numbers are always 1.
func patient(change func(p *contract.FailurePolicy)) policy {
	p := policy{
		FailurePolicy: contract.FailurePolicy{InPlace: contract.InPlace{
			Attempts: 3, Backoff: contract.Duration(100 * time.Millisecond), Max: contract.Duration(300 * time.Millisecond),
		}},
		random: func() float64 { return 1 },
	}
	if change != nil {
		change(&p.FailurePolicy)
	}
	return p
}

func TestPolicy(t *testing.T) {
	const ms = time.Millisecond
	p := patient(nil)
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
		test.history.last = &test.failure
		if got := p.decide(test.history, time.Now()); got.wait != test.wait || got.giveUp != test.giveUp || got.why != "" {
			t.Errorf("%s: %+v, want %v, %v", test.name, got, test.wait, test.giveUp)
		}
	}
}

// TestPolicyInPlaceWithin adds up the time of attempts and pauses; waits for an overloaded algo are none of it.
func TestPolicyInPlaceWithin(t *testing.T) {
	p := patient(func(p *contract.FailurePolicy) {
		p.InPlace.Attempts, p.InPlace.Within = 100, contract.Duration(time.Second)
	})
	now := time.Unix(1000, 0)
	h := history{entered: now}
	step := func(class record.Class, took time.Duration) decision {
		h.failed(&call.Failure{Class: class}, now, took)
		d := p.decide(h, now)
		h.paused(d.wait)
		now = now.Add(took + d.wait)
		return d
	}
	for range 50 {
		if d := step(record.Overload, time.Second); d.giveUp {
			t.Fatalf("overload used the time up: %+v", d)
		}
	}
	for n := range 2 { // 200 ms and a pause each: 300, then 700 ms
		if d := step(record.Transient, 200*time.Millisecond); d.giveUp {
			t.Fatalf("failure %d: %+v", n+1, d)
		}
	}
	if d := step(record.Transient, 200*time.Millisecond); !d.giveUp || !strings.Contains(d.why, "within 1s") {
		t.Errorf("after 900 ms another pause of 300 ms is allowed: %+v", d)
	}
}

// TestPolicyWithin checks the life of a record, which every wait is part of.
func TestPolicyWithin(t *testing.T) {
	p := patient(func(p *contract.FailurePolicy) { p.Within = contract.Duration(time.Hour) })
	entered := time.Unix(1000, 0)
	for _, test := range []struct {
		name   string
		class  record.Class
		age    time.Duration
		giveUp bool
	}{
		{"young", record.Transient, time.Minute, false},
		{"the pause would end too late", record.Transient, time.Hour - time.Millisecond, true},
		{"old", record.Transient, 2 * time.Hour, true},
		{"waiting", record.Overload, time.Minute, false},
		{"waited too long", record.Overload, time.Hour, true},
	} {
		h := history{entered: entered, failures: 1, overloads: 1, last: &call.Failure{Class: test.class}}
		d := p.decide(h, entered.Add(test.age))
		if d.giveUp != test.giveUp || d.giveUp != strings.Contains(d.why, "out of time, 1h0m0s") {
			t.Errorf("%s: %+v", test.name, d)
		}
	}
}

func TestHistory(t *testing.T) {
	first, second := time.Unix(1, 0), time.Unix(2, 0)
	var h history
	h.failed(&call.Failure{Class: record.Overload}, first, time.Second)
	h.failed(&call.Failure{Class: record.Transient}, second, time.Second)
	if h.failures != 1 || h.overloads != 0 || !h.first.Equal(first) || h.spent != time.Second || h.last.Class != record.Transient {
		t.Errorf("%+v", h)
	}
}

// TestPoliciesByTopic checks that an input's own policy holds for its topics and for no other.
func TestPoliciesByTopic(t *testing.T) {
	n := copyNode()
	own := n.OnFailure.FailurePolicy
	own.InPlace.Attempts = 9
	n.Inputs = append(n.Inputs, contract.Input{Name: "other", Topic: "in2", OnFailure: &own})
	p := newPolicies(n)
	if p["in"].InPlace.Attempts != 3 || p["in2"].InPlace.Attempts != 9 {
		t.Errorf("%+v", p)
	}
}

// TestJitter checks that pauses are spread over the whole range, and never beyond it.
func TestJitter(t *testing.T) {
	p := newPolicy(contract.FailurePolicy{InPlace: contract.InPlace{Attempts: 3, Backoff: contract.Duration(time.Second), Max: contract.Duration(time.Second)}})
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
