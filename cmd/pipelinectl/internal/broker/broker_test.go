package broker

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func start(t *testing.T) *Broker {
	t.Helper()
	b, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func client(t *testing.T, b *Broker, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append(opts, kgo.SeedBrokers(b.Address()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseAllowingRebalance)
	return c
}

func produce(t *testing.T, c *kgo.Client, topic string, n int) {
	t.Helper()
	for range n {
		if err := c.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: []byte("x")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestListensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	host, _, err := net.SplitHostPort(start(t).Address())
	if err != nil || !net.ParseIP(host).IsLoopback() {
		t.Errorf("the broker listens on %s (%v)", host, err)
	}
}

func TestCreatesTopicsAsPlanned(t *testing.T) {
	t.Parallel()
	b := start(t)
	topic := Topic{Name: "photos.upload.out", Partitions: 7, Config: map[string]string{"retention.ms": "604800000", "min.insync.replicas": "2"}}
	if err := b.Create(topic); err != nil {
		t.Fatal(err)
	}
	if got := len(b.cluster.PartitionInfos(topic.Name)); got != 7 {
		t.Errorf("the topic has %d partitions, want 7", got)
	}
	for name, want := range topic.Config {
		if got := b.cluster.TopicInfo(topic.Name).Configs[name]; got == nil || *got != want {
			t.Errorf("%s is %v, want %s", name, got, want)
		}
	}
	// More replicas in sync than brokers must not keep records out: there is only one broker.
	produce(t, client(t, b), topic.Name, 1)
}

func TestRefusesTopicsThatMeet(t *testing.T) {
	t.Parallel()
	b := start(t)
	if err := b.Create(Topic{Name: "a.b", Partitions: 1}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a.b": "already exists", "a_b": "dots and underscores"} {
		if err := b.Create(Topic{Name: name, Partitions: 1}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("creating %s gave %v, want %q", name, err, want)
		}
	}
}

func TestLagCountsWhatIsNotCommitted(t *testing.T) {
	t.Parallel()
	b := start(t)
	if err := b.Create(Topic{Name: "in", Partitions: 3}, Topic{Name: "other", Partitions: 1}); err != nil {
		t.Fatal(err)
	}
	c := client(t, b, kgo.ConsumerGroup("g"), kgo.ConsumeTopics("in"), kgo.DisableAutoCommit())
	produce(t, c, "in", 5)
	produce(t, c, "other", 1)
	if got := b.Lag("g", "in"); got != 5 {
		t.Errorf("lag before any commit is %d, want 5", got)
	}
	for read := 0; read < 5; {
		fetches := c.PollFetches(t.Context())
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		read += fetches.NumRecords()
	}
	if err := c.CommitUncommittedOffsets(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := b.Lag("g", "in"); got != 0 {
		t.Errorf("lag after committing all is %d, want 0", got)
	}
	if got := b.Lag("g", "in", "other"); got != 1 {
		t.Errorf("lag with a topic never read is %d, want 1", got)
	}
}

func TestEvictLetsTheNextMemberInAtOnce(t *testing.T) {
	t.Parallel()
	b := start(t)
	if err := b.Create(Topic{Name: "in", Partitions: 1}); err != nil {
		t.Fatal(err)
	}
	if err := b.Evict(t.Context(), "nobody"); err != nil {
		t.Errorf("evicting a group that does not exist: %v", err)
	}
	// The first member never leaves: its heartbeats stop only with its session, far beyond this test's deadline.
	first := client(t, b, kgo.ConsumerGroup("g"), kgo.ConsumeTopics("in"), kgo.SessionTimeout(4*time.Minute))
	produce(t, first, "in", 1)
	if got := first.PollFetches(t.Context()).NumRecords(); got != 1 {
		t.Fatalf("the first member read %d records, want 1", got)
	}
	first.PauseFetchTopics("in")
	if err := b.Evict(t.Context(), "g"); err != nil {
		t.Fatal(err)
	}
	if info := b.cluster.GroupInfo("g"); len(info.Members) != 0 {
		t.Errorf("the group still has %d members", len(info.Members))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	second := client(t, b, kgo.ConsumerGroup("g"), kgo.ConsumeTopics("in"))
	if got := second.PollFetches(ctx).NumRecords(); got != 1 {
		t.Errorf("the second member read %d records, want the one that was never committed", got)
	}
}
