package compiler

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	// CodeDelayedRetry is reported for delayed retries that the node's ordering does not allow.
	CodeDelayedRetry diag.Code = "failure-delayed"
	// CodeDelayedUnreachable is a warning about a tier of delayed retries that the record's life ends before.
	CodeDelayedUnreachable diag.Code = "failure-unreachable"
	// CodeParkPartitions is reported when records of a topic that others own are to be parked, and nobody says how many
	// partitions it has.
	CodeParkPartitions diag.Code = "park-partitions"
)

// tiers are the delayed retries as the contract has them.
func (p PolicySpec) tiers() []contract.Delay {
	var out []contract.Delay
	for _, d := range p.Delayed {
		out = append(out, contract.Delay{After: contract.Duration(d.After.V), Times: int(d.Times.Or(1))})
	}
	return out
}

// checkDelayed reports tiers that come to nothing, since the record's life is over before.
func (p PolicySpec) checkDelayed(n *Node, findings *diag.List) {
	if !p.Within.IsSet() {
		return
	}
	life := time.Duration(p.Within.V).Milliseconds() // which are far from too many, unlike nanoseconds
	soonest := int64(0)                              // when the last delivery of the tiers before fails, at the earliest
	for i, d := range p.Delayed {
		after := time.Duration(d.After.V).Milliseconds()
		switch {
		case after > life:
			findings.Errorf(CodeRetryRange, d.After.Pos, "`%s` would deliver a record again after %s, which is longer than the record's whole life, %s", n.Name, d.After.V, p.Within.V).
				WithHint("make `after` shorter than `within`, or remove the tier").
				WithRelated(p.Within.Pos, "the record's life")
		case soonest+after > life:
			findings.Warnf(CodeDelayedUnreachable, d.After.Pos, "tier %d of `%s` never comes: a record gets there %s after it came at the earliest, and its life is %s", i+1, n.Name, Duration(soonest+after)*Duration(time.Millisecond), p.Within.V).
				WithHint("make `within` longer, or remove the tier").
				WithRelated(p.Within.Pos, "the record's life")
			return // so do those behind it
		}
		soonest += after * int64(d.Times.Or(1))
	}
}

// planDelayed names the topics in which records of a node wait for a delayed retry: a topic per tier where order does not
// matter, and where that of a key does, one for each topic that it reads.
func (g *Graph) planDelayed(n *Node, m *Member, topics map[PortRef]*Topic, findings *diag.List) {
	component, ok := m.Component.(Consuming)
	if !ok {
		return
	}
	spec := component.Consumption()
	var longest []Duration // of each tier, over all inputs
	for i, in := range m.Component.Ports().Inputs {
		policy := spec.OnFailure.PolicySpec
		if in.OnFailure != nil {
			policy = in.OnFailure.over(policy)
		}
		if len(policy.Delayed) == 0 {
			continue
		}
		switch spec.ordering() {
		case contract.OrderNone:
			longest = slices.Concat(longest, make([]Duration, max(0, len(policy.Delayed)-len(longest))))
			for tier, d := range policy.Delayed {
				longest[tier] = max(longest[tier], d.After.V)
				g.checkWait(n, d.After, findings)
			}
		case contract.OrderKey:
			for _, s := range m.Sources[i] {
				g.planPark(n, s, topics[PortRef{s.Member.Name(), s.Output.Name.V}], findings)
			}
		case contract.OrderPartition:
			findings.Errorf(CodeDelayedRetry, policy.Delayed[0].After.Pos, "`%s` keeps the order of its partitions, so no record can be delivered later: those behind it would overtake it", n.Name).
				WithHint("write `ordering: key` or `ordering: none`, or remove `delayed` and give `inPlace` more attempts").
				WithRelated(spec.Ordering.Pos, "the ordering")
			return
		}
	}
	for tier, wait := range longest {
		n.Retries = append(n.Retries, g.planRetry(n, tier+1, wait))
	}
	slices.SortFunc(n.Parks, func(a, b *Topic) int { return cmp.Compare(a.Name, b.Name) })
	for _, t := range slices.Concat(n.Retries, n.Parks) {
		topics[PortRef{n.Name, t.Output}] = t
		g.checkTopicLength(t, findings)
	}
}

