// Package groups owns where the consumer groups of a pipeline stand: asking, moving and forgetting it, and deleting the
// topics that only hold the pipeline's own state. It changes nothing that its caller has not named, and nothing of a group
// that has members.
//
// It must not know documents: a verb hands in the groups and topics that the compiler planned. Start reading at
// Client.Survey; Plan, Apply and Clean work on what it gives.
package groups

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/kafka"
)

// Group is a consumer group as planned.
type Group struct {
	// Name is Kafka's, Node whose it is.
	Name, Node string
	// Topics are those that the node reads.
	Topics []string
}

// Standing is a group as the broker has it.
type Standing struct {
	Group
	// Exists says that the broker knows the group.
	Exists bool
	// Members are those that are alive, as CLIENT at HOST, sorted.
	Members []string
	// Positions are those in the group's topics, by topic and partition.
	Positions []Position
	// Missing are topics that the broker does not have.
	Missing []string
}

// Position is where a group stands in a partition.
type Position struct {
	Topic     string
	Partition int32
	// Committed is the offset that the group goes on from, -1 where it has committed none; it then begins at Start.
	Committed int64
	// Start and End bound what the partition holds, End left out.
	Start, End int64
}

// Client works on the groups of one broker.
type Client struct {
	Admin *kadm.Client
}

// right is what a request needs.
func right(operation, resource, name string) kafka.Right {
	return kafka.Right{Operation: operation, Resource: resource, Name: name}
}

// Survey asks how groups stand.
func (c *Client) Survey(ctx context.Context, groups []Group) ([]Standing, error) {
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = g.Name
	}
	if len(names) == 0 {
		return nil, nil // of no group in particular means all of them
	}
	described, err := c.Admin.DescribeGroups(ctx, names...)
	if err != nil {
		return nil, err
	}
	out := make([]Standing, 0, len(groups))
	for _, g := range groups {
		d, known := described[g.Name]
		if d.Err != nil && !errors.Is(d.Err, kerr.GroupIDNotFound) {
			return nil, right("Read", "group", g.Name).Explain(d.Err)
		}
		s := Standing{Group: g, Exists: known && d.Err == nil && d.State != "Dead"}
		for _, m := range d.Members {
			s.Members = append(s.Members, m.ClientID+" at "+m.ClientHost)
		}
		slices.Sort(s.Members)
		if err := c.positions(ctx, &s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// positions fills in those of a group.
func (c *Client) positions(ctx context.Context, s *Standing) error {
	if len(s.Topics) == 0 {
		return nil
	}
	starts, ends, err := c.offsets(ctx, "Read", s.Topics)
	if err != nil {
		return err
	}
	var faults []error
	ends.Each(func(end kadm.ListedOffset) {
		start, _ := starts.Lookup(end.Topic, end.Partition)
		switch err := cmp.Or(end.Err, start.Err); {
		case errors.Is(err, kerr.UnknownTopicOrPartition):
			s.Missing = append(s.Missing, end.Topic)
		case err != nil:
			faults = append(faults, right("Read", "topic", end.Topic).Explain(err))
		default:
			s.Positions = append(s.Positions, Position{Topic: end.Topic, Partition: end.Partition, Committed: -1, Start: start.Offset, End: end.Offset})
		}
	})
	slices.Sort(s.Missing)
	s.Missing = slices.Compact(s.Missing)
	if err := errors.Join(faults...); err != nil || len(s.Positions) == 0 {
		return err
	}
	there := slices.DeleteFunc(slices.Clone(s.Topics), func(topic string) bool { return slices.Contains(s.Missing, topic) })
	committed, err := c.Admin.FetchOffsetsForTopics(ctx, s.Name, there...)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return right("Read", "group", s.Name).Explain(err)
	}
	for i, p := range s.Positions {
		at, ok := committed.Lookup(p.Topic, p.Partition)
		if at.Err != nil {
			return right("Read", "group", s.Name).Explain(at.Err)
		}
		if ok {
			s.Positions[i].Committed = at.At
		}
	}
	slices.SortFunc(s.Positions, func(a, b Position) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return nil
}
