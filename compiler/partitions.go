package compiler

import (
	"fmt"
	"slices"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// CodePartitionsFew is a warning about a node with more pods than its inputs have partitions: the rest would have nothing
// to read.
const CodePartitionsFew diag.Code = "partitions-few"

// Replicated is implemented by a Component that runs in a number of pods of its document's choice.
type Replicated interface {
	// PodCount is how many pods run; where it is not set, one.
	PodCount() schema.Value[int32]
}

// defaultPartitions is what a topic has when nobody sets its partitions.
const defaultPartitions = 1

// checkPartitions compares a node's pods with the partitions of all its inputs together. The sum is the bound, not the
// largest topic: the group's assignor is cooperative-sticky (KIP-429), which spreads the partitions of all topics over the
// members, so those of two topics may go to two of them.
func (g *Graph) checkPartitions(m *Member, findings *diag.List) {
	component, ok := m.Component.(Replicated)
	if !ok || len(m.Sources) == 0 {
		return
	}
	pods, sources := component.PodCount(), slices.Concat(m.Sources...)
	total := int64(0)
	for _, s := range sources {
		count, known := g.partitions(s.Output)
		if !known {
			return
		}
		total += int64(count.V)
	}
	if int64(pods.V) <= total {
		return
	}
	read := fmt.Sprintf("%d partitions in all", total)
	if total == 1 {
		read = "1 partition"
	}
	d := findings.Warnf(CodePartitionsFew, pods.Pos, "`replicas` of node `%s` is %d, but its inputs have %s: %d of the pods would have nothing to read", m.Name(), pods.V, read, int64(pods.V)-total).
		WithHint("lower `replicas` to %d, or raise `partitions` of a topic that it reads", total)
	for _, s := range sources {
		count, _ := g.partitions(s.Output)
		name := s.Member.Name() + "." + s.Output.Name.V
		if count.IsSet() {
			d.WithRelated(count.Pos, "the partitions of `%s`", name)
			continue
		}
		d.WithRelated(s.Pos, "nobody sets the partitions of `%s`, so it has %d; write `topic: {partitions: %d}` beside the output, or `kafka.topicDefaults` in an environment", name, defaultPartitions, pods.V)
	}
}

// partitions is the number that a topic has, with the place that says so; it is not known for a topic that others own, nor
// without an environment, whose default may hold.
func (g *Graph) partitions(o OutputSpec) (count schema.Value[int32], known bool) {
	switch {
	case o.Topic.Partitions.IsSet():
		return o.Topic.Partitions, true
	case o.Foreign || g.Environment == nil:
		return schema.Value[int32]{}, false
	}
	count = g.Environment.Kafka.TopicDefaults.Partitions
	if !count.IsSet() {
		count.V = defaultPartitions
	}
	return count, true
}
