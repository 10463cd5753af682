package runner

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/call"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// policy decides what becomes of a record whose attempt failed. Which failure is of which class stands in call/class.go.
type policy struct {
	contract.FailurePolicy
	// random gives a number in [0, 1).
	random func() float64
}

func newPolicy(p contract.FailurePolicy) policy {
	return policy{FailurePolicy: p, random: rand.Float64}
}

// newPolicies gives the policy of each topic.
func newPolicies(n *contract.Node) map[string]policy {
	policies := make(map[string]policy, len(n.Inputs))
	for i := range n.Inputs {
		policies[n.Inputs[i].Topic] = newPolicy(n.Policy(&n.Inputs[i]))
	}
	return policies
}

// history is what a record went through so far, the failure at hand included.
type history struct {
	// failures are the attempts of this delivery that count, overloads the waits since the last of them.
	failures, overloads int
	// round counts the delayed deliveries, this one included; earlier are the attempts of those before this one.
	round, earlier int
	// last is the last failure, nil when there was none; first is when it first failed.
	last  *call.Failure
	first time.Time
	// spent is the time of the attempts of this delivery that count and of the pauses between them.
	spent time.Duration
	// entered is when the pipeline first saw the record.
	entered time.Time
}

// attempts are those that failed and count, of all deliveries.
func (h *history) attempts() int { return h.earlier + h.failures }

// failed takes up a failure that happened now, after an attempt that took so long.
func (h *history) failed(f *call.Failure, now time.Time, took time.Duration) {
	h.last = f
	if h.first.IsZero() {
		h.first = now
	}
	if f.Class == record.Overload {
		h.overloads++
		return
	}
	h.failures++
	h.overloads = 0
	h.spent += took
}

// paused takes up the pause that a decision gave.
func (h *history) paused(wait time.Duration) {
	if h.overloads == 0 {
		h.spent += wait
	}
}

// decision is what follows on a failure: a pause before the next attempt; or, with a tier, that the record is put off until
// it is due; or, with giveUp, that there is none. Why is what ended it, empty where the failure alone did.
type decision struct {
	wait   time.Duration
	tier   int // from 1
	due    time.Time
	giveUp bool
	why    string
}

// decide says what follows on the last failure. A transient failure counts and is tried again until Attempts or the time in place
// are used up, then put off to the next tier, while one is left; overload waits as long as it takes, since a dead letter
// would say something about the record that is not true; permanent failures and poison are given up at once. Beyond the
// record's life nothing is tried again.
func (p policy) decide(h history, now time.Time) decision {
	var wait time.Duration
	switch f := h.last; {
	case f.Class == record.Overload:
		wait = max(f.RetryAfter, p.backoff(h.overloads))
	case f.Class != record.Transient:
		return decision{giveUp: true}
	case h.failures >= p.InPlace.Attempts:
		return p.putOff(h, now, "")
	default:
		wait = p.backoff(h.failures)
		if limit := p.InPlace.Within.D(); limit > 0 && h.spent+wait > limit {
			return p.putOff(h, now, fmt.Sprintf("no time for another attempt within %s", limit))
		}
	}
	if p.over(h, now.Add(wait)) {
		return decision{giveUp: true, why: p.outOfTime()}
	}
	return decision{wait: wait}
}

// putOff puts a record off to the next tier; where none is left it is given up, and why says what ended it in place.
func (p policy) putOff(h history, now time.Time, why string) decision {
	tier := p.tier(h.round + 1)
	if tier == 0 {
		return decision{giveUp: true, why: why}
	}
	due := now.Add(p.Delayed[tier-1].After.D())
	if p.over(h, due) {
		return decision{giveUp: true, why: p.outOfTime()}
	}
	return decision{tier: tier, due: due}
}

// tier is the tier, from 1, that a delayed delivery belongs to; 0 where the tiers give no more so many.
func (p policy) tier(round int) int {
	for i, d := range p.Delayed {
		if round -= d.Times; round <= 0 {
			return i + 1
		}
	}
	return 0
}

// over says whether the record's life is over at a time.
func (p policy) over(h history, at time.Time) bool {
	return p.Within > 0 && at.Sub(h.entered) > p.Within.D()
}

// outOfTime is why a record ends whose life is over.
func (p policy) outOfTime() string { return fmt.Sprintf("out of time, %s", p.Within.D()) }

// backoff is exponential with full jitter: anywhere between zero and a bound that doubles up to Max, so that records
// which failed together do not come back together (Brooker, "Exponential Backoff And Jitter", AWS 2015).
func (p policy) backoff(n int) time.Duration {
	bound := p.InPlace.Backoff.D()
	for range n - 1 {
		if bound >= p.InPlace.Max.D()/2 {
			bound = p.InPlace.Max.D()
			break
		}
		bound *= 2
	}
	return time.Duration(p.random() * float64(bound))
}
