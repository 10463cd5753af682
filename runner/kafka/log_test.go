package kafka

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// logClient is a client as a membership has it.
func logClient(t *testing.T, env contract.Environment) sarama.Client {
	t.Helper()
	config := sarama.NewConfig()
	config.Version = protocol
	client, err := sarama.NewClient(addresses(env), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// TestReplay reads a log to its end, whatever lies there: what transactions aborted is left out, and neither that nor a
// marker at the end is waited for.
func TestReplay(t *testing.T) {
	env := fakeBroker(t, kfake.SeedTopics(2, "source", "t"))
	reader := &logReader{client: logClient(t, env), source: "source", place: place{"t", 1}}
	writers := map[string]*kgo.Client{}
	for _, id := range []string{"a", "b"} {
		w, err := kgo.NewClient(kgo.SeedBrokers(addresses(env)...), kgo.TransactionalID(id), kgo.RecordPartitioner(kgo.ManualPartitioner()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.Close)
		writers[id] = w
	}
	write := func(id, value string) {
		t.Helper()
		if err := writers[id].ProduceSync(t.Context(), &kgo.Record{Topic: "t", Partition: 1, Value: []byte(value)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	begin := func(id string) {
		t.Helper()
		if err := writers[id].BeginTransaction(); err != nil {
			t.Fatal(err)
		}
	}
	end := func(id string, how kgo.TransactionEndTry) {
		t.Helper()
		if err := writers[id].EndTransaction(t.Context(), how); err != nil {
			t.Fatal(err)
		}
	}
	replayed := func(want ...string) {
		t.Helper()
		var got []string
		err := reader.replay(t.Context(), func(r record.Record) { got = append(got, string(r.Value)) })
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	replayed()
	begin("a")
	begin("b")
	write("a", "1")
	write("b", "not")
	write("a", "2")
	end("a", kgo.TryCommit)
	end("b", kgo.TryAbort)
	replayed("1", "2")
	begin("b")
	write("b", "3")
	end("b", kgo.TryCommit)
	begin("a")
	write("a", "nor this")
	end("a", kgo.TryAbort)
	replayed("1", "2", "3")
	var from []string
	part, err := reader.fetch(2)
	for _, r := range part.records {
		from = append(from, fmt.Sprint(r.Offset, string(r.Value)))
	}
	if err != nil || !slices.Equal(from, []string{"22", "53"}) {
		t.Errorf("from offset 2: %q, %v", from, err)
	}

	begin("a")
	write("a", "open")
	var waited []string
	err = reader.replay(t.Context(), func(r record.Record) {
		if waited = append(waited, string(r.Value)); len(waited) == 1 { // its end was asked for before
			go func() {
				if err := writers["a"].EndTransaction(t.Context(), kgo.TryCommit); err != nil {
					t.Error(err)
				}
			}()
		}
	})
	if err != nil || !slices.Equal(waited, []string{"1", "2", "3", "open"}) {
		t.Errorf("past an open transaction: %q, %v", waited, err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	begin("a")
	write("a", "never ends")
	err = reader.replay(ctx, func(record.Record) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestReplayFits: a topic with fewer partitions than its source is not read.
func TestReplayFits(t *testing.T) {
	env := fakeBroker(t, kfake.SeedTopics(2, "source"), kfake.SeedTopics(1, "t"), kfake.SeedTopics(3, "more"))
	client := logClient(t, env)
	var mismatch *PartitionsError
	err := (&logReader{client: client, source: "source", place: place{"t", 0}}).replay(t.Context(), func(record.Record) {})
	if !errors.As(err, &mismatch) || mismatch.Has != 1 || mismatch.Needs != 2 {
		t.Errorf("fewer: %v", err)
	}
	if err := (&logReader{client: client, source: "source", place: place{"more", 0}}).replay(t.Context(), func(record.Record) {}); err != nil {
		t.Errorf("more: %v", err)
	}
	if err := (&logReader{client: client, source: "source", place: place{"none", 0}}).replay(t.Context(), func(record.Record) {}); err == nil {
		t.Error("a topic that is not there gives no error")
	}
}

// TestParksPartition: a record of a park goes where it says, a record of another topic by its key.
func TestParksPartition(t *testing.T) {
	choose := partitioner([]string{"park"})
	for topic, want := range map[string]bool{"park": true, "other": false} {
		p := choose(topic)
		same := true
		for i := range int32(20) {
			got, err := p.Partition(&sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder("k"), Partition: i}, 20)
			if err != nil {
				t.Fatal(err)
			}
			same = same && got == i
		}
		if same != want {
			t.Errorf("topic %s: goes where it says: %v", topic, same)
		}
	}
}

// TestReplayEmptied: batches whose records compaction has taken, which are kept for what they say of their producer, are
// passed: a log may begin with nothing else in a whole segment. What follows one and is cut off is asked for again.
func TestReplayEmptied(t *testing.T) {
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	env := contract.Environment{BootstrapServers: strings.Join(fake.ListenAddrs(), ",")}
	records, _ := values("t", 0, 7)
	write(t, env, records...)
	fake.ControlKey(int16(kmsg.Fetch), func(request kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		r := request.(*kmsg.FetchRequest)
		from := r.Topics[0].Partitions[0].FetchOffset
		if from >= 5 {
			return nil, nil, false
		}
		response := r.ResponseKind().(*kmsg.FetchResponse)
		part := kmsg.NewFetchResponseTopicPartition()
		part.HighWatermark, part.LastStableOffset = 7, 7
		part.RecordBatches = emptied(0, 2)
		if from > 2 {
			part.RecordBatches = append(emptied(3, 3), emptied(4, 4)...)
		}
		if from == 0 {
			cut := emptied(3, 6)
			cut[11]++ // its length
			part.RecordBatches = append(part.RecordBatches, cut...)
		}
		response.Topics = []kmsg.FetchResponseTopic{{Topic: "t", Partitions: []kmsg.FetchResponseTopicPartition{part}}}
		return response, nil, true
	})
	reader := &logReader{client: logClient(t, env), source: "t", place: place{"t", 0}}
	var got []int64
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := reader.replay(ctx, func(r record.Record) { got = append(got, r.Offset) }); err != nil || !slices.Equal(got, []int64{5, 6}) {
		t.Errorf("read %v, %v, want 5 and 6", got, err)
	}
}

// emptied is a batch without records (record batch v2, KIP-98).
func emptied(first, last int64) []byte {
	b := kmsg.NewRecordBatch()
	b.FirstOffset, b.LastOffsetDelta, b.Magic, b.ProducerID = first, int32(last-first), recordVersion, -1
	b.Length = int32(len(b.AppendTo(nil)) - 12)
	const covered = 21 // what follows the checksum
	b.CRC = int32(crc32.Checksum(b.AppendTo(nil)[covered:], crc32.MakeTable(crc32.Castagnoli)))
	return b.AppendTo(nil)
}
