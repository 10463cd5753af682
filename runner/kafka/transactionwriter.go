package kafka

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/IBM/sarama"
)

// writer sends the records of a transaction in rounds, each of one batch at most for each partition: what comes meanwhile
// makes the next ones, so that an idle claim adds no latency and a busy one sends large batches. But for ended, it belongs
// to one goroutine.
type writer struct {
	producer *producer
	choose   sarama.PartitionerConstructor
	choosers map[string]sarama.Partitioner
	// unplaced have no partition yet.
	unplaced []*message
	lines    map[place]*line
	// busy are the lines with batches.
	busy []*line
	// enlisted are the partitions that the transaction's coordinator knows of; over says that it is a past one's.
	enlisted map[place]struct{}
	over     atomic.Bool
}

// line is a partition that is written to, its batches in order. Only the first one is ever under way.
type line struct {
	place
	batches []*batch
	// next is the sequence number that the broker expects, which goes on from one transaction to the next.
	next int32
	// limit bounds a batch in bytes; it falls when the topic takes less.
	limit int
}

func newWriter(p *producer) *writer {
	return &writer{
		producer: p, choose: p.client.Config().Producer.Partitioner, choosers: map[string]sarama.Partitioner{},
		lines: map[place]*line{}, enlisted: map[place]struct{}{},
	}
}

func (w *writer) add(messages []*message) { w.unplaced = append(w.unplaced, messages...) }

func (w *writer) idle() bool { return len(w.unplaced) == 0 && len(w.busy) == 0 }

// ended takes up that the transaction is over: the next one knows of no partition. Nothing is under way.
func (w *writer) ended() { w.over.Store(true) }

// topics are those that are being written.
func (w *writer) topics() []string {
	var out []string
	for _, m := range w.rest() {
		out = append(out, m.msg.Topic)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// rest gives what is not finished.
func (w *writer) rest() []*message {
	var out []*message
	for _, l := range w.busy {
		for _, b := range l.batches {
			out = append(out, b.messages...)
		}
	}
	return append(out, w.unplaced...)
}

// round sends a batch for each partition that has one. An error that may pass leaves the writer as it must be for the
// next try.
func (w *writer) round(finish func(*message, error)) error {
	if err := w.place(); err != nil {
		return err
	}
	if err := w.enlist(); err != nil {
		return err
	}
	var fatal, passing error
	var topics []string
	for i, answer := range w.produce() {
		switch err := w.busy[i].settle(answer, finish); {
		case err == nil:
		case mayPass(err):
			passing, topics = err, append(topics, w.busy[i].topic)
		default:
			fatal = err
		}
	}
	w.busy = slices.DeleteFunc(w.busy, func(l *line) bool { return len(l.batches) == 0 })
	if fatal != nil {
		return fatal
	}
	if passing != nil {
		_ = w.producer.client.RefreshMetadata(slices.Compact(topics)...) // the leaders may be others now
	}
	return passing
}

// place chooses a partition for each message and puts it into a batch there.
func (w *writer) place() error {
	for i, m := range w.unplaced {
		partition, err := w.partition(m)
		if err != nil {
			w.unplaced = w.unplaced[i:]
			return err
		}
		m.msg.Partition = partition
		at := place{m.msg.Topic, partition}
		l := w.lines[at]
		if l == nil {
			l = &line{place: at, limit: batchBytes}
			w.lines[at] = l
		}
		if len(l.batches) == 0 {
			w.busy = append(w.busy, l)
		}
		l.add(m)
	}
	w.unplaced = nil
	return nil
}

// partition chooses as the client's own producer does: a record that may go anywhere goes where there is a leader.
func (w *writer) partition(m *message) (int32, error) {
	chooser := w.choosers[m.msg.Topic]
	if chooser == nil {
		chooser = w.choose(m.msg.Topic)
		w.choosers[m.msg.Topic] = chooser
	}
	consistent := chooser.RequiresConsistency()
	if dynamic, ok := chooser.(sarama.DynamicConsistencyPartitioner); ok {
		consistent = dynamic.MessageRequiresConsistency(&m.msg)
	}
	list := w.producer.client.WritablePartitions
	if consistent {
		list = w.producer.client.Partitions
	}
	partitions, err := list(m.msg.Topic)
	switch {
	case err != nil:
		return 0, err
	case len(partitions) == 0:
		return 0, sarama.ErrLeaderNotAvailable
	}
	choice, err := chooser.Partition(&m.msg, int32(min(len(partitions), math.MaxInt32)))
	switch {
	case err != nil:
		return 0, err
	case choice < 0 || int(choice) >= len(partitions):
		return 0, sarama.ErrInvalidPartition
	default:
		return partitions[choice], nil
	}
}

// enlist tells the coordinator of the partitions that are new in the transaction.
func (w *writer) enlist() error {
	if w.over.Swap(false) {
		clear(w.enlisted)
	}
	fresh := map[string][]int32{}
	for _, l := range w.busy {
		if _, ok := w.enlisted[l.place]; !ok {
			fresh[l.topic] = append(fresh[l.topic], l.partition)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := w.producer.enlist(fresh); err != nil {
		return err
	}
	for topic, partitions := range fresh {
		for _, partition := range partitions {
			w.enlisted[place{topic, partition}] = struct{}{}
		}
	}
	return nil
}

// produce sends the first batch of each busy line to its leader, one request to each, and gives the answers.
func (w *writer) produce() []answer {
	answers := make([]answer, len(w.busy))
	requests := map[*sarama.Broker]*produceRequest{}
	for i, l := range w.busy {
		leader, err := w.producer.client.Leader(l.topic, l.partition)
		if err != nil {
			answers[i].err = err
			continue
		}
		l.batches[0].seal(w.producer, l.next)
		if requests[leader] == nil {
			requests[leader] = w.producer.newProduceRequest()
		}
		requests[leader].add(i, l)
	}
	var sent sync.WaitGroup
	for leader, request := range requests {
		sent.Go(func() { request.send(w.producer, leader, answers) })
	}
	sent.Wait()
	return answers
}
