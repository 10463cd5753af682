package kafka

import (
	"testing"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// TestProbe: records are pending, markers of transactions and what they aborted are not.
func TestProbe(t *testing.T) {
	env := fakeBroker(t, kfake.SeedTopics(1, "t"))
	config := sarama.NewConfig()
	config.Version = protocol
	client, err := sarama.NewClient(addresses(env), config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	writer, err := kgo.NewClient(kgo.SeedBrokers(addresses(env)...), kgo.TransactionalID("writer"))
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	transaction := func(end kgo.TransactionEndTry) {
		t.Helper()
		if err := writer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := writer.ProduceSync(t.Context(), &kgo.Record{Topic: "t", Value: []byte("v")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := writer.EndTransaction(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	pending := func(offset int64, want bool) {
		t.Helper()
		if _, got, err := probe(client, "t", 0, offset); err != nil || got != want {
			t.Errorf("from offset %d: %v, %v, want %v", offset, got, err, want)
		}
	}
	empty := func(from, to int64) {
		t.Helper()
		if got, _, err := probe(client, "t", 0, from); err != nil || got != to {
			t.Errorf("from offset %d nothing lies below %d (%v), want %d", from, got, err, to)
		}
	}
	pending(0, false)
	transaction(kgo.TryCommit) // offset 0, its marker at 1
	pending(0, true)
	pending(1, false)
	empty(0, 0)
	empty(1, 2)
	transaction(kgo.TryAbort) // 2 and 3
	pending(1, false)
	pending(4, false)
	empty(1, 4)
	empty(4, 4)
	plain, _ := values("t", 0, 1)
	write(t, env, plain...) // 4
	pending(1, true)
	pending(5, false)
	empty(1, 4)
	transaction(kgo.TryAbort)  // 5 and 6
	transaction(kgo.TryCommit) // 7 and 8, of the same producer
	empty(5, 7)
	pending(5, true)
	empty(8, 9)
	if _, _, err := probe(client, "t", 0, 99); err == nil {
		t.Error("an offset outside the log gives no error")
	}
}

// TestProbePartial: a batch that is cut off is not taken for one without records. It comes first in what the client gives
// where a batch was before it that compaction has emptied.
func TestProbePartial(t *testing.T) {
	cut := &sarama.RecordBatch{Version: recordVersion, FirstOffset: 7, LastOffsetDelta: 2, PartialTrailingRecord: true}
	block := &sarama.FetchResponseBlock{RecordsSet: []*sarama.Records{{RecordBatch: cut}}}
	if next, pending := pass(block, 5); next != 5 || !pending {
		t.Errorf("nothing lies below %d (%v), want 5 and a record", next, pending)
	}
}
