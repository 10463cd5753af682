package groups

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// Topic is a topic that holds state of a pipeline's own.
type Topic struct {
	Name string
	// Exists says that the broker has it; Records counts its offsets.
	Exists  bool
	Records int64
}

// Topics asks what there is in topics, in the order of their names.
func (c *Client) Topics(ctx context.Context, names []string) ([]Topic, error) {
	if len(names) == 0 {
		return nil, nil // of no topic in particular means all of them
	}
	starts, ends, err := c.offsets(ctx, "Delete", names)
	if err != nil {
		return nil, err
	}
	found := map[string]Topic{}
	var faults []error
	ends.Each(func(end kadm.ListedOffset) {
		t := found[end.Topic]
		t.Name = end.Topic
		start, _ := starts.Lookup(end.Topic, end.Partition)
		switch {
		case errors.Is(end.Err, kerr.UnknownTopicOrPartition):
		case end.Err != nil || start.Err != nil:
			faults = append(faults, right("Delete", "topic", end.Topic).Explain(errors.Join(end.Err, start.Err)))
		default:
			t.Exists = true
			t.Records += end.Offset - start.Offset
		}
		found[end.Topic] = t
	})
	out := make([]Topic, 0, len(found))
	for _, name := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[name])
	}
	return out, errors.Join(faults...)
}

// offsets asks for the first and the last offsets of topics. Of one that may not even be described, it says that the
// operation is not allowed which all of this is for.
func (c *Client) offsets(ctx context.Context, operation string, topics []string) (starts, ends kadm.ListedOffsets, err error) {
	if starts, err = c.Admin.ListStartOffsets(ctx, topics...); err == nil {
		ends, err = c.Admin.ListEndOffsets(ctx, topics...)
	}
	if errors.Is(err, kerr.TopicAuthorizationFailed) { // the answer does not say for which
		for _, topic := range topics {
			if _, denied := c.Admin.ListStartOffsets(ctx, topic); denied != nil {
				return nil, nil, right(operation, "topic", topic).Explain(denied)
			}
		}
	}
	return starts, ends, err
}

// Clean deletes groups, then topics, exactly these, and tells each that is gone. It goes on after a failure, so that a
// second call has less to do; what is not there is no failure.
func (c *Client) Clean(ctx context.Context, groups, topics []string, gone func(what, name string)) error {
	var faults []error
	for _, name := range groups {
		deleted, err := c.Admin.DeleteGroup(ctx, name)
		switch err := errors.Join(err, deleted.Err); {
		case errors.Is(err, kerr.GroupIDNotFound):
		case err != nil:
			faults = append(faults, right("Delete", "group", name).Explain(err))
		default:
			gone("group", name)
		}
	}
	if len(faults) > 0 {
		return errors.Join(faults...) // a topic must outlive the group that reads it
	}
	for _, name := range topics {
		deleted, err := c.Admin.DeleteTopic(ctx, name)
		switch err := errors.Join(err, deleted.Err); {
		case errors.Is(err, kerr.UnknownTopicOrPartition):
		case err != nil:
			faults = append(faults, right("Delete", "topic", name).Explain(err))
		default:
			gone("topic", name)
		}
	}
	return errors.Join(faults...)
}
