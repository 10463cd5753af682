package deadletters

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/kafka"
)

// Bounds of reading.
const (
	// fetchBytes bounds what is read ahead.
	fetchBytes = 8 << 20
	// pollRecords bounds what is handed over at once.
	pollRecords = 500
	// silence is how long a partition may give nothing before it is asked whether its end is still there; patience how
	// often in turn.
	silence  = 5 * time.Second
	patience = 6
)

// Node is a node of a pipeline with its dead letters.
type Node struct {
	Pipeline, Name string
	// Topic is where its dead letters are.
	Topic string
	// Inputs are the topics that it reads, sorted by topic.
	Inputs []Input
	// Group keeps what was replayed.
	Group string
}

// Label names the node among several pipelines.
func (n *Node) Label() string { return n.Pipeline + "/" + n.Name }

// right is one on the group that keeps what was replayed.
func (n *Node) right(operation string) kafka.Right {
	return kafka.Right{Operation: operation, Resource: "group", Name: n.Group}
}

// input gives the input that reads a topic; nil where none does.
func (n *Node) input(topic string) *Input {
	i := slices.IndexFunc(n.Inputs, func(in Input) bool { return in.Topic == topic })
	if i < 0 {
		return nil
	}
	return &n.Inputs[i]
}

// Input is a topic that a node reads.
type Input struct {
	Topic string
	// Others are the labels of the other nodes that read it, sorted.
	Others []string
}

// Client works on the dead letters of one broker.
type Client struct {
	Admin *kadm.Client
	// Options make further clients of the broker.
	Options []kgo.Opt
	// Cluster is the broker's id of its cluster.
	Cluster string
}

// Span is the part of a partition that is looked at: from Start up to End, which is left out. What is written meanwhile
// lies behind it.
type Span struct {
	Topic      string
	Partition  int32
	Start, End int64
}

// Spans gives what there is in topics now, by topic and partition, and which of the topics the broker does not have.
func (c *Client) Spans(ctx context.Context, topics ...string) (spans []Span, missing []string, err error) {
	if len(topics) == 0 {
		return nil, nil, nil // of no topic in particular means all of them
	}
	starts, err := c.Admin.ListStartOffsets(ctx, topics...)
	if err != nil {
		return nil, nil, err
	}
	ends, err := c.Admin.ListCommittedOffsets(ctx, topics...)
	if err != nil {
		return nil, nil, err
	}
	var faults []error
	ends.Each(func(end kadm.ListedOffset) {
		start, _ := starts.Lookup(end.Topic, end.Partition)
		switch err := cmp.Or(end.Err, start.Err); {
		case errors.Is(err, kerr.UnknownTopicOrPartition):
			missing = append(missing, end.Topic)
		case err != nil:
			faults = append(faults, kafka.Right{Operation: "Read", Resource: "topic", Name: end.Topic}.Explain(err))
		default:
			spans = append(spans, Span{end.Topic, end.Partition, start.Offset, max(start.Offset, end.Offset)})
		}
	})
	slices.SortFunc(spans, func(a, b Span) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	slices.Sort(missing)
	return spans, slices.Compact(missing), errors.Join(faults...)
}

// Read gives the letters of a span, in order, those of aborted transactions left out. An error ends it.
func (c *Client) Read(ctx context.Context, s Span) iter.Seq2[*Letter, error] {
	return func(yield func(*Letter, error) bool) {
		if s.Start >= s.End {
			return
		}
		client, err := kgo.NewClient(slices.Concat(c.Options, []kgo.Opt{
			kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{s.Topic: {s.Partition: kgo.NewOffset().At(s.Start)}}),
			kgo.FetchIsolationLevel(kgo.ReadCommitted()),
			kgo.KeepControlRecords(), // the last offset may be that of a transaction's end
			kgo.FetchMaxBytes(fetchBytes),
			kgo.FetchMaxWait(100 * time.Millisecond),
		})...)
		if err != nil {
			yield(nil, err)
			return
		}
		defer client.Close()
		for next := s.Start; next < s.End; {
			records, err := c.poll(ctx, client, s)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(records) == 0 {
				return
			}
			for _, r := range records {
				next = r.Offset + 1
				if r.Offset < s.End && !r.Attrs.IsControl() && !yield(c.letter(r), nil) {
					return
				}
			}
		}
	}
}

// poll gives the next records of a span; none when the rest of it is gone, deleted meanwhile.
func (c *Client) poll(ctx context.Context, client *kgo.Client, s Span) ([]*kgo.Record, error) {
	for range patience {
		wait, cancel := context.WithTimeout(ctx, silence)
		fetches := client.PollRecords(wait, pollRecords)
		cancel()
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := fetches.Err(); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return nil, kafka.Right{Operation: "Read", Resource: "topic", Name: s.Topic}.Explain(err)
		}
		if records := fetches.Records(); len(records) > 0 {
			return records, nil
		}
		starts, err := c.Admin.ListStartOffsets(ctx, s.Topic)
		if err != nil {
			return nil, err
		}
		if start, ok := starts.Lookup(s.Topic, s.Partition); ok && start.Err == nil && start.Offset >= s.End {
			return nil, nil
		}
	}
	return nil, fmt.Errorf("topic %s: partition %d gave nothing for %s, though it has records up to offset %d", s.Topic, s.Partition, patience*silence, s.End)
}

func (c *Client) letter(r *kgo.Record) *Letter {
	l := &Letter{Cluster: c.Cluster, Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp, Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		l.Headers = append(l.Headers, Header{h.Key, h.Value})
	}
	return l
}
