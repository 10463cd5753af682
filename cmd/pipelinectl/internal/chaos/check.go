package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// Check holds the ledger against what its nodes promise. It does not change it.
func (l *Ledger) Check() *Report {
	r := &Report{}
	l.checkEntered(r)
	for _, n := range l.Nodes {
		if n.Contract.Group == "" { // what an endpoint takes is among the entered
			continue
		}
		c := l.account(n)
		r.Nodes = append(r.Nodes, c.judge(r))
	}
	return r
}

func (r *Report) differ(format string, args ...any) {
	r.Differences = append(r.Differences, fmt.Sprintf(format, args...))
}

// entity is a record's identity at a topic that records enter.
type entity struct{ topic, id string }

// checkEntered demands each record that was acknowledged on its way in, and the order in which those of a key were sent.
func (l *Ledger) checkEntered(r *Report) {
	at := map[entity]Record{}
	for topic, records := range l.Topics {
		for _, rec := range records {
			if _, known := at[entity{topic, rec.ID}]; !known {
				at[entity{topic, rec.ID}] = rec
			}
		}
	}
	last := map[entity]Record{} // by key
	var lost, reordered []string
	for _, e := range l.Entered {
		rec, ok := at[entity{e.Topic, e.ID}]
		if !ok {
			lost = append(lost, e.ID)
			continue
		}
		before, known := last[entity{e.Topic, e.Key}]
		if known && e.Key != "" && before.Place == rec.Place && before.Offset > rec.Offset {
			reordered = append(reordered, e.ID)
		}
		last[entity{e.Topic, e.Key}] = rec
	}
	if len(lost) > 0 {
		r.differ("lost on the way in: %s", some(lost))
	}
	if len(reordered) > 0 {
		r.differ("reordered on the way in: %s", some(reordered))
	}
}

// account is what one node did, by the id of what it read.
type account struct {
	node      Node
	observed  bool // whether it leaves anything behind
	read      map[string][]Record
	results   map[string][]Position
	dead      map[string][]Record
	waited    map[string][]Record // in tiers
	strange   []string
	exposed   map[string]int
	perPlaces map[Place][]Record
}

func (l *Ledger) account(n Node) *account {
	c := &account{node: n, read: map[string][]Record{}, results: map[string][]Position{}, dead: map[string][]Record{}, waited: map[string][]Record{}, perPlaces: map[Place][]Record{}}
	for _, in := range n.Contract.Inputs {
		for _, rec := range l.Topics[in.Topic] {
			c.read[rec.ID] = append(c.read[rec.ID], rec)
			c.perPlaces[rec.Place] = append(c.perPlaces[rec.Place], rec)
		}
	}
	c.observed = len(n.Contract.Outputs) > 0 || n.Contract.Webhook != nil
	for _, out := range n.Contract.Outputs {
		for _, rec := range l.Topics[out.Topic] {
			c.result(rec.Parent, rec.Position)
		}
	}
	for i, id := range l.Delivered[n.Label] {
		c.result(id, Position{Offset: int64(i)})
	}
	for _, tier := range n.Contract.Retries {
		for _, rec := range l.Topics[tier] {
			c.waited[rec.ID] = append(c.waited[rec.ID], rec)
		}
	}
	for _, rec := range l.Topics[n.Contract.DeadLetters] {
		if _, known := c.read[rec.ID]; !known {
			c.strange = append(c.strange, rec.ID)
		}
		c.dead[rec.ID] = append(c.dead[rec.ID], rec)
	}
	c.expose(l.Cuts)
	return c
}

// result takes up where a result stands; a delivery has no topic, and its number for an offset.
func (c *account) result(parent string, at Position) {
	if _, known := c.read[parent]; !known {
		c.strange = append(c.strange, parent)
		return
	}
	c.results[parent] = append(c.results[parent], at)
}

// judge gives the node's line of the report, and adds what is not as promised to its differences.
func (c *account) judge(r *Report) NodeReport {
	n := c.node.Contract
	out := NodeReport{
		Node: c.node.Label, Ordering: n.Ordering, Delivery: n.Delivery, Read: len(c.read), Written: len(c.results),
		DeadLettered: len(c.dead), Reordered: -1,
	}
	missing, doubled := c.amounts(&out)
	switch {
	case !c.observed:
	case drops(n):
		out.Dropped = len(missing)
	default:
		out.Lost = len(missing)
		if out.Lost > 0 {
			r.differ("node %s: lost, without result and without dead letter: %s", out.Node, some(missing))
		}
	}
	if len(doubled) > 0 {
		r.differ("node %s: duplicated beyond what its faults explain: %s", out.Node, some(doubled))
	}
	if n.Ordering == contract.OrderKey || n.Ordering == contract.OrderPartition {
		reordered := c.reordered()
		if out.Reordered = len(reordered); out.Reordered > 0 {
			r.differ("node %s: reordered within their key: %s", out.Node, some(reordered))
		}
	}
	unexplained := c.unexplained()
	if out.Unexplained = len(unexplained); out.Unexplained > 0 {
		r.differ("node %s: dead letters that its policy does not explain: %s", out.Node, some(unexplained))
	}
	if len(c.strange) > 0 {
		r.differ("node %s: made of records that it never read: %s", out.Node, some(c.strange))
	}
	return out
}

// amounts fills in the duplicates, and gives the ids of what is missing and of what was doubled without a reason.
func (c *account) amounts(out *NodeReport) (missing, doubled []string) {
	for _, id := range slices.Sorted(maps.Keys(c.read)) {
		read, written := len(c.read[id]), len(c.results[id])+len(c.dead[id])
		out.Allowed += c.exposed[id]
		if written == 0 {
			missing = append(missing, id)
		}
		if extra := written - read; extra > 0 {
			out.Duplicated += extra
			if extra > c.exposed[id] {
				doubled = append(doubled, id)
			}
		}
	}
	return missing, doubled
}

// reordered gives the ids that arrived, for the first time, behind a later record of their key and partition.
func (c *account) reordered() []string {
	type lane struct{ key, topic string }
	var out []string
	for _, from := range slices.SortedFunc(maps.Keys(c.perPlaces), byPlace) {
		seen := map[string]bool{}
		furthest := map[lane]map[int32]int64{}
		for _, rec := range c.perPlaces[from] {
			if rec.Key == "" || seen[rec.ID] || len(c.results[rec.ID]) == 0 {
				continue
			}
			seen[rec.ID] = true
			at := c.results[rec.ID][0]
			in := lane{rec.Key, at.Topic}
			if furthest[in] == nil {
				furthest[in] = map[int32]int64{}
			}
			if last, known := furthest[in][at.Partition]; known && at.Offset < last {
				out = append(out, rec.ID)
				continue
			}
			furthest[in][at.Partition] = at.Offset
		}
	}
	return out
}

func byPlace(a, b Place) int {
	if c := strings.Compare(a.Topic, b.Topic); c != 0 {
		return c
	}
	return int(a.Partition) - int(b.Partition)
}

// shown is how many ids a difference names.
const shown = 5

// some names the first of some ids and counts them all.
func some(ids []string) string {
	if len(ids) <= shown {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ids[:shown], ", "), len(ids)-shown)
}
