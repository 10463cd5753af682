package kafka

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// transactionTimeout is how long a broker waits for the end of a transaction whose writer is gone; readers of what it
// wrote wait for as long. Windows last a fraction of a second, a leader election takes seconds.
const transactionTimeout = 20 * time.Second

// ErrWindow is what an Ack hears when its transaction came to nothing: the record is handled anew.
var ErrWindow = errors.New("kafka: transaction aborted")

// Transaction writes the records of one claim in transactions, and commits the claim's position in them (KIP-98,
// KIP-447). Its id is that of the claim, so that a new owner of the partition ends what an old one left open. After an
// error it is of no more use: who claims the partition makes a new one, asks what was committed and goes on from there.
// A record that the broker will never take is no error of the transaction: its Ack hears of a *record.RejectedError, and
// the others go on.
//
// The protocol is spoken here and not by the client's own producer: that one has a data race in its transactions
// (IBM/sarama#2913), needs connections of its own for each id, and goes on trying for seconds what is lost.
type Transaction struct {
	producer *producer
	group    string
	session  sarama.ConsumerGroupSession
	place    place
	// id is that of the claim's topic.
	id     sarama.Uuid
	memory *Memory
	writer *writer
	// ctx ends with the transaction; done is closed when nothing is under way any more.
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}

	// window is held by those who write, and alone by who ends the transaction.
	window sync.RWMutex
	mu     sync.Mutex
	// changed is signalled when there is something to send, when nothing is pending, and when the transaction is lost.
	changed *sync.Cond
	open    bool
	// waiting are to be sent; pending counts what is written and not acknowledged.
	waiting []*message
	pending int
	failed  error
}

// Write hands a record over; ack hears when the broker has it, which is before the transaction ends. It blocks while one
// ends, and while there is no room. An error says that ack will hear nothing.
func (t *Transaction) Write(ctx context.Context, r record.Record, ack record.Ack) error {
	size, err := t.memory.write(ctx, &r) // acknowledgements make room, whether a transaction ends or not
	if err != nil {
		return err
	}
	return t.hand(&message{pending: newPending(r, size, ack)})
}

// WriteBoth is Write for a record that is committed together with another one or not at all. The other one is sent once
// the broker has the first, which is the one that it may refuse, and which ack hears of.
func (t *Transaction) WriteBoth(ctx context.Context, r record.Record, ack record.Ack, with record.Record) error {
	size := t.memory.toWrite(r.Size() + with.Size()) // one by one, writers could wait for each other
	if err := t.memory.writing.Acquire(ctx, size); err != nil {
		return err
	}
	second := &message{pending: newPending(with, size, silent{}), second: true}
	return t.hand(&message{pending: newPending(r, 0, ack), with: second})
}

// silent is the Ack of a record that another one speaks for.
type silent struct{}

// Acked implements record.Ack.
func (silent) Acked(error) {}

// hand opens a transaction unless one is, and has a message sent.
func (t *Transaction) hand(m *message) error {
	t.window.RLock()
	defer t.window.RUnlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failed != nil {
		t.memory.writing.Release(m.bytes())
		return t.failed
	}
	t.open = true
	t.pending++
	t.waiting = append(t.waiting, m)
	t.changed.Broadcast()
	return nil
}

// fail notes that the transaction is lost.
func (t *Transaction) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failed == nil {
		t.failed = err
		t.cancel()
		t.changed.Broadcast()
	}
}

// Lost says whether the transaction can only come to nothing.
func (t *Transaction) Lost() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failed != nil
}

// End ends the window: nothing more is written, what was is awaited, then position is asked and committed with it, or
// plainly where nothing was written. What was written is committed even where there is no position to say: what came from
// elsewhere than the claim's log, a park, has its end among it. It says which position was committed; false: none.
func (t *Transaction) End(position func() (Position, bool), plainly func() error) (committed Position, ok bool, err error) {
	t.window.Lock()
	defer t.window.Unlock()
	open, err := t.settled()
	if err != nil {
		return Position{}, false, err
	}
	if !open {
		return Position{}, false, plainly()
	}
	committed, ok = position()
	if err := t.commit(committed, ok); err != nil {
		t.fail(err)
		return Position{}, false, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open = false
	return committed, ok, nil
}

// settled waits until all that was written is acknowledged, and says whether anything was.
func (t *Transaction) settled() (open bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.pending > 0 {
		t.changed.Wait()
	}
	return t.open, t.failed
}

// commit commits what was written, and a position with it where there is one.
func (t *Transaction) commit(position Position, known bool) error {
	offsets := map[string][]*sarama.PartitionOffsetMetadata{}
	if known {
		metadata := signed(position.Metadata, t.id)
		offsets[t.place.topic] = []*sarama.PartitionOffsetMetadata{
			{Partition: t.place.partition, Offset: position.Next, LeaderEpoch: unknownEpoch, Metadata: &metadata},
		}
	}
	if err := t.producer.commit(t.ctx, offsets, t.group, t.session); err != nil {
		return access{group: t.group, id: t.producer.id}.explain(err)
	}
	t.writer.ended()
	return nil
}

// Close aborts what is open, and returns when nothing is under way any more. A second one does nothing.
func (t *Transaction) Close() {
	t.fail(ErrWindow)
	<-t.done
	t.window.Lock()
	defer t.window.Unlock()
	t.mu.Lock()
	open := t.open
	t.open = false
	t.mu.Unlock()
	if open {
		t.producer.abort()
	}
}
