package kafka

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// losing connects, and loses the answers to requests of one kind.
type losing struct {
	// key is the kind, left how many are to be lost yet.
	key  atomic.Int32
	left atomic.Int32
}

func (l *losing) lose(key kmsg.Key, times int32) {
	l.key.Store(int32(key))
	l.left.Store(times)
}

// Dial implements golang.org/x/net/proxy.Dialer.
func (l *losing) Dial(network, address string) (net.Conn, error) {
	conn, err := net.Dial(network, address)
	return &losingConn{Conn: conn, of: l}, err
}

type losingConn struct {
	net.Conn
	of   *losing
	lost atomic.Bool
}

// Write sees requests as the client sends them, each whole: its length, then its kind.
func (c *losingConn) Write(b []byte) (int, error) {
	if len(b) > 6 && int32(binary.BigEndian.Uint16(b[4:])) == c.of.key.Load() && c.of.left.Add(-1) >= 0 {
		c.lost.Store(true)
	}
	return c.Conn.Write(b)
}

func (c *losingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.lost.Load() {
		_ = c.Close()
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

// TestTransactionAnswerLost loses the answer to each request once, after the broker has done what it says.
func TestTransactionAnswerLost(t *testing.T) {
	t.Parallel()
	for _, key := range []kmsg.Key{kmsg.Produce, kmsg.AddPartitionsToTxn, kmsg.AddOffsetsToTxn, kmsg.TxnOffsetCommit, kmsg.EndTxn, kmsg.InitProducerID, kmsg.FindCoordinator, kmsg.Metadata} {
		t.Run(key.Name(), func(t *testing.T) {
			t.Parallel()
			w := newWritten(t)
			if key == kmsg.FindCoordinator || key == kmsg.Metadata { // they are asked when something else goes wrong
				w.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.NotLeaderForPartition}, kfake.Fault{Keys: []kmsg.Key{kmsg.AddPartitionsToTxn}, Err: kerr.NotCoordinator})
			}
			w.loseAnswer(key)
		})
	}
}

// loseAnswer loses the answer to one request of a kind, in the first of two windows.
func (w *written) loseAnswer(key kmsg.Key) {
	w.Helper()
	w.losing.lose(key, 1)
	tx := w.begin()
	w.write(tx, 0, 50)
	w.end(tx, 50)
	if w.losing.left.Load() > 0 {
		w.Error("no answer was lost")
	}
	w.write(tx, 50, 100)
	w.end(tx, 100)
	w.expect(100)
}

// TestTransactionUnknownEnd never hears how a transaction ended. It counts as lost, and the next one begins with what was
// committed.
func TestTransactionUnknownEnd(t *testing.T) {
	t.Parallel()
	newWritten(t).loseEnd()
}

// loseEnd loses every answer to the request for an end.
func (w *written) loseEnd() {
	w.Helper()
	tx := w.begin()
	w.write(tx, 0, 50)
	w.losing.lose(kmsg.EndTxn, 1000)
	if err := ended(tx, 50); err == nil || !tx.Lost() {
		w.Fatalf("an end that nobody heard of: %v", err)
	}
	w.losing.lose(kmsg.EndTxn, 0)
	tx.Close()
	next := w.begin()
	w.expect(50)
	w.write(next, 50, 60)
	w.end(next, 60)
	w.expect(60)
}

// TestTransactionPasses refuses requests in ways that pass, and nothing is lost or written twice.
func TestTransactionPasses(t *testing.T) {
	t.Parallel()
	for _, fault := range []kfake.Fault{
		{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.NotLeaderForPartition},
		{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.RequestTimedOut}, // appended all the same
		{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.NotEnoughReplicasAfterAppend},
		{Keys: []kmsg.Key{kmsg.AddPartitionsToTxn}, Err: kerr.ConcurrentTransactions},
		{Keys: []kmsg.Key{kmsg.AddOffsetsToTxn}, Err: kerr.NotCoordinator},
		{Keys: []kmsg.Key{kmsg.TxnOffsetCommit}, Err: kerr.CoordinatorLoadInProgress},
		{Keys: []kmsg.Key{kmsg.EndTxn}, Err: kerr.CoordinatorNotAvailable},
		{Keys: []kmsg.Key{kmsg.EndTxn}, Err: kerr.ConcurrentTransactions},
		{Keys: []kmsg.Key{kmsg.InitProducerID}, Err: kerr.ConcurrentTransactions},
	} {
		t.Run(fault.Keys[0].Name()+" "+fault.Err.Message, func(t *testing.T) {
			t.Parallel()
			w := newWritten(t)
			fault.Count = 3
			handle := w.fake.Fault(fault)
			tx := w.begin()
			w.write(tx, 0, 100)
			w.end(tx, 100)
			w.write(tx, 100, 200)
			w.end(tx, 200)
			w.expect(200)
			if handle.Hits() != 3 {
				t.Errorf("%d requests refused", handle.Hits())
			}
		})
	}
}

