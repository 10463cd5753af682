package runner

import (
	"math/rand/v2"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/call"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// policy decides what becomes of a record whose attempt failed. Which failure is of which class stands in call/class.go.
type policy struct {
	retry contract.Retry
	// random gives a number in [0, 1).
	random func() float64
}

func newPolicy(retry contract.Retry) policy { return policy{retry: retry, random: rand.Float64} }

// history is what a record went through so far, the failure at hand included.
type history struct {
	// failures are the attempts that count, overloads the waits since the last of them.
	failures, overloads int
}

// decide gives the pause before the next attempt, or says that the record is given up. A transient failure counts and
// is tried again until Attempts are used up; overload waits as long as it takes, since a dead letter would say
// something about the record that is not true; permanent failures and poison are given up at once.
func (p policy) decide(f *call.Failure, h history) (wait time.Duration, giveUp bool) {
	switch f.Class {
	case record.Overload:
		return max(f.RetryAfter, p.backoff(h.overloads)), false
	case record.Transient:
		if h.failures < p.retry.Attempts {
			return p.backoff(h.failures), false
		}
	case record.Permanent, record.Poison:
	}
	return 0, true
}

// backoff is exponential with full jitter: anywhere between zero and a bound that doubles up to Max, so that records
// which failed together do not come back together (Brooker, "Exponential Backoff And Jitter", AWS 2015).
func (p policy) backoff(n int) time.Duration {
	bound := p.retry.Backoff.D()
	for range n - 1 {
		if bound >= p.retry.Max.D()/2 {
			bound = p.retry.Max.D()
			break
		}
		bound *= 2
	}
	return time.Duration(p.random() * float64(bound))
}
