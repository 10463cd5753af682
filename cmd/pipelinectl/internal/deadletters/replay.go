package deadletters

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/time/rate"
)

// Replay puts dead letters back to work. Each is published, acknowledged by every in-sync replica, and only then marked
// as replayed, by chunks: a replay that is killed repeats at most one chunk.
type Replay struct {
	Filter Filter
	To     To
	// Limit is the most records to replay; 0: all.
	Limit int64
	// Rate is the most records per second; 0: as fast as the broker takes them.
	Rate float64
	// MaxReplays is how often a record may have been replayed before, more than that is refused; Force lets it through.
	MaxReplays int
	Force      bool
	// DryRun publishes and marks nothing.
	DryRun bool
	// Refused is told each letter that is not replayed, Progress each that was looked at. Both may be nil.
	Refused  func(*Letter, *Refusal)
	Progress func()
}

// Outcome is what became of letters.
type Outcome struct {
	// Replayed counts by the topic that they went to; in a dry run, would go to.
	Replayed map[string]int64
	// Already were replayed earlier; Passed are those that the filter did not choose.
	Already, Passed, Refused int64
}

// Total is how many were replayed.
func (o *Outcome) Total() int64 {
	var total int64
	for _, n := range o.Replayed {
		total += n
	}
	return total
}

// Bounds of a chunk. The bytes keep every batch below a topic's max.message.bytes, 1,048,588 unless configured; a larger
// record is a chunk of its own.
const (
	chunkRecords = 500
	chunkBytes   = 900_000
	// largestBatch is what the client would still send: the broker decides.
	largestBatch = 64 << 20
	// publishTimeout bounds a chunk's way to the broker.
	publishTimeout = time.Minute
)

// ErrConcurrent is returned when somebody else replays the same letters: what each of the two does not know of, it would
// replay again.
var ErrConcurrent = errors.New("another replay of the same dead letters is under way")

// ErrScattered is returned before a chunk whose marks would not fit into a commit's metadata.
var ErrScattered = errors.New("what was replayed is too scattered to be kept: replay with a filter that chooses more, or without one")

// Run replays the dead letters of a node that lie there now. When ctx is done it stops between two chunks; force stops it
// at once. The outcome is what was done also where there is an error.
func (r *Replay) Run(ctx, force context.Context, c *Client, n *Node) (*Outcome, error) {
	w, err := r.begin(ctx, force, c, n)
	if err != nil {
		return nil, err
	}
	defer w.close()
	for _, s := range w.spans {
		unread := s
		unread.Start = max(s.Start, w.done[s.Partition].next)
		w.outcome.Already += unread.Start - s.Start
		at := unread.Start
		for l, err := range c.Read(ctx, unread) {
			if err == nil {
				w.empty(s.Partition, at, l.Offset)
				at = l.Offset + 1
				err = w.take(l)
			}
			if err != nil || w.full() {
				return w.end(err)
			}
		}
		w.empty(s.Partition, at, s.End)
	}
	return w.end(nil)
}

// RunFile replays letters out of a file, which may have been edited, as if they lay among the dead letters of the node.
// Those that do, by cluster, topic, partition and offset, are marked, and passed over where they are marked already;
// others are replayed each time. Letters of other topics are left out.
func (r *Replay) RunFile(ctx, force context.Context, c *Client, n *Node, letters iter.Seq2[*Letter, error]) (*Outcome, error) {
	w, err := r.begin(ctx, force, c, n)
	if err != nil {
		return nil, err
	}
	defer w.close()
	for l, err := range letters {
		if err == nil && l.Topic == n.Topic {
			err = w.take(l)
		}
		if err != nil || w.full() {
			return w.end(err)
		}
	}
	return w.end(nil)
}

// begin learns what was replayed before and makes the producer.
func (r *Replay) begin(ctx, force context.Context, c *Client, n *Node) (*replaying, error) {
	w := &replaying{Replay: r, client: c, node: n, ctx: ctx, force: force, outcome: &Outcome{Replayed: map[string]int64{}}}
	spans, _, err := c.Spans(ctx, n.Topic)
	if err != nil {
		return nil, err
	}
	w.spans = spans
	if w.done, err = c.marks(ctx, n, spans); err != nil {
		return nil, err
	}
	if w.partitions, err = c.partitions(ctx, n); err != nil {
		return nil, err
	}
	w.size, w.limiter = chunkRecords, rate.NewLimiter(rate.Inf, chunkRecords)
	if r.Rate > 0 {
		w.size = max(1, min(chunkRecords, int(r.Rate))) // a commit each second at least
		w.limiter = rate.NewLimiter(rate.Limit(r.Rate), w.size)
	}
	if r.DryRun {
		return w, nil
	}
	options := append([]kgo.Opt{
		kgo.RecordPartitioner(kgo.BasicConsistentPartitioner(w.partition)),
		kgo.ProducerBatchMaxBytes(largestBatch),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
	}, c.Options...)
	if w.producer, err = kgo.NewClient(options...); err != nil {
		return nil, fmt.Errorf("producer: %w", err)
	}
	return w, nil
}

// partitions counts those of the topics that a node reads.
func (c *Client) partitions(ctx context.Context, n *Node) (map[string]int, error) {
	out := map[string]int{}
	topics := make([]string, len(n.Inputs))
	for i, in := range n.Inputs {
		topics[i] = in.Topic
	}
	if len(topics) == 0 {
		return out, nil
	}
	details, err := c.Admin.ListTopics(ctx, topics...)
	if err != nil {
		return nil, err
	}
	for _, d := range details {
		out[d.Topic] = len(d.Partitions)
	}
	return out, nil
}
