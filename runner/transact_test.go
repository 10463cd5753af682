package runner

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// readCommitted gives the values of the first n committed records of a topic, sorted.
func (c *cluster) readCommitted(topic string, n int) []string {
	c.tb.Helper()
	client := c.client(kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var out []string
	for len(out) < n {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			c.tb.Fatalf("topic %s: %d of %d records after %v", topic, len(out), n, patience)
		}
		for _, r := range fetches.Records() {
			out = append(out, string(r.Value))
		}
	}
	slices.Sort(out)
	return out
}

// TestExactlyOnce: each result is committed once, with its record's position; so is a dead letter.
func TestExactlyOnce(t *testing.T) {
	c := newCluster(t, 3, "in", "out", "dlq")
	n := copyNode()
	n.Delivery = contract.ExactlyOnce
	r := c.start(n)
	const records = 3000
	c.produce(numbered("in", records, 100)...)
	got := c.readCommitted("out", records)
	if once := slices.Compact(slices.Clone(got)); len(once) != records || len(got) != records {
		t.Errorf("%d results of %d records", len(got), len(once))
	}
	eventually(t, "all committed", func() bool { return c.committed(n.Group) == records })
	r.stop()
}

// TestExactlyOnceWhenTransactionsFail refuses requests of transactions here and there, and every result is there once all
// the same.
func TestExactlyOnceWhenTransactionsFail(t *testing.T) {
	for _, c := range []struct {
		key  kmsg.Key
		code *kerr.Error
	}{
		{kmsg.Produce, kerr.InvalidProducerEpoch},
		{kmsg.TxnOffsetCommit, kerr.UnknownMemberID},
		{kmsg.EndTxn, kerr.InvalidProducerEpoch},
		{kmsg.AddOffsetsToTxn, kerr.ProducerFenced},
	} {
		t.Run(c.key.Name(), func(t *testing.T) { t.Parallel(); failingTransactions(t, c.key, c.code.Code) })
	}
}

func failingTransactions(t *testing.T, key kmsg.Key, code int16) {
	c := newCluster(t, 2, "in", "out", "dlq")
	var seen, refused atomic.Int64
	c.fake.ControlKey(int16(key), func(request kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		if !own(request) || seen.Add(1)%7 != 3 || refused.Load() > 5 {
			return nil, nil, false
		}
		refused.Add(1)
		return refusing(request, code), nil, true
	})
	n := copyNode()
	n.Delivery = contract.ExactlyOnce
	r := c.start(n)
	const records = 2000
	for from := 0; from < records; from += 100 { // several windows
		batch := make([]*kgo.Record, 0, 100)
		for i := from; i < from+100; i++ {
			batch = append(batch, &kgo.Record{Topic: "in", Key: fmt.Append(nil, i), Value: fmt.Append(nil, i)})
		}
		c.produce(batch...)
	}
	got := c.readCommitted("out", records)
	once := slices.Compact(slices.Clone(got))
	if len(once) != records || len(got) != records {
		t.Errorf("%d results of %d records", len(got), len(once))
	}
	eventually(t, "all committed", func() bool { return c.committed(n.Group) == records })
	r.stop()
	if refused.Load() == 0 {
		t.Error("no request was refused")
	}
	if strings.Contains(r.log.String(), "not let go in order") {
		t.Error("the claim accuses itself of an end out of order")
	}
}

// TestExactlyOnceRecoveryWhenTransactionsFail: a claim that runs record by record, since the process before it died, goes on
// after each transaction that came to nothing, and what killed three processes is tried no more for it.
func TestExactlyOnceRecoveryWhenTransactionsFail(t *testing.T) {
	for tries := range triesMax + 1 {
		t.Run(fmt.Sprintf("after %d deaths", tries), func(t *testing.T) { t.Parallel(); recoverAndFail(t, tries) })
	}
}

func recoverAndFail(t *testing.T, tries int) {
	c := newCluster(t, 1, "in", "out", "dlq")
	var seen atomic.Int64
	c.fake.ControlKey(int16(kmsg.TxnOffsetCommit), func(request kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		if seen.Add(1)%2 == 0 {
			return nil, nil, false
		}
		return refusing(request, kerr.UnknownMemberID.Code), nil, true
	})
	const records, killer = 10, 4
	c.produce(numbered("in", records, records)...)
	n := httpNode()
	n.Delivery = contract.ExactlyOnce
	c.commit(n.Group, "in", killer, checkpoint{ceiling: records, suspect: killer, tries: tries}.encode(killer))
	var called atomic.Int64
	r := c.start(n, serve(t, func(w http.ResponseWriter, r *http.Request) {
		value, _ := io.ReadAll(r.Body)
		if string(value) == strconv.Itoa(killer) {
			called.Add(1)
		}
		_, _ = w.Write(value)
	}))
	eventually(t, "all committed", func() bool { return c.committed(n.Group) == records })
	r.stop()
	want, calls := []string{"4", "5", "6", "7", "8", "9"}, int64(2)
	if tries == triesMax {
		want, calls = want[1:], 0
		if got := c.readCommitted("dlq", 1); got[0] != strconv.Itoa(killer) {
			t.Errorf("dead letters %v", got)
		}
	}
	if got := c.readCommitted("out", len(want)); !slices.Equal(got, want) {
		t.Errorf("results %v", got)
	}
	if n := called.Load(); n != calls {
		t.Errorf("the suspect was tried %d times, want %d", n, calls)
	}
}

// own says whether a request is of the runner's transactions.
func own(request kmsg.Request) bool {
	if p, ok := request.(*kmsg.ProduceRequest); ok {
		return p.TransactionID != nil && strings.HasPrefix(*p.TransactionID, "photos.")
	}
	return true
}

