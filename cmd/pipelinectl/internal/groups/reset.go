package groups

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// Target is where groups are moved to: the time or the offset where set, else the end or the start of each partition.
type Target struct {
	Latest bool
	// Time: the first record written then or later, in each partition; its end where there is none.
	Time time.Time
	// Offset is the same number in each partition, or the nearest that it holds.
	Offset *int64
}

// Words that ParseTarget knows.
const (
	Earliest = "earliest"
	Latest   = "latest"
)

// ParseTarget reads a target: earliest, latest, an offset, or what moment makes a time of.
func ParseTarget(text string, moment func(string) (time.Time, error)) (Target, error) {
	switch text {
	case Earliest:
		return Target{}, nil
	case Latest:
		return Target{Latest: true}, nil
	}
	if offset, err := strconv.ParseInt(text, 10, 64); err == nil {
		if offset < 0 {
			return Target{}, fmt.Errorf("an offset is 0 or more, not %d", offset)
		}
		return Target{Offset: &offset}, nil
	}
	at, err := moment(text)
	return Target{Time: at}, err
}

// Move is what becomes of a Position.
type Move struct {
	Position
	// To is the offset to go on from.
	To int64
}

// From is the offset that the group would have gone on from.
func (m Move) From() int64 {
	if m.Committed < 0 {
		return m.Start
	}
	return max(m.Committed, m.Start)
}

// Skipped counts the offsets that the group has not handled and never would.
func (m Move) Skipped() int64 { return max(0, m.To-m.From()) }

// Repeated counts the offsets that the group would handle again.
func (m Move) Repeated() int64 { return max(0, m.From()-m.To) }

// Plan gives the moves of a group, one for each of its positions, in their order.
func (c *Client) Plan(ctx context.Context, s Standing, to Target) ([]Move, error) {
	var after kadm.ListedOffsets
	if !to.Time.IsZero() && len(s.Topics) > 0 {
		var err error
		if after, err = c.Admin.ListOffsetsAfterMilli(ctx, to.Time.UnixMilli(), s.Topics...); err != nil {
			return nil, err
		}
	}
	moves := make([]Move, len(s.Positions))
	for i, p := range s.Positions {
		m := Move{Position: p, To: p.Start}
		switch {
		case to.Offset != nil:
			m.To = min(max(*to.Offset, p.Start), p.End)
		case to.Latest:
			m.To = p.End
		case after != nil:
			at, ok := after.Lookup(p.Topic, p.Partition)
			if !ok || at.Err != nil {
				return nil, errors.Join(fmt.Errorf("topic %s: partition %d gives no offset for a time", p.Topic, p.Partition), at.Err)
			}
			m.To = min(max(at.Offset, p.Start), p.End)
			if at.Offset < 0 {
				m.To = p.End
			}
		}
		moves[i] = m
	}
	return moves, nil
}

// Apply commits moves for a group without members; the broker refuses where one has joined since. Whatever a runner kept
// beside its offsets is gone, which it takes for a clean start.
func (c *Client) Apply(ctx context.Context, group string, moves []Move) error {
	offsets := kadm.Offsets{}
	for _, m := range moves {
		offsets.Add(kadm.Offset{Topic: m.Topic, Partition: m.Partition, At: m.To, LeaderEpoch: -1})
	}
	if len(offsets) == 0 {
		return nil
	}
	committed, err := c.Admin.CommitOffsets(ctx, group, offsets)
	if err != nil {
		return right("Read", "group", group).Explain(err)
	}
	var faults []error
	committed.EachError(func(at kadm.OffsetResponse) {
		if errors.Is(at.Err, kerr.TopicAuthorizationFailed) {
			faults = append(faults, right("Read", "topic", at.Topic).Explain(at.Err))
			return
		}
		faults = append(faults, right("Read", "group", group).Explain(at.Err))
	})
	return errors.Join(faults...)
}
