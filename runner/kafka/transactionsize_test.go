package kafka

import (
	"errors"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// TestTransactionTooLarge writes to a topic that takes far smaller batches than are made, and records that it never
// takes: just these are refused, in the window that commits all others, each in its order.
func TestTransactionTooLarge(t *testing.T) {
	t.Parallel()
	newWritten(t, kfake.BrokerConfigs(map[string]string{"message.max.bytes": "20000"})).exceed()
}

// exceed writes to a topic that takes 20,000 bytes at once.
func (w *written) exceed() {
	w.Helper()
	tx := w.begin()
	h := &heard{errs: map[string]error{}}
	const records = 300
	for n := range records {
		value := strconv.Itoa(n)
		r := record.Record{Topic: w.out, Key: []byte("k"), Value: []byte(value), Headers: []record.Header{{Key: []byte("pad"), Value: make([]byte, 1000)}}}
		switch {
		case n%100 == 7:
			r.Headers[0].Value = make([]byte, 30_000)
		case n == 50:
			r.Headers[0].Value = make([]byte, 2_000_000)
		}
		if err := tx.Write(w.Context(), r, hearing{h, value}); err != nil {
			w.Fatal(err)
		}
	}
	w.end(tx, records)
	w.write(tx, records, records+10)
	w.end(tx, records+10)
	var want []string
	for n := range records + 10 {
		value := strconv.Itoa(n)
		rejected, isRejected := errors.AsType[*record.RejectedError](h.errs[value])
		never := n < records && (n%100 == 7 || n == 50)
		switch {
		case never && (!isRejected || !rejected.TooLarge):
			w.Errorf("record %d: %v", n, h.errs[value])
		case !never && h.errs[value] != nil:
			w.Errorf("record %d: %v", n, h.errs[value])
		case !isRejected:
			want = append(want, value)
		}
	}
	values, next := w.committed()
	if !slices.Equal(values, want) || len(values) != records+10-4 {
		w.Errorf("%d committed, want %d", len(values), len(want))
	}
	if next != records+10 {
		w.Errorf("position %d", next)
	}
}

// TestTransactionUnsayable writes a record whose timestamp the client refuses to put into words: it refuses the request as
// a whole, and the transaction only that record.
func TestTransactionUnsayable(t *testing.T) {
	t.Parallel()
	w := newWritten(t, kfake.NumBrokers(1))
	w.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.AddPartitionsToTxn}, Err: kerr.ConcurrentTransactions, Count: 5}) // the rest gathers meanwhile
	tx := w.begin()
	w.write(tx, 0, 1)
	odd := &heard{errs: map[string]error{}}
	if err := tx.Write(t.Context(), record.Record{Topic: w.in, Timestamp: time.Unix(-5, 0)}, hearing{odd, ""}); err != nil {
		t.Fatal(err)
	}
	w.write(tx, 1, 4) // in batches of one, mostly: such a one is not taken for the odd one
	w.end(tx, 4)
	w.expect(4)
	if _, ok := errors.AsType[*record.RejectedError](odd.errs[""]); !ok {
		t.Errorf("heard %v", odd.errs[""])
	}
}

// TestTransactionDuplicate: what a broker knows already was written by the try before.
func TestTransactionDuplicate(t *testing.T) {
	t.Parallel()
	w := newWritten(t)
	var seen atomic.Int64
	w.fake.ControlKey(int16(kmsg.Produce), func(request kmsg.Request) (kmsg.Response, error, bool) {
		w.fake.KeepControl()
		if seen.Add(1) != 2 {
			return nil, nil, false
		}
		p := request.(*kmsg.ProduceRequest)
		response := p.ResponseKind().(*kmsg.ProduceResponse)
		one := kmsg.NewProduceResponseTopicPartition()
		one.Partition, one.ErrorCode = p.Topics[0].Partitions[0].Partition, kerr.DuplicateSequenceNumber.Code
		response.Topics = []kmsg.ProduceResponseTopic{{Topic: w.out, Partitions: []kmsg.ProduceResponseTopicPartition{one}}}
		return response, nil, true
	})
	tx := w.begin()
	w.losing.lose(kmsg.Produce, 1)
	h := w.write(tx, 0, 1)
	w.end(tx, 1)
	if err := h.errs["0"]; err != nil || seen.Load() != 2 {
		t.Errorf("%v after %d requests", err, seen.Load())
	}
	w.write(tx, 1, 2)
	w.end(tx, 2)
	w.expect(2)
}

// TestTransactionBoth: the second record is there if the first one is.
func TestTransactionBoth(t *testing.T) {
	t.Parallel()
	w := newWritten(t)
	tx := w.begin()
	h := &heard{errs: map[string]error{}}
	for n := range 20 {
		value := strconv.Itoa(n)
		first := record.Record{Topic: w.out, Key: []byte(value), Value: []byte(value)}
		second := record.Record{Topic: w.out, Key: []byte(value), Value: []byte(strconv.Itoa(100 + n))}
		if n == 13 {
			first.Value = make([]byte, 2_000_000)
		}
		if err := tx.WriteBoth(t.Context(), first, hearing{h, value}, second); err != nil {
			t.Fatal(err)
		}
	}
	w.end(tx, 20)
	values, _ := w.committed()
	if len(values) != 38 || slices.Contains(values, "113") || !slices.Contains(values, "112") {
		t.Errorf("committed %v", values)
	}
	if _, ok := errors.AsType[*record.RejectedError](h.errs["13"]); !ok || len(h.errs) != 20 {
		t.Errorf("heard %v of %d", h.errs["13"], len(h.errs))
	}
	if !w.h.source.memory.written() {
		t.Error("room is still taken")
	}
}

// TestTransactionSequenceWraps: sequence numbers begin again with 0 (org.apache.kafka.common.record.DefaultRecordBatch).
func TestTransactionSequenceWraps(t *testing.T) {
	for next, want := range map[int32]int32{0: 3, 1<<31 - 4: 1<<31 - 1, 1<<31 - 3: 0, 1<<31 - 1: 2} {
		messages := []*message{{}, {}, {}}
		for i := range messages {
			messages[i].pending = newPending(record.Record{}, 0, silent{})
		}
		l := &line{next: next, batches: []*batch{{messages: messages, tries: 1}}}
		if err := l.settle(answer{}, func(*message, error) {}); err != nil || l.next != want {
			t.Errorf("after 3 from %d comes %d, want %d (%v)", next, l.next, want, err)
		}
	}
}
