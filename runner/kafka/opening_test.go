package kafka

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// TestOutgrownTopic: a topic that was deleted, made anew and has grown beyond what is committed of its former life is
// read from its start.
func TestOutgrownTopic(t *testing.T) {
	env := fakeBroker(t, kfake.SeedTopics(1, "t"))
	records, _ := values("t", 0, 50)
	write(t, env, records...)
	consume(t, env, "g", "t", 50, &intake{})
	admin := adminOf(t, env)
	if err := admin.DeleteTopic("t"); err != nil {
		t.Fatal(err)
	}
	if err := admin.CreateTopic("t", &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false); err != nil {
		t.Fatal(err)
	}
	records, want := values("t", 100, 160)
	write(t, env, records...)
	read := &intake{}
	consume(t, env, "g", "t", 60, read)
	if got := read.values(); !slices.Equal(got, want) {
		t.Errorf("read %v, want 100 to 159", got)
	}
	write(t, env, records[:1]...)
	last := &intake{}
	consume(t, env, "g", "t", 1, last)
	if got := last.values(); !slices.Equal(got, want[:1]) {
		t.Errorf("after a restart read %v, want the last record alone", got)
	}
}

func TestSigned(t *testing.T) {
	id := sarama.Uuid{1, 2, 3, 15: 255}
	for _, text := range []string{"", "1", "1 dirty=7", " topic=", "x topic=AAAAAAAAAAAAAAAAAAAAAA"} {
		if got, of := unsigned(signed(text, id)); got != text || of != id {
			t.Errorf("%q: %q %v", text, got, of)
		}
	}
	for _, text := range []string{"1", " topic=AAAA", "1 topic=!!!!!!!!!!!!!!!!!!!!!!"} {
		if got, of := unsigned(text); got != text || of != (sarama.Uuid{}) {
			t.Errorf("%q: %q %v", text, got, of)
		}
	}
	if signed("1", sarama.Uuid{}) != "1" {
		t.Error("an unknown id is written")
	}
}

// refusing is a committer whose broker answers requests of a kind with an error.
func refusing(t *testing.T, key kmsg.Key, log *slog.Logger, failed func()) *committer {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "t"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.ControlKey(int16(key), func(request kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		switch r := request.(type) {
		case *kmsg.OffsetFetchRequest:
			response := r.ResponseKind().(*kmsg.OffsetFetchResponse)
			response.Version, response.ErrorCode = r.Version, kerr.CoordinatorLoadInProgress.Code
			for _, group := range r.Groups {
				response.Groups = append(response.Groups, kmsg.OffsetFetchResponseGroup{Group: group.Group, ErrorCode: kerr.CoordinatorLoadInProgress.Code})
			}
			return response, nil, true
		case *kmsg.OffsetCommitRequest:
			response := r.ResponseKind().(*kmsg.OffsetCommitResponse)
			response.Version = r.Version
			for _, topic := range r.Topics {
				answer := kmsg.NewOffsetCommitResponseTopic()
				answer.Topic = topic.Topic
				for _, p := range topic.Partitions {
					one := kmsg.NewOffsetCommitResponseTopicPartition()
					one.Partition = p.Partition
					if p.Partition == 0 {
						one.ErrorCode = kerr.OffsetMetadataTooLarge.Code
					}
					answer.Partitions = append(answer.Partitions, one)
				}
				response.Topics = append(response.Topics, answer)
			}
			return response, nil, true
		default:
			return nil, nil, false
		}
	})
	return committerOf(t, c, log, failed)
}

