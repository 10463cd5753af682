package deadletters

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Summary counts the dead letters of one node.
type Summary struct {
	Node *Node
	// Missing says that the broker does not have the topic; then the rest is zero.
	Missing bool
	// Letters are those that were looked at, Replayed those of them that a replay has put back to work.
	Letters, Replayed int64
	// Classes counts by class of failure, the empty one for letters that do not tell.
	Classes map[string]int64
	// Oldest and Newest are when the first and the last of them were given up.
	Oldest, Newest time.Time
}

// Summarize reads the dead letters of a node up to now and counts those that the filter chooses. Progress is called
// for each letter that was read; it may be nil.
func (c *Client) Summarize(ctx context.Context, n *Node, f *Filter, progress func()) (*Summary, error) {
	out := &Summary{Node: n, Classes: map[string]int64{}}
	_, missing, err := c.Spans(ctx, n.Topic)
	if err != nil {
		return nil, err
	}
	out.Missing = len(missing) > 0
	for l, err := range c.Letters(ctx, n) {
		if err != nil {
			return nil, err
		}
		if progress != nil {
			progress()
		}
		if f.Chooses(l.Letter) {
			out.add(l.Letter, l.Replayed)
		}
	}
	return out, nil
}

// Standing is a letter with what became of it.
type Standing struct {
	*Letter
	// Replayed says that a replay has put it back to work.
	Replayed bool
}

// Letters gives the dead letters of a node that lie there now, by partition and offset. An error ends it.
func (c *Client) Letters(ctx context.Context, n *Node) iter.Seq2[Standing, error] {
	return func(yield func(Standing, error) bool) {
		spans, _, err := c.Spans(ctx, n.Topic)
		var done map[int32]*marks
		if err == nil {
			done, err = c.marks(ctx, n, spans)
		}
		if err != nil {
			yield(Standing{}, err)
			return
		}
		for _, s := range spans {
			for l, err := range c.Read(ctx, s) {
				if err != nil {
					yield(Standing{}, err)
					return
				}
				if !yield(Standing{l, done[s.Partition].has(l.Offset)}, nil) {
					return
				}
			}
		}
	}
}

func (s *Summary) add(l *Letter, replayed bool) {
	s.Letters++
	if replayed {
		s.Replayed++
	}
	failure := l.Failure()
	s.Classes[failure.Class]++
	at := l.GivenUp(failure)
	if s.Oldest.IsZero() || at.Before(s.Oldest) {
		s.Oldest = at
	}
	if at.After(s.Newest) {
		s.Newest = at
	}
}

// marks gives what was replayed of a node's dead letters, by partition, each partition of the spans included. Marks that
// lie beyond a partition's end are those of a topic of the same name that is gone.
func (c *Client) marks(ctx context.Context, n *Node, spans []Span) (map[int32]*marks, error) {
	out := map[int32]*marks{}
	if len(spans) == 0 {
		return out, nil
	}
	committed, err := c.committed(ctx, n)
	if err != nil {
		return nil, err
	}
	for _, s := range spans {
		at := committed(s.Partition)
		m := parseMarks(at.at, at.metadata)
		if m.reach() > s.End {
			m = &marks{}
		}
		m.standing = at
		m.add(m.next, s.Start) // what the broker deleted is nobody's any more
		out[s.Partition] = m
	}
	return out, nil
}

// committed gives the commits of a node's group for the partitions of its dead letters, at -1 where there is none.
func (c *Client) committed(ctx context.Context, n *Node) (func(partition int32) commit, error) {
	all, err := c.Admin.FetchOffsetsForTopics(ctx, n.Group, n.Topic)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return nil, n.right("Read").Explain(err)
	}
	for _, at := range all[n.Topic] {
		if at.Err != nil {
			return nil, n.right("Read").Explain(at.Err)
		}
	}
	return func(partition int32) commit {
		if at, ok := all.Lookup(n.Topic, partition); ok {
			return commit{at.At, at.Metadata}
		}
		return commit{at: -1}
	}, nil
}

// reach is the first offset above everything marked.
func (m *marks) reach() int64 {
	if len(m.above) == 0 {
		return m.next
	}
	return m.above[len(m.above)-1].end
}
