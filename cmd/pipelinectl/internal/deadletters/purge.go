package deadletters

import (
	"context"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/kafka"
)

// Purge is what would be deleted of the dead letters of a node: of each span, everything.
type Purge struct {
	Node  *Node
	Spans []Span
	// Missing says that the broker does not have the topic.
	Missing bool
	// Records counts the offsets, Lost those of them that were not replayed.
	Records, Lost int64
}

// PlanPurge gives what there is to delete now. With replayed it ends before the first letter of a partition that was not
// replayed.
func (c *Client) PlanPurge(ctx context.Context, n *Node, replayed bool) (*Purge, error) {
	spans, missing, err := c.Spans(ctx, n.Topic)
	if err != nil {
		return nil, err
	}
	done, err := c.marks(ctx, n, spans)
	if err != nil {
		return nil, err
	}
	p := &Purge{Node: n, Missing: len(missing) > 0}
	for _, s := range spans {
		m := done[s.Partition]
		if replayed {
			s.End = m.next
		}
		p.Records += s.End - s.Start
		p.Lost += m.missing(s.Start, s.End)
		p.Spans = append(p.Spans, s)
	}
	p.Spans = slices.DeleteFunc(p.Spans, func(s Span) bool { return s.Start >= s.End })
	return p, nil
}

// missing counts the offsets from start up to end that are not marked.
func (m *marks) missing(start, end int64) int64 {
	at := max(start, m.next)
	var n int64
	for _, v := range m.above {
		n += max(0, min(v.start, end)-at)
		at = max(at, v.end)
	}
	return n + max(0, end-at)
}

// Apply deletes what was planned, and nothing that was written since.
func (c *Client) Apply(ctx context.Context, p *Purge) error {
	if len(p.Spans) == 0 {
		return nil
	}
	offsets := kadm.Offsets{}
	for _, s := range p.Spans {
		offsets.Add(kadm.Offset{Topic: s.Topic, Partition: s.Partition, At: s.End, LeaderEpoch: -1})
	}
	deleted, err := c.Admin.DeleteRecords(ctx, offsets)
	if err == nil {
		err = deleted.Error()
	}
	return kafka.Right{Operation: "Delete", Resource: "topic", Name: p.Node.Topic}.Explain(err)
}
