package chaos

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// deadliestRecord is how many processes must have died before a record may be given up as poison (design: a record that
// kills the process).
const deadliestRecord = 3

// causeKilled begins the cause of such a record (runner/task.go); other poison is what the user's code calls so.
const causeKilled = "three processes died"

// deliveries is how often a record that goes on failing is delivered, and gets its attempts in place.
func deliveries(p *contract.FailurePolicy) int {
	sum := 1
	for _, d := range p.Delayed {
		sum += d.Times
	}
	return sum
}

// delays is how long such a record waits between them in all.
func delays(p *contract.FailurePolicy) time.Duration {
	sum := time.Duration(0)
	for _, d := range p.Delayed {
		sum += time.Duration(d.Times) * d.After.D()
	}
	return sum
}

// policyOf is the failure policy of records of a topic.
func policyOf(n *contract.Node, topic string) *contract.FailurePolicy {
	for i := range n.Inputs {
		if in := &n.Inputs[i]; in.Topic == topic && in.OnFailure != nil {
			return in.OnFailure
		}
	}
	return &n.OnFailure.FailurePolicy
}

// drops says whether records may end without a trace.
func drops(n *contract.Node) bool {
	for i := range n.Inputs {
		for _, route := range policyOf(n, n.Inputs[i].Topic).Routes {
			if route.To == contract.RouteDrop {
				return true
			}
		}
	}
	return false
}

// unexplained gives the ids of dead letters that the policy would not have made.
func (c *account) unexplained() []string {
	var out []string
	for _, id := range slices.Sorted(maps.Keys(c.dead)) {
		if slices.ContainsFunc(c.dead[id], func(rec Record) bool { return !c.explained(rec) }) {
			out = append(out, id)
		}
	}
	return out
}

// explained says whether the policy sends a record there that failed as the dead letter says.
func (c *account) explained(rec Record) bool {
	f := rec.Failure
	if f == nil {
		return false
	}
	p := policyOf(c.node.Contract, f.Topic)
	// What a route's own topic rejects goes to the dead letters all the same.
	if to := p.Routes[f.Class].To; to != contract.RouteDeadLetters && to != contract.RouteOutput {
		return false
	}
	bounded := p.Within > 0 || p.InPlace.Within > 0
	switch f.Class {
	case contract.Transient:
		return f.Attempts >= p.InPlace.Attempts*deliveries(p) || bounded
	case contract.Overload:
		return p.Within > 0
	case contract.Poison:
		return !strings.HasPrefix(f.Cause, causeKilled) || c.node.Deaths >= deadliestRecord
	default:
		return f.Class == contract.Permanent
	}
}