// retryMargin is how much longer a tier keeps records than they wait in it: as long as the node may be away.
const retryMargin = 14 * 24 * time.Hour

// planRetry is the topic of a tier whose longest wait is given. What the runner reads has an order by time, so a record
// that stays would do no harm, but nobody needs it.
func (g *Graph) planRetry(n *Node, tier int, wait Duration) *Topic {
	keep := time.Duration(wait) + retryMargin
	if g.Environment != nil {
		keep = min(keep, time.Duration(g.Environment.Kafka.Limits.MaxRetention.Or(Duration(keep))))
	}
	partitions := int32(1)
	for _, t := range n.reads() {
		partitions = max(partitions, t.Partitions)
	}
	return g.ownTopic(n, retryOutput(tier), partitions, map[string]string{
		// Said although they are Kafka's defaults: a broker may have others, by which records that wait would be lost.
		"cleanup.policy":      "delete",
		"retention.bytes":     "-1",
		"retention.ms":        milliseconds(keep),
		configMaxMessageBytes: strconv.FormatInt(n.largestInput()+DeadLetterHeadroom, 10),
	})
}

// checkWait reports a wait that the environment's Kafka may not keep a record for.
func (g *Graph) checkWait(n *Node, after schema.Value[Duration], findings *diag.List) {
	if g.Environment == nil {
		return
	}
	limit := g.Environment.Kafka.Limits.MaxRetention
	if !limit.IsSet() || after.V <= limit.V/2 {
		return
	}
	findings.Errorf(CodeTopicLimits, after.Pos, "records of `%s` would wait for %s, but the Kafka of environment `%s` keeps records for %s at most: some would be gone before they are due", n.Name, after.V, g.Environment.Name.V, limit.V).
		WithHint("wait for half of that at most, so that there is time for the node to come back when it is away").
		WithRelated(limit.Pos, "the limit of `%s`", g.Environment.Name.V)
}

// Settings of a park: the log is made small again and again, since it is read from its start whenever a partition is
// claimed. Kafka does not compact the segment that it writes to, so segments are short.
const (
	parkSegment = time.Hour
	parkBytes   = 64 << 20
	// parkTombstones is how long a reader may take from start to end, and still hears of all that is finished.
	parkTombstones = 24 * time.Hour
)

// planPark is the topic in which a node parks records of a topic that it reads: one partition for each of the source's.
func (g *Graph) planPark(n *Node, s Source, source *Topic, findings *diag.List) {
	from := PortRef{s.Member.Name(), s.Output.Name.V}
	if !source.Managed && !s.Output.Topic.Partitions.IsSet() {
		findings.Errorf(CodeParkPartitions, s.Pos, "`%s` would park records of `%s` that wait for a delayed retry, but nobody says how many partitions that topic has", n.Name, source.Name).
			WithHint("add `partitions` to `%s`: the number that its owner has given it", from.Node).
			WithRelated(source.position(g), "the topic, which others own")
	}
	largest := n.largestInput() + DeadLetterHeadroom
	n.Parks = append(n.Parks, g.ownTopic(n, parkOutput(from), source.Partitions, map[string]string{
		"cleanup.policy":            "compact",
		"min.cleanable.dirty.ratio": "0.1",
		"segment.ms":                milliseconds(parkSegment),
		"segment.bytes":             strconv.FormatInt(max(parkBytes, largest), 10),
		"max.compaction.lag.ms":     milliseconds(parkSegment),
		"delete.retention.ms":       milliseconds(parkTombstones),
		configMaxMessageBytes:       strconv.FormatInt(largest, 10),
	}))
}

// parkOf is where the node parks records of a topic; nil where it does not.
func (n *Node) parkOf(source *Topic) *Topic {
	output := parkOutput(PortRef{source.Node, source.Output})
	for _, t := range n.Parks {
		if t.Output == output {
			return t
		}
	}
	return nil
}

// reads are the topics of all inputs.
func (n *Node) reads() []*Topic {
	var out []*Topic
	for _, in := range n.Inputs {
		out = append(out, in.Topics...)
	}
	return out
}

// namesOf gives Kafka's names of topics.
func namesOf(topics []*Topic) []string {
	var out []string
	for _, t := range topics {
		out = append(out, t.Name)
	}
	return out
}
