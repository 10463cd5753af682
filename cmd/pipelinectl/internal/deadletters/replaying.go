package deadletters

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/time/rate"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/kafka"
)

// replaying is one Replay at work.
type replaying struct {
	*Replay
	client     *Client
	node       *Node
	ctx, force context.Context
	producer   *kgo.Client
	limiter    *rate.Limiter
	spans      []Span
	// done are the marks by partition, as they stand in the last commit and with what was published since.
	done map[int32]*marks
	// partitions counts those of the topics that records go back to.
	partitions map[string]int
	chunk      []pending
	bytes      int
	// size is the most records of a chunk.
	size    int
	outcome *Outcome
}

// pending is a letter on its way, with the record that it becomes.
type pending struct {
	letter *Letter
	record *kgo.Record
}

func (w *replaying) close() {
	if w.producer != nil {
		w.producer.Close()
	}
}

// lies says whether a letter, possibly out of a file, is among those that are in the topic now: only these are marked.
func (w *replaying) lies(l *Letter) bool {
	return l.Cluster == w.client.Cluster && l.Topic == w.node.Topic && slices.ContainsFunc(w.spans, func(s Span) bool {
		return s.Partition == l.Partition && s.Start <= l.Offset && l.Offset < s.End
	})
}

// empty marks offsets that hold no letter, so that they do not scatter the marks.
func (w *replaying) empty(partition int32, start, end int64) {
	if start < end {
		w.done[partition].add(start, end)
	}
}

// full says that the limit is reached.
func (w *replaying) full() bool {
	return w.Limit > 0 && w.outcome.Total()+int64(len(w.chunk)) >= w.Limit
}

// end publishes what is left after err, if that is any, unless it is to stop at once.
func (w *replaying) end(err error) (*Outcome, error) {
	if w.ctx.Err() == nil {
		err = errors.Join(err, w.flush())
	}
	return w.outcome, err
}

// take deals with the next letter.
func (w *replaying) take(l *Letter) error {
	if w.Progress != nil {
		w.Progress()
	}
	switch {
	case w.lies(l) && w.done[l.Partition].has(l.Offset):
		w.outcome.Already++
		return nil
	case !w.Filter.Chooses(l):
		w.outcome.Passed++
		return nil
	}
	failure := l.Failure()
	topic, refusal := w.node.target(failure, w.To)
	if refusal == nil && !w.Force {
		refusal = guard(l, w.MaxReplays)
	}
	if refusal == nil && w.partitions[topic] == 0 {
		refusal = &Refusal{fmt.Sprintf("the broker has no topic `%s`", topic), "deploy the pipeline first"}
	}
	if refusal != nil {
		w.outcome.Refused++
		if w.Refused != nil {
			w.Refused(l, refusal)
		}
		return nil
	}
	if w.DryRun {
		w.outcome.Replayed[topic]++
		return nil
	}
	return w.add(pending{l, recordOf(l, topic, failure)})
}

// recordOf is what a letter becomes: the record as it was, with the number of this replay.
func recordOf(l *Letter, topic string, f Failure) *kgo.Record {
	r := &kgo.Record{Topic: topic, Partition: f.Partition, Key: l.Key, Value: l.Value, Timestamp: l.Timestamp}
	for _, h := range l.original() {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: h.Name, Value: h.Value})
	}
	return r
}

// partition keeps a record in the partition that it came from, whoever chose that; where it is not known, or there are
// fewer now, the key decides as Java's producer does.
func (w *replaying) partition(topic string) func(r *kgo.Record, n int) int {
	byKey := kgo.StickyKeyPartitioner(nil).ForTopic(topic)
	return func(r *kgo.Record, n int) int {
		if r.Partition >= 0 && int(r.Partition) < n {
			return int(r.Partition)
		}
		return byKey.Partition(r, n)
	}
}

// add puts a record into the chunk, after the one before has been published if it is full.
func (w *replaying) add(p pending) error {
	size := len(p.record.Key) + len(p.record.Value)
	for _, h := range p.record.Headers {
		size += len(h.Key) + len(h.Value) + 10 // lengths, as varints
	}
	if len(w.chunk) == w.size || len(w.chunk) > 0 && w.bytes+size > chunkBytes {
		if err := w.flush(); err != nil {
			return err
		}
	}
	w.chunk, w.bytes = append(w.chunk, p), w.bytes+size
	return nil
}

// flush publishes the chunk, and marks what was acknowledged of it. What was not stays in the chunk.
func (w *replaying) flush() error {
	if len(w.chunk) == 0 {
		return nil
	}
	if err := w.limiter.WaitN(w.ctx, len(w.chunk)); err != nil {
		return err
	}
	if err := w.fits(); err != nil {
		return err
	}
	records := make([]*kgo.Record, len(w.chunk))
	for i, p := range w.chunk {
		records[i] = p.record
	}
	// Not by the client's RecordDeliveryTimeout, which counts from the record's own time: that is long ago.
	ctx, cancel := context.WithTimeout(w.force, publishTimeout)
	defer cancel()
	var fault error
	acknowledged := map[*kgo.Record]bool{}
	for _, result := range w.producer.ProduceSync(ctx, records...) {
		acknowledged[result.Record] = result.Err == nil
		if result.Err != nil {
			fault = cmp.Or(fault, kafka.Right{Operation: "Write", Resource: "topic", Name: result.Record.Topic}.Explain(result.Err))
		}
	}
	touched := map[int32]bool{}
	w.chunk = slices.DeleteFunc(w.chunk, func(p pending) bool {
		if !acknowledged[p.record] {
			return false
		}
		w.outcome.Replayed[p.record.Topic]++
		if w.lies(p.letter) {
			w.done[p.letter.Partition].add(p.letter.Offset, p.letter.Offset+1)
			touched[p.letter.Partition] = true
		}
		return true
	})
	w.bytes = 0
	return errors.Join(fault, w.commit(touched))
}

// fits says whether the marks with the chunk added could be committed.
func (w *replaying) fits() error {
	trial := map[int32]*marks{}
	for _, p := range w.chunk {
		at := p.letter.Partition
		if !w.lies(p.letter) {
			continue
		}
		if trial[at] == nil {
			trial[at] = &marks{next: w.done[at].next, above: slices.Clone(w.done[at].above)}
		}
		trial[at].add(p.letter.Offset, p.letter.Offset+1)
	}
	for _, m := range trial {
		if _, ok := m.encode(); !ok {
			return ErrScattered
		}
	}
	return nil
}

// commit writes the marks of partitions, if they still stand on the broker as this replay knows them.
func (w *replaying) commit(partitions map[int32]bool) error {
	if len(partitions) == 0 {
		return nil
	}
	now, err := w.client.committed(w.force, w.node)
	if err != nil {
		return err
	}
	offsets := kadm.Offsets{}
	for p := range partitions {
		if now(p) != w.done[p].standing {
			return ErrConcurrent
		}
		metadata, _ := w.done[p].encode() // that it fits was looked at before anything was published
		offsets.Add(kadm.Offset{Topic: w.node.Topic, Partition: p, At: w.done[p].next, LeaderEpoch: -1, Metadata: metadata})
		w.done[p].standing = commit{w.done[p].next, metadata}
	}
	return w.node.right("Read").Explain(w.client.Admin.CommitAllOffsets(w.force, w.node.Group, offsets))
}
