package kafka

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// outsider is the session of somebody who is in no group, and may commit while nobody is.
type outsider struct{ sarama.ConsumerGroupSession }

func (outsider) GenerationID() int32 { return -1 }
func (outsider) MemberID() string    { return "" }

func (outsider) Context() context.Context { return context.Background() }

// standing is an intake with a position.
type standing struct {
	Intake
	position Position
}

func (s *standing) Position() (Position, bool) { return s.position, true }
func (s *standing) Committed(Position)         {}

// TestUncertainCommit: after a commit whose answer was lost nobody knows what the broker has, so what it had before is
// committed anew.
func TestUncertainCommit(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	var requests, lost atomic.Int64
	c.ControlKey(int16(kmsg.OffsetCommit), func(request kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		requests.Add(1)
		if lost.Load() == 0 {
			return nil, nil, false
		}
		lost.Add(-1)
		response := request.ResponseKind().(*kmsg.OffsetCommitResponse)
		response.Version = request.GetVersion()
		topic := kmsg.NewOffsetCommitResponseTopic()
		topic.Topic = "t"
		partition := kmsg.NewOffsetCommitResponseTopicPartition()
		partition.ErrorCode = kerr.RequestTimedOut.Code
		topic.Partitions = append(topic.Partitions, partition)
		response.Topics = append(response.Topics, topic)
		return response, nil, true
	})
	config, err := sourceConfig(contract.Environment{}, "test", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	client, err := sarama.NewClient(c.ListenAddrs(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	committer := newCommitter(client, "g", outsider{}, slog.New(slog.DiscardHandler), func() {})
	clean, dirty := Position{Next: 1, Metadata: "1"}, Position{Next: 1, Metadata: "1 dirty=65"}
	intake := &standing{position: clean}
	one := []*claimed{{topic: "t", intake: intake}}
	if err := committer.commit(one); err != nil {
		t.Fatal(err)
	}
	lost.Store(1)
	intake.position = dirty
	if committer.commit(one) == nil {
		t.Fatal("the answer was not lost")
	}
	intake.position = clean
	for range 2 { // the second has nothing to say
		if err := committer.commit(one); err != nil {
			t.Fatal(err)
		}
	}
	if n := requests.Load(); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
}

// draining is an intake that takes its time to close.
type draining struct {
	*intake
	closing, release chan struct{}
	once             *sync.Once
}

func (d draining) Open(Claim) Intake { return d }

func (d draining) Close() {
	d.once.Do(func() { close(d.closing) })
	<-d.release
}

// TestDrainingIsNoStall: a claim that is revoked and drains reads nothing, which is no reason to mend anything.
func TestDrainingIsNoStall(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "t"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	env := contract.Environment{BootstrapServers: c.ListenAddrs()[0]}
	var probes atomic.Int64
	c.ControlKey(int16(kmsg.Fetch), func(request kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if request.(*kmsg.FetchRequest).MaxWaitMillis == 0 {
			probes.Add(1)
		}
		return nil, nil, false
	})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	force, stop := context.WithTimeout(context.Background(), 2*patience)
	defer stop()
	join := func(p Partitions) *Source {
		source := NewSource(SourceConfig{
			Environment: env, Group: "g", Topics: []string{"t"}, ClientID: "test", Drain: time.Second,
			Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Healed: func(r Remedy) { t.Errorf("tried %s", r) },
		})
		source.watchdog.every, source.watchdog.after = 20*time.Millisecond, 300*time.Millisecond
		running.Go(func() { source.Run(ctx, force, p) })
		return source
	}
	first := draining{&intake{}, make(chan struct{}), make(chan struct{}), &sync.Once{}}
	defer close(first.release)
	eventually(t, "joined", join(first).Joined)
	join(&intake{}) // it has nothing before the first has let go
	<-first.closing
	records, _ := values("t", 0, 100)
	write(t, env, records...)
	// The claim that drains would be asked about once before something is tried, so two of these are of the one that goes on.
	asked := probes.Load()
	eventually(t, "probes of the claim that goes on", func() bool { return probes.Load() >= asked+3 })
}
