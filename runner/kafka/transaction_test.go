package kafka

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// written is a cluster in process that transactions write to.
type written struct {
	*testing.T
	fake   *kfake.Cluster
	losing *losing
	h      *handler
	kgo    *kgo.Client
	// in is read, out written.
	in, out string
}

const txnPartitions = 6

func newWritten(t *testing.T, opts ...kfake.Opt) *written {
	t.Helper()
	fake, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(3), kfake.SeedTopics(txnPartitions, "in", "out")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	w := &written{T: t, fake: fake, in: "in", out: "out"}
	w.connect(strings.Join(fake.ListenAddrs(), ","))
	return w
}

// realWritten is a real cluster that transactions write to, in topics of their own.
func realWritten(t *testing.T) *written {
	t.Helper()
	w := &written{T: t}
	var admin sarama.ClusterAdmin
	w.in, admin = newTopic(t)
	w.out = w.in + "-out"
	limit := "20000"
	if err := admin.CreateTopic(w.out, &sarama.TopicDetail{NumPartitions: txnPartitions, ReplicationFactor: 1, ConfigEntries: map[string]*string{"max.message.bytes": &limit}}, false); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.DeleteTopic(w.out) })
	w.connect(realBroker(t, "KAFKA_BOOTSTRAP"))
	return w
}

func (w *written) connect(address string) {
	w.Helper()
	env := contract.Environment{BootstrapServers: address}
	source := NewSource(SourceConfig{Environment: env, Group: w.in + "-group", Topics: []string{w.in}, Log: slog.New(slog.DiscardHandler), ExactlyOnce: true})
	w.losing, w.h = &losing{}, &handler{source: source, client: &connections{}}
	config, err := transactionConfig(source)
	if err != nil {
		w.Fatal(err)
	}
	config.Net.Proxy.Enable, config.Net.Proxy.Dialer = true, w.losing
	w.h.client.transactions = &pool{open: func(context.Context) (sarama.Client, error) { return sarama.NewClient(addresses(env), config) }}
	if w.kgo, err = kgo.NewClient(kgo.SeedBrokers(addresses(env)...)); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		_ = w.h.client.transactions.Close()
		w.kgo.Close()
	})
}

// begin makes a transaction of the claim of in's partition 0.
func (w *written) begin() *Transaction {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	tx, err := w.h.newTransaction(ctx, outsider{}, place{w.in, 0}, sarama.Uuid{})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(tx.Close)
	return tx
}

// heard collects what became of records, by their value.
type heard struct {
	mu   sync.Mutex
	errs map[string]error
}

type hearing struct {
	of    *heard
	value string
}

func (h hearing) Acked(err error) {
	h.of.mu.Lock()
	defer h.of.mu.Unlock()
	h.of.errs[h.value] = err
}

// write writes the values from one number to another, each under a key of its own.
func (w *written) write(tx *Transaction, from, to int) *heard {
	w.Helper()
	h := &heard{errs: map[string]error{}}
	for n := from; n < to; n++ {
		value := strconv.Itoa(n)
		r := record.Record{Topic: w.out, Key: []byte(value), Value: []byte(value)}
		if err := tx.Write(w.Context(), r, hearing{h, value}); err != nil {
			w.Fatal(err)
		}
	}
	return h
}

// end ends a window, with so many records of in done.
func (w *written) end(tx *Transaction, next int64) {
	w.Helper()
	if err := ended(tx, next); err != nil {
		w.Fatal(err)
	}
}

func ended(tx *Transaction, next int64) error {
	_, ok, err := tx.End(func() (Position, bool) { return Position{Next: next, Metadata: "1"}, true }, func() error { return nil })
	if err == nil && !ok {
		err = errors.New("nothing committed")
	}
	return err
}