func committerOf(t *testing.T, c *kfake.Cluster, log *slog.Logger, failed func()) *committer {
	t.Helper()
	config, err := sourceConfig(contract.Environment{}, "test", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	client, err := sarama.NewClient(c.ListenAddrs(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return newCommitter(client, "g", outsider{}, log, failed)
}

// revoked is a claim that is taken back.
type revoked struct {
	sarama.ConsumerGroupClaim
	messages chan *sarama.ConsumerMessage
}

func (revoked) Topic() string                              { return "t" }
func (revoked) Partition() int32                           { return 0 }
func (r revoked) Messages() <-chan *sarama.ConsumerMessage { return r.messages }

// pauses counts what a group is told.
type pauses struct {
	sarama.ConsumerGroup
	paused atomic.Int64
}

func (p *pauses) Pause(map[string][]int32)  { p.paused.Add(1) }
func (p *pauses) Resume(map[string][]int32) { p.paused.Add(-1) }

// TestRevokedWhileAsking: a claim is let go at once when it is taken back although nobody says what is committed for it,
// and does not fetch without bounds meanwhile.
func TestRevokedWhileAsking(t *testing.T) {
	group := &pauses{}
	h := &handler{group: group, committer: refusing(t, kmsg.OffsetFetch, slog.New(slog.DiscardHandler), func() {})}
	claim := revoked{messages: make(chan *sarama.ConsumerMessage)}
	ended := make(chan bool)
	go func() {
		_, ok := h.ask(t.Context(), claim)
		ended <- ok
	}()
	for range 2 * burstRecords {
		claim.messages <- &sarama.ConsumerMessage{}
	}
	if n := group.paused.Load(); n != 1 {
		t.Errorf("paused %d times after %d records", n, 2*burstRecords)
	}
	close(claim.messages)
	select {
	case ok := <-ended:
		if ok {
			t.Error("somebody said what is committed")
		}
	case <-time.After(patience):
		t.Error("it goes on asking")
	}
	if group.paused.Load() != 0 {
		t.Error("it is still paused, and would be when it comes back")
	}
}

// TestRefusedCommit: a claim whose commits are refused waits longer each time, is told of once and counted each time, and
// another claim does not suffer from it.
func TestRefusedCommit(t *testing.T) {
	var told bytes.Buffer
	counted := 0
	c := refusing(t, kmsg.OffsetCommit, slog.New(slog.NewTextHandler(&told, nil)), func() { counted++ })
	bad := &claimed{topic: "t", intake: &standing{position: Position{Next: 1}}}
	well := &standing{position: Position{Next: 1}}
	good := &claimed{topic: "t", partition: 1, intake: well}
	c.add(bad)
	c.add(good)
	const times = 5
	for i := range int64(times) {
		well.position.Next = i + 1
		before := time.Now()
		if c.commit([]*claimed{bad, good}) == nil {
			t.Fatal("the commit is taken")
		}
		if least := before.Add(repeatPause(int(i) + 1)); bad.after.Before(least) {
			t.Errorf("refusal %d: waits until %v, want %v at least", i+1, bad.after, least)
		}
	}
	bad.after = time.Now().Add(time.Hour)
	if due := c.due(); !slices.Equal(due, []*claimed{good}) {
		t.Errorf("%d claims are due, want the one that is not refused", len(due))
	}
	if good.committed.Next != times {
		t.Errorf("the other claim is at %d, want %d", good.committed.Next, times)
	}
	if lines := strings.Count(told.String(), "\n"); lines != 1 || counted != times {
		t.Errorf("told %d times, counted %d, want 1 and %d:\n%s", lines, counted, times, &told)
	}
}

func TestRepeatPause(t *testing.T) {
	if repeatPause(1) != 50*time.Millisecond || repeatPause(2) != 100*time.Millisecond || repeatPause(100) != 2500*time.Millisecond {
		t.Errorf("pauses are %v, %v and %v", repeatPause(1), repeatPause(2), repeatPause(100))
	}
}

// TestLastCommitEnds: the last commit of a claim ends with its context, although the broker does not answer.
func TestLastCommitEnds(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	asked, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	c.ControlKey(int16(kmsg.OffsetCommit), func(kmsg.Request) (kmsg.Response, error, bool) {
		close(asked)
		c.SleepControl(func() { <-release })
		return nil, nil, false
	})
	committer := committerOf(t, c, slog.New(slog.DiscardHandler), func() {})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		committer.last(ctx, &claimed{topic: "t", intake: fixed{Next: 1}})
	}()
	<-asked
	cancel()
	select {
	case <-ended:
	case <-time.After(committer.client.Config().Net.ReadTimeout / 2): // then the request itself gives up
		t.Error("it outlasts its context")
	}
}