// refusing answers a request with a code, wherever its answer has one.
func refusing(request kmsg.Request, code int16) kmsg.Response {
	response := request.ResponseKind()
	response.SetVersion(request.GetVersion())
	switch r := request.(type) {
	case *kmsg.ProduceRequest:
		out := response.(*kmsg.ProduceResponse)
		for _, topic := range r.Topics {
			answer := kmsg.ProduceResponseTopic{Topic: topic.Topic, TopicID: topic.TopicID}
			for _, p := range topic.Partitions {
				one := kmsg.NewProduceResponseTopicPartition()
				one.Partition, one.ErrorCode = p.Partition, code
				answer.Partitions = append(answer.Partitions, one)
			}
			out.Topics = append(out.Topics, answer)
		}
	case *kmsg.TxnOffsetCommitRequest:
		out := response.(*kmsg.TxnOffsetCommitResponse)
		for _, topic := range r.Topics {
			answer := kmsg.TxnOffsetCommitResponseTopic{Topic: topic.Topic}
			for _, p := range topic.Partitions {
				answer.Partitions = append(answer.Partitions, kmsg.TxnOffsetCommitResponseTopicPartition{Partition: p.Partition, ErrorCode: code})
			}
			out.Topics = append(out.Topics, answer)
		}
	case *kmsg.EndTxnRequest:
		response.(*kmsg.EndTxnResponse).ErrorCode = code
	case *kmsg.AddOffsetsToTxnRequest:
		response.(*kmsg.AddOffsetsToTxnResponse).ErrorCode = code
	}
	return response
}

// TestExactlyOnceTooLarge: a record whose result its topic refuses is a dead letter, in the transaction.
func TestExactlyOnceTooLarge(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	c.produce(numbered("in", 30, 30)...)
	n := execNode("sh", "-c", `read v; if [ "$v" = 13 ]; then head -c 2000000 /dev/zero; else printf "$v"; fi`)
	n.Delivery = contract.ExactlyOnce
	r := c.start(n)
	if letters := c.readCommitted("dlq", 1); letters[0] != "13" {
		t.Errorf("dead letter %q", letters[0])
	}
	eventually(t, "all committed", func() bool { return c.committed(n.Group) == 30 })
	r.stop()
	if got := c.readCommitted("out", 29); len(slices.Compact(got)) != 29 {
		t.Errorf("results %v", got)
	}
	if strings.Contains(r.log.String(), "transaction aborted") {
		t.Error("a transaction was lost over it")
	}
}

// TestExactlyOnceRebalance: members come and go under load, and every result is there once.
func TestExactlyOnceRebalance(t *testing.T) {
	c := newCluster(t, 6, "in", "out", "dlq")
	n := copyNode()
	n.Ordering, n.Delivery = contract.OrderKey, contract.ExactlyOnce
	const total = 3000
	records := numbered("in", total, 300)
	first := c.start(n).ready()
	c.produce(records[:1000]...)
	second := c.start(n).ready()
	c.produce(records[1000:2000]...)
	first.stop()
	c.produce(records[2000:]...)
	eventually(t, "all committed", func() bool { return c.committed(n.Group) == total })
	second.stop()
	got := c.readCommitted("out", total)
	if once := slices.Compact(slices.Clone(got)); len(once) != total || len(got) != total {
		t.Errorf("%d results of %d records", len(got), len(once))
	}
}

// TestExactlyOnceFiltered: records that give nothing are committed too, without a transaction, for any number of them.
func TestExactlyOnceFiltered(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	n := httpNode()
	n.Delivery, n.Ordering, n.Concurrency = contract.ExactlyOnce, contract.OrderNone, 16
	r := c.start(n, serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	const records = 200
	c.produce(numbered("in", records, 100)...)
	eventually(t, "all committed", func() bool { return c.committed(n.Group) == records })
	r.stop()
	if next, metadata := c.metadata(n.Group, "in"); next != records || metadata != "1" {
		t.Errorf("committed %d %q", next, metadata)
	}
}

// TestExactlyOnceRecreatedTopic: what was committed for a topic that has begun anew is of the past.
func TestExactlyOnceRecreatedTopic(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	c.produce(numbered("in", 5, 5)...)
	c.commit("photos.resize", "in", 100, "1")
	n := copyNode()
	n.Delivery = contract.ExactlyOnce
	r := c.start(n)
	if got := c.readCommitted("out", 5); len(got) != 5 {
		t.Errorf("results %v", got)
	}
	eventually(t, "all committed", func() bool { return c.committed(n.Group) == 5 })
	r.stop()
}

// TestExactlyOnceDrain: what ends while a claim drains is committed then, and does not wait for what takes longer: its
// transaction would come to its timeout.
func TestExactlyOnceDrain(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	c.produce(numbered("in", 2, 2)...)
	entered, release := make(chan struct{}, 2), map[string]chan struct{}{"0": make(chan struct{}), "1": make(chan struct{})}
	n := httpNode()
	n.Delivery, n.Ordering, n.Concurrency, n.Drain = contract.ExactlyOnce, contract.OrderNone, 2, contract.Duration(patience)
	r := c.start(n, serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		entered <- struct{}{}
		<-release[string(body)]
		_, _ = w.Write(body)
	}))
	<-entered
	<-entered
	r.cancel()
	eventually(t, "not ready", func() bool { status, _ := r.get(contract.PathReady); return status == http.StatusServiceUnavailable })
	close(release["0"])
	if got := c.readCommitted("out", 1); got[0] != "0" {
		t.Errorf("committed %v", got)
	}
	close(release["1"])
	r.stop()
	if next, metadata := c.metadata(n.Group, "in"); next != 2 || metadata != "1" {
		t.Errorf("committed %d %q", next, metadata)
	}
}
