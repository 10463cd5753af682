package runner

import (
	"strings"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/call"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// delayed gives a policy two tiers: two deliveries after a minute each, then one after an hour.
func delayed(p *contract.FailurePolicy) {
	p.Delayed = []contract.Delay{{After: contract.Duration(time.Minute), Times: 2}, {After: contract.Duration(time.Hour), Times: 1}}
}

func TestPolicyDelayed(t *testing.T) {
	now := time.Unix(100_000, 0)
	p := patient(delayed)
	p.InPlace.Within = contract.Duration(time.Second)
	for _, test := range []struct {
		name    string
		class   record.Class
		history history
		want    decision
	}{
		{"in place first", record.Transient, history{failures: 2}, decision{wait: 200 * time.Millisecond}},
		{"spent", record.Transient, history{failures: 3}, decision{tier: 1, due: now.Add(time.Minute)}},
		{"no time in place", record.Transient, history{failures: 1, spent: time.Second}, decision{tier: 1, due: now.Add(time.Minute)}},
		{"again in place", record.Transient, history{failures: 1, round: 1, earlier: 3}, decision{wait: 100 * time.Millisecond}},
		{"spent again", record.Transient, history{failures: 3, round: 1, earlier: 3}, decision{tier: 1, due: now.Add(time.Minute)}},
		{"next tier", record.Transient, history{failures: 3, round: 2, earlier: 6}, decision{tier: 2, due: now.Add(time.Hour)}},
		{"none is left", record.Transient, history{failures: 3, round: 3, earlier: 9}, decision{giveUp: true}},
		{"more rounds than there are today", record.Transient, history{failures: 3, round: 99}, decision{giveUp: true}},
		{"permanent", record.Permanent, history{failures: 1}, decision{giveUp: true}},
		{"poison", record.Poison, history{failures: 3}, decision{giveUp: true}},
		{"overload", record.Overload, history{overloads: 9, failures: 3}, decision{wait: 300 * time.Millisecond}},
	} {
		test.history.entered, test.history.last = now, &call.Failure{Class: test.class}
		if got := p.decide(test.history, now); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

// TestPolicyDelayedWithin checks that nobody waits for a time at which a record is not tried any more.
func TestPolicyDelayedWithin(t *testing.T) {
	entered := time.Unix(1000, 0)
	p := patient(func(p *contract.FailurePolicy) { delayed(p); p.Within = contract.Duration(90 * time.Minute) })
	for _, test := range []struct {
		round  int
		age    time.Duration
		giveUp bool
	}{
		{0, 89 * time.Minute, false}, {0, 90 * time.Minute, true}, {2, 30 * time.Minute, false}, {2, 31 * time.Minute, true},
	} {
		h := history{entered: entered, failures: 3, round: test.round, last: &call.Failure{Class: record.Transient}}
		if d := p.decide(h, entered.Add(test.age)); d.giveUp != test.giveUp || d.giveUp != strings.Contains(d.why, "out of time, 1h30m0s") {
			t.Errorf("round %d after %v: %+v", test.round, test.age, d)
		}
	}
}

// TestDue: what an entry says is believed as far as any tier could have meant it.
func TestDue(t *testing.T) {
	p := patient(delayed)
	now := time.Unix(100_000, 0)
	for _, test := range []struct {
		name            string
		at, wrote, want time.Duration // from now
	}{
		{"waits", 30 * time.Second, -30 * time.Second, 30 * time.Second},
		{"is due", -time.Minute, -2 * time.Minute, -time.Minute},
		{"of a tier that was longer", 5 * time.Hour, -time.Minute, 59 * time.Minute},
		{"of a stranger", 1000 * time.Hour, 1000 * time.Hour, time.Hour},
	} {
		if got := p.due(now.Add(test.at), now.Add(test.wrote), now); !got.Equal(now.Add(test.want)) {
			t.Errorf("%s: due in %v, want %v", test.name, got.Sub(now), test.want)
		}
	}
	if got := patient(nil).due(now.Add(time.Hour), now, now); !got.Equal(now) {
		t.Errorf("without tiers it waits %v", got.Sub(now))
	}
}

// TestRetryAndResume checks that a delivery knows those before it.
func TestRetryAndResume(t *testing.T) {
	first, now := time.Unix(1000, 0), time.Unix(2000, 0)
	before := task{history: history{failures: 3, earlier: 6, round: 2, first: first, entered: first, last: &call.Failure{Class: record.Transient, Cause: "no", Detail: "luck"}}}
	retry := before.retry(decision{tier: 2, due: now})
	var h history
	h.resume(retry, now)
	if h.attempts() != 9 || h.failures != 0 || h.round != 3 || !h.first.Equal(first) || !h.entered.Equal(first) || h.last.Error() != "no: luck" || h.last.Class != record.Transient {
		t.Errorf("%+v, last %v", h, h.last)
	}
	retry.Entered = now.Add(time.Hour)
	if h.resume(retry, now); !h.entered.Equal(now) {
		t.Errorf("it entered in the future, %v", h.entered)
	}
	var successor history
	if successor.resume(record.Retry{Entered: first}, now); successor.last != nil {
		t.Errorf("what never failed has failed: %v", successor.last)
	}
}
