package chaos

import (
	"slices"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// expose counts for each record how often a fault may have had it written again: once for each copy that was read, in an
// input or a tier, and not committed, or that a park held, if it had been written or put off, or if the runner went on
// with it.
func (c *account) expose(cuts []Cut) {
	c.exposed = map[string]int{}
	if c.node.Contract.Delivery == contract.ExactlyOnce {
		return
	}
	for _, cut := range cuts {
		if cut.Label != c.node.Label {
			continue
		}
		for id, copies := range c.read {
			finished := cut.Alive || c.writtenBefore(id, cut)
			for _, rec := range slices.Concat(copies, c.waited[id]) {
				if cut.again(rec.Position) && (finished || c.putOffBefore(id, rec.Round+1, cut)) {
					c.exposed[id]++
				}
			}
		}
	}
}

// again says whether a record that was there already is worked on after the cut.
func (c *Cut) again(at Position) bool {
	return c.Parked[at] || at.Offset >= c.Committed[at.Place] && at.Offset < c.Ends[at.Place]
}

// putOffBefore says whether a record was in a tier already to wait for a round.
func (c *account) putOffBefore(id string, round int, cut Cut) bool {
	return slices.ContainsFunc(c.waited[id], func(rec Record) bool { return rec.Round == round && rec.Offset < cut.Ends[rec.Place] })
}

func (c *account) writtenBefore(id string, cut Cut) bool {
	return slices.ContainsFunc(c.results[id], func(at Position) bool {
		if at.Topic == "" {
			return at.Offset < int64(cut.Delivered)
		}
		return at.Offset < cut.Ends[at.Place]
	}) || slices.ContainsFunc(c.dead[id], func(rec Record) bool { return rec.Offset < cut.Ends[rec.Place] })
}
