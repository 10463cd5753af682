package deadletters

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// rig is a broker with the dead letters of one node.
type rig struct {
	*Client
	cluster *kfake.Cluster
	node    *Node
	client  *kgo.Client
}

func newRig(t *testing.T) *rig {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	for topic, partitions := range map[string]int32{"in": 3, "words.shout.dlq": 1} {
		if err := cluster.CreateTopic(topic, partitions, nil); err != nil {
			t.Fatal(err)
		}
	}
	options := []kgo.Opt{kgo.SeedBrokers(cluster.ListenAddrs()...)}
	client, err := kgo.NewClient(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &rig{
		Client:  &Client{Admin: kadm.NewClient(client), Options: options, Cluster: "here"},
		cluster: cluster, client: client,
		node: &Node{Pipeline: "words", Name: "shout", Topic: "words.shout.dlq", Group: "words.ops", Inputs: []Input{{Topic: "in"}}},
	}
}

// fail puts dead letters there: record i has key and value i, came from partition i%3, and is permanent where it is odd.
func (r *rig) fail(t *testing.T, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		class := record.Transient
		if i%2 == 1 {
			class = record.Permanent
		}
		text := []byte(strconv.Itoa(i))
		l := given(&record.Record{Topic: "in", Partition: int32(i % 3), Offset: int64(i), Key: text, Value: text}, class, "no")
		out := &kgo.Record{Topic: l.Topic, Key: l.Key, Value: l.Value, Timestamp: time.UnixMilli(int64(1e12 + i))}
		for _, h := range l.Headers {
			out.Headers = append(out.Headers, kgo.RecordHeader{Key: h.Name, Value: h.Value})
		}
		if err := r.client.ProduceSync(t.Context(), out).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// arrived gives the values in the input topic, in order within each partition, sorted by number.
func (r *rig) arrived(t *testing.T) []int {
	t.Helper()
	spans, _, err := r.Spans(t.Context(), "in")
	if err != nil {
		t.Fatal(err)
	}
	var out []int
	for _, s := range spans {
		for l, err := range r.Read(t.Context(), s) {
			if err != nil {
				t.Fatal(err)
			}
			n, err := strconv.Atoi(string(l.Value))
			if err != nil {
				t.Fatal(err)
			}
			if int32(n%3) != l.Partition || string(l.Key) != string(l.Value) || l.Timestamp.UnixMilli() != int64(1e12+n) || l.Replays() != 1 {
				t.Errorf("record %d arrived as %+v", n, l)
			}
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func (r *rig) replay(t *testing.T, replay Replay) (*Outcome, error) {
	t.Helper()
	replay.To, replay.MaxReplays = ToStage, 3
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return replay.Run(ctx, ctx, r.Client, r.node)
}

// TestReplayByFilterThenAll replays some, then the others: each record once, whichever way it was chosen.
func TestReplayByFilterThenAll(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fail(t, 0, 40)
	dry, err := r.replay(t, Replay{DryRun: true})
	if err != nil || dry.Total() != 40 || len(r.arrived(t)) > 0 {
		t.Fatalf("a dry run gives %+v, %v, and %v arrived", dry, err, r.arrived(t))
	}
	some, err := r.replay(t, Replay{Filter: Filter{Classes: []string{"permanent"}}})
	if err != nil || some.Total() != 20 || some.Passed != 20 {
		t.Fatalf("got %+v, %v", some, err)
	}
	few, err := r.replay(t, Replay{Limit: 3})
	if err != nil || few.Total() != 3 {
		t.Fatalf("got %+v, %v", few, err)
	}
	r.fail(t, 40, 50)
	rest, err := r.replay(t, Replay{})
	if err != nil || rest.Total() != 27 || rest.Already != 23 {
		t.Fatalf("got %+v, %v", rest, err)
	}
	if got := r.arrived(t); !slices.Equal(got, upTo(50)) {
		t.Errorf("arrived: %v", got)
	}
	summary, err := r.Summarize(t.Context(), r.node, &Filter{}, nil)
	if err != nil || summary.Letters != 50 || summary.Replayed != 50 || summary.Classes["permanent"] != 25 {
		t.Errorf("got %+v, %v", summary, err)
	}
}

// TestReplayGoesOnAfterAFailure lets the broker refuse a publication in the middle: what was acknowledged is not
// repeated, what was not is not lost.
func TestReplayGoesOnAfterAFailure(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const n = chunkRecords + 100
	r.fail(t, 0, n)
	var publications atomic.Int32
	r.cluster.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		r.cluster.KeepControl()
		if publications.Add(1) <= 1 {
			return nil, nil, false
		}
		resp := req.ResponseKind().(*kmsg.ProduceResponse)
		for _, topic := range req.(*kmsg.ProduceRequest).Topics {
			out := kmsg.NewProduceResponseTopic()
			out.Topic, out.TopicID = topic.Topic, topic.TopicID
			for _, p := range topic.Partitions {
				refused := kmsg.NewProduceResponseTopicPartition()
				refused.Partition, refused.ErrorCode = p.Partition, kerr.TopicAuthorizationFailed.Code
				out.Partitions = append(out.Partitions, refused)
			}
			resp.Topics = append(resp.Topics, out)
		}
		return resp, nil, true
	})
	broken, err := r.replay(t, Replay{})
	if !errors.Is(err, kerr.TopicAuthorizationFailed) || broken.Total() == 0 || broken.Total() == n {
		t.Fatalf("got %+v, %v", broken, err)
	}
	publications.Store(-1 << 30) // the broker takes all again
	rest, err := r.replay(t, Replay{})
	if err != nil || rest.Already != broken.Total() || rest.Total() != n-broken.Total() {
		t.Fatalf("got %+v after %+v, %v", rest, broken, err)
	}
	if got := r.arrived(t); !slices.Equal(got, upTo(n)) {
		t.Errorf("%d arrived, want each of %d once", len(got), n)
	}
}

// TestReplayNoticesAnother has somebody else commit between begin and end.
func TestReplayNoticesAnother(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fail(t, 0, 3)
	other := once(func() {
		offsets := kadm.Offsets{}
		offsets.Add(kadm.Offset{Topic: r.node.Topic, At: 1, LeaderEpoch: -1})
		if err := r.Admin.CommitAllOffsets(t.Context(), r.node.Group, offsets); err != nil {
			t.Error(err)
		}
	})
	if _, err := r.replay(t, Replay{Progress: other}); !errors.Is(err, ErrConcurrent) {
		t.Errorf("got %v, want %v", err, ErrConcurrent)
	}
}

// once calls f at the first call only.
func once(f func()) func() {
	called := false
	return func() {
		if !called {
			called = true
			f()
		}
	}
}

// TestReplayTrustsNoHeader refuses letters whose headers name a topic that the node does not read.
func TestReplayTrustsNoHeader(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fail(t, 0, 1)
	r.node.Inputs = []Input{{Topic: "other"}}
	var why []string
	outcome, err := r.replay(t, Replay{Refused: func(_ *Letter, r *Refusal) { why = append(why, r.Why) }})
	if err != nil || outcome.Refused != 1 || outcome.Total() != 0 || !slices.Equal(why, []string{"it came from topic `in`, which node `shout` does not read"}) {
		t.Errorf("got %+v, %v, refused since %q", outcome, err, why)
	}
}

// TestReplayAfterTheTopicWasMadeAnew does not take the marks of a topic that is gone for those of its successor.
func TestReplayAfterTheTopicWasMadeAnew(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fail(t, 0, 9)
	if _, err := r.replay(t, Replay{}); err != nil {
		t.Fatal(err)
	}
	before, err := r.committed(t.Context(), r.node)
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.marks(t.Context(), r.node, []Span{{Topic: r.node.Topic, End: 3}})
	if err != nil || m[0].has(0) || m[0].standing != before(0) {
		t.Errorf("marks of a longer topic hold: %+v, %v", m[0], err)
	}
}

// TestReadLeavesOutAbortedTransactions reads what transactions left: the committed records, up to the very end.
func TestReadLeavesOutAbortedTransactions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	producer, err := kgo.NewClient(append(slices.Clone(r.Options), kgo.TransactionalID("t"))...)
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	for i, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort, kgo.TryCommit, kgo.TryAbort} {
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := producer.ProduceSync(t.Context(), &kgo.Record{Topic: r.node.Topic, Value: fmt.Append(nil, i)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := producer.EndTransaction(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for l, err := range r.Letters(t.Context(), r.node) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(l.Value))
	}
	if want := []string{"0", "2"}; !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
}

// TestPurge deletes what was replayed, then the rest, and never what came after the plan.
func TestPurge(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.fail(t, 0, 10)
	if _, err := r.replay(t, Replay{Limit: 4}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		replayed      bool
		records, lost int64
		left          int
	}{{true, 4, 0, 7}, {false, 7, 7, 1}} {
		plan, err := r.PlanPurge(t.Context(), r.node, step.replayed)
		if err != nil || plan.Records != step.records || plan.Lost != step.lost {
			t.Fatalf("got %+v, %v, want %+v", plan, err, step)
		}
		r.fail(t, 10, 11)
		if err := r.Apply(t.Context(), plan); err != nil {
			t.Fatal(err)
		}
		summary, err := r.Summarize(t.Context(), r.node, &Filter{}, nil)
		if err != nil || summary.Letters != int64(step.left) {
			t.Errorf("left: %+v, %v, want %d", summary, err, step.left)
		}
	}
}