// TestTransactionMoves moves leaders and coordinators within windows.
func TestTransactionMoves(t *testing.T) {
	t.Parallel()
	w := newWritten(t)
	tx := w.begin()
	const windows = 10
	for i := range windows {
		w.write(tx, i*100, i*100+50)
		w.fake.ShufflePartitionLeaders()
		w.write(tx, i*100+50, (i+1)*100)
		w.fake.RehashCoordinators()
		w.end(tx, int64(i+1)*100)
	}
	w.expect(windows * 100)
}

// TestTransactionLost refuses what does not pass, or for too long, and each record hears that it comes again.
func TestTransactionLost(t *testing.T) {
	t.Parallel()
	for _, fault := range []kfake.Fault{
		{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.InvalidProducerEpoch},
		{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.OutOfOrderSequenceNumber},
		{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.NotLeaderForPartition}, // for too long
		{Keys: []kmsg.Key{kmsg.AddPartitionsToTxn}, Err: kerr.InvalidProducerIDMapping},
		{Keys: []kmsg.Key{kmsg.AddOffsetsToTxn}, Err: kerr.ProducerFenced},
		{Keys: []kmsg.Key{kmsg.TxnOffsetCommit}, Err: kerr.IllegalGeneration},
		{Keys: []kmsg.Key{kmsg.EndTxn}, Err: kerr.InvalidProducerEpoch},
	} {
		t.Run(fault.Keys[0].Name()+" "+fault.Err.Message, func(t *testing.T) {
			t.Parallel()
			w := newWritten(t)
			fault.Count = -1
			handle := w.fake.Fault(fault)
			tx := w.begin()
			h, taken := &heard{errs: map[string]error{}}, 0
			for ; taken < 100; taken++ { // none is taken any more once it is lost
				value := strconv.Itoa(taken)
				if err := tx.Write(t.Context(), record.Record{Topic: w.out, Value: []byte(value)}, hearing{h, value}); err != nil {
					break
				}
			}
			if err := ended(tx, 100); err == nil || !tx.Lost() {
				t.Fatalf("not lost: %v", err)
			}
			tx.Close()
			if len(h.errs) != taken || taken == 0 {
				t.Errorf("%d of %d heard of their end", len(h.errs), taken)
			}
			for _, err := range h.errs {
				if err != nil && !errors.Is(err, ErrWindow) {
					t.Error(err)
				}
			}
			handle.Remove()
			next := w.begin()
			w.write(next, 0, 10)
			w.end(next, 10)
			w.expect(10)
		})
	}
}

// follower is the session of a member whose group goes on.
type follower struct {
	outsider
	generation *atomic.Int32
}

func (f follower) GenerationID() int32 { return f.generation.Load() }

// TestTransactionFollows: a member commits once it is where its group is, and the transaction is not lost over it.
func TestTransactionFollows(t *testing.T) {
	t.Parallel()
	w := newWritten(t)
	past, now := int32(7), outsider{}.GenerationID()
	var generation atomic.Int32
	generation.Store(past)
	refused := make(chan struct{}, 1)
	w.fake.ControlKey(int16(kmsg.TxnOffsetCommit), func(request kmsg.Request) (kmsg.Response, error, bool) {
		w.fake.KeepControl()
		if request.(*kmsg.TxnOffsetCommitRequest).Generation == past {
			refused <- struct{}{}
		}
		return nil, nil, false
	})
	go func() {
		<-refused
		time.Sleep(20 * time.Millisecond)
		generation.Store(now)
	}()
	tx := w.begin()
	tx.session = follower{generation: &generation}
	w.write(tx, 0, 10)
	w.end(tx, 10)
	w.expect(10)
}

// TestTransactionFenced: who begins anew under an id ends what is open under it.
func TestTransactionFenced(t *testing.T) {
	t.Parallel()
	newWritten(t).fence()
}

// fence begins a second transaction under the id of an open one.
func (w *written) fence() {
	w.Helper()
	old := w.begin()
	lost := w.write(old, 1000, 1100)
	if _, err := old.settled(); err != nil {
		w.Fatal(err)
	}
	owner := w.begin()
	w.write(owner, 0, 100)
	if err := ended(old, 1100); err == nil || !old.Lost() {
		w.Errorf("a fenced one commits: %v", err)
	}
	old.Close()
	w.end(owner, 100)
	w.expect(100)
	if len(lost.errs) != 100 {
		w.Errorf("%d of 100 heard of their end", len(lost.errs))
	}
}

// TestInsist: what may pass is tried once more even when the first try took all the time there is, what may not is not.
func TestInsist(t *testing.T) {
	for err, want := range map[error]int{io.EOF: 2, sarama.ErrConcurrentTransactions: 2, sarama.ErrProducerFenced: 1, sarama.ErrClosedClient: 1} {
		tries := 0
		if got := insist(t.Context(), 0, func() error { tries++; return err }); !errors.Is(got, err) || tries != want {
			t.Errorf("%v: %d tries, want %d (%v)", err, tries, want, got)
		}
	}
}