// committed gives the values of all committed records of out, up to its end, sorted by length and text; and the position.
func (w *written) committed() (values []string, next int64) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	client, err := w.h.client.transactions.get(ctx, 0)
	if err != nil {
		w.Fatal(err)
	}
	committer := newCommitter(client, w.h.source.group, outsider{}, slog.New(slog.DiscardHandler), func() {})
	committer.stable = true
	position, _, err := committer.fetch(ctx, w.in, 0)
	if err != nil {
		w.Fatal(err)
	}
	ends, err := kadm.NewClient(w.kgo).ListEndOffsets(ctx, w.out)
	if err != nil {
		w.Fatal(err)
	}
	left := map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[o.Partition] = o.Offset
		}
	})
	reader, err := kgo.NewClient(kgo.SeedBrokers(w.kgo.OptValue(kgo.SeedBrokers).([]string)...), kgo.ConsumeTopics(w.out), kgo.KeepControlRecords(),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		w.Fatal(err)
	}
	defer reader.Close()
	for len(left) > 0 {
		fetches := reader.PollFetches(ctx)
		if ctx.Err() != nil {
			w.Fatalf("not read to the end: %v", left)
		}
		for _, r := range fetches.Records() {
			if !r.Attrs.IsControl() {
				values = append(values, string(r.Value))
			}
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
		}
	}
	slices.SortFunc(values, func(a, b string) int { return 10*(len(a)-len(b)) + strings.Compare(a, b) })
	return values, position.Next
}

// expect compares what is committed with the values from 0 to n-1.
func (w *written) expect(n int) {
	w.Helper()
	values, next := w.committed()
	var want []string
	for i := range n {
		want = append(want, strconv.Itoa(i))
	}
	if !slices.Equal(values, want) {
		w.Errorf("%d committed, want %d: %v", len(values), n, values)
	}
	if next != int64(n) {
		w.Errorf("position %d, want %d", next, n)
	}
}

// TestTransaction writes windows over many partitions: what is committed is there once, what is not is not.
func TestTransaction(t *testing.T) {
	t.Parallel()
	w := newWritten(t)
	tx := w.begin()
	for i := range 5 {
		w.write(tx, i*200, (i+1)*200)
		w.end(tx, int64(i+1)*200)
	}
	lost := w.write(tx, 5000, 5100)
	if _, err := tx.settled(); err != nil {
		t.Fatal(err)
	}
	tx.Close()
	tx.Close() // a second one does nothing
	if len(lost.errs) != 100 {
		t.Errorf("%d of 100 heard of their end", len(lost.errs))
	}
	if err := tx.Write(t.Context(), record.Record{Topic: w.out}, silent{}); !errors.Is(err, ErrWindow) {
		t.Errorf("writing to a closed one: %v", err)
	}
	began := time.Now()
	w.expect(1000)
	if waited := time.Since(began); waited > transactionTimeout/2 {
		t.Errorf("readers wait for %v: what was open is not aborted", waited)
	}
	if got := w.h.source.memory.written(); !got {
		t.Error("room is still taken")
	}
}

// TestRealTransaction goes through what depends most on the broker, on a real Kafka: what it says when an answer was lost,
// when another one begins, and when a batch or a record is too large.
func TestRealTransaction(t *testing.T) {
	realBroker(t, "KAFKA_BOOTSTRAP")
	for _, key := range []kmsg.Key{kmsg.Produce, kmsg.InitProducerID, kmsg.AddPartitionsToTxn, kmsg.AddOffsetsToTxn, kmsg.TxnOffsetCommit, kmsg.EndTxn} {
		t.Run(key.Name(), func(t *testing.T) { t.Parallel(); realWritten(t).loseAnswer(key) })
	}
	t.Run("unknown end", func(t *testing.T) { t.Parallel(); realWritten(t).loseEnd() })
	t.Run("fence", func(t *testing.T) { t.Parallel(); realWritten(t).fence() })
	t.Run("exceed", func(t *testing.T) { t.Parallel(); realWritten(t).exceed() })
}
