package groups

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// rig is a broker with a topic of 2 partitions, in each of which are 10 records written at seconds 0 to 9.
type rig struct {
	Client
	addresses []string
	group     Group
}

var epoch = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

func newRig(t *testing.T) *rig {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	for _, topic := range []string{"in", "words.shout.dlq", "words.shout.dlq.kept"} {
		if err := cluster.CreateTopic(topic, 2, nil); err != nil {
			t.Fatal(err)
		}
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for i := range 20 {
		r := &kgo.Record{Topic: "in", Partition: int32(i % 2), Value: []byte("x"), Timestamp: epoch.Add(time.Duration(i/2) * time.Second)}
		if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	return &rig{
		Client: Client{Admin: kadm.NewClient(client)}, addresses: cluster.ListenAddrs(),
		group: Group{Name: "words.shout", Node: "shout", Topics: []string{"gone", "in"}},
	}
}

func (r *rig) survey(t *testing.T) Standing {
	t.Helper()
	all, err := r.Survey(t.Context(), []Group{r.group})
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

func (r *rig) commit(t *testing.T, group string, partition int32, at int64) {
	t.Helper()
	offsets := kadm.Offsets{}
	offsets.Add(kadm.Offset{Topic: "in", Partition: partition, At: at, LeaderEpoch: -1, Metadata: "dirty 9"})
	if err := r.Admin.CommitAllOffsets(t.Context(), group, offsets); err != nil {
		t.Fatal(err)
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if s := r.survey(t); s.Exists || len(s.Positions) != 2 || s.Positions[0].Committed != -1 || !slices.Equal(s.Missing, []string{"gone"}) {
		t.Fatalf("a group that is not there: %+v", s)
	}
	r.commit(t, "words.shout", 1, 4)
	s := r.survey(t)
	for text, want := range map[string][2][3]int64{ // to, repeated, skipped of each partition
		"earliest":                    {{0, 0, 0}, {0, 4, 0}},
		"latest":                      {{10, 0, 10}, {10, 0, 6}},
		"3":                           {{3, 0, 3}, {3, 1, 0}},
		"99":                          {{10, 0, 10}, {10, 0, 6}},
		epoch.Format(time.RFC3339):    {{0, 0, 0}, {0, 4, 0}},
		"2026-11-20T08:00:02.5Z":      {{3, 0, 3}, {3, 1, 0}},
		"2027-01-01T00:00:00Z":        {{10, 0, 10}, {10, 0, 6}},
		"1970-01-01T00:00:00.000001Z": {{0, 0, 0}, {0, 4, 0}},
	} {
		target, err := ParseTarget(text, func(text string) (time.Time, error) { return time.Parse(time.RFC3339, text) })
		if err != nil {
			t.Fatal(err)
		}
		moves, err := r.Plan(t.Context(), s, target)
		if err != nil || len(moves) != 2 {
			t.Fatalf("%s: %v, %v", text, moves, err)
		}
		for i, m := range moves {
			if got := [3]int64{m.To, m.Repeated(), m.Skipped()}; got != want[i] {
				t.Errorf("--to %s, partition %d: got %v, want %v", text, i, got, want[i])
			}
		}
	}
}

// TestApplyLeavesNoMarks moves a group, which clears what a runner kept beside its offsets.
func TestApplyLeavesNoMarks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commit(t, "words.shout", 1, 4)
	r.commit(t, "words.shouter", 1, 4)
	moves, err := r.Plan(t.Context(), r.survey(t), Target{Latest: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Apply(t.Context(), "words.shout", moves); err != nil {
		t.Fatal(err)
	}
	for group, want := range map[string][2]any{"words.shout": {int64(10), ""}, "words.shouter": {int64(4), "dirty 9"}} {
		committed, err := r.Admin.FetchOffsetsForTopics(t.Context(), group, "in")
		if err != nil {
			t.Fatal(err)
		}
		if at, _ := committed.Lookup("in", 1); at.At != want[0] || at.Metadata != want[1] {
			t.Errorf("%s: %d %q, want %v", group, at.At, at.Metadata, want)
		}
	}
}

// TestMembersAreLeftAlone has a member alive: it is told, and Kafka refuses both verbs.
func TestMembersAreLeftAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	member, err := kgo.NewClient(kgo.SeedBrokers(r.addresses...), kgo.ClientID("someone"), kgo.ConsumerGroup("words.shout"), kgo.ConsumeTopics("in"),
		kgo.DisableAutoCommit(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer member.Close()
	if err := member.PollFetches(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	s := r.survey(t)
	if !s.Exists || len(s.Members) != 1 || !strings.HasPrefix(s.Members[0], "someone at ") {
		t.Fatalf("got %+v", s)
	}
	moves, err := r.Plan(t.Context(), s, Target{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Apply(t.Context(), "words.shout", moves); err == nil {
		t.Error("a group with a member was moved")
	}
	topics := []string{"words.shout.dlq"}
	if err := r.Clean(t.Context(), []string{"words.shout"}, topics, func(what, name string) { t.Errorf("%s %s was deleted", what, name) }); !errors.Is(err, kerr.NonEmptyGroup) {
		t.Errorf("got %v, want %v", err, kerr.NonEmptyGroup)
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commit(t, "words.shout", 0, 1)
	r.commit(t, "words.shouter", 0, 1)
	var gone []string
	tell := func(what, name string) { gone = append(gone, what+" "+name) }
	for range 2 { // a second time there is nothing left
		if err := r.Clean(t.Context(), []string{"words.shout", "never"}, []string{"gone", "words.shout.dlq"}, tell); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"group words.shout", "topic words.shout.dlq"}; !slices.Equal(gone, want) {
		t.Errorf("deleted %q, want %q", gone, want)
	}
	topics, err := r.Topics(t.Context(), []string{"words.shout.dlq.kept", "words.shout.dlq", "in"})
	want := []Topic{{"in", true, 20}, {"words.shout.dlq", false, 0}, {"words.shout.dlq.kept", true, 0}}
	if err != nil || !slices.Equal(topics, want) {
		t.Errorf("left: %+v, %v, want %+v", topics, err, want)
	}
	if committed, err := r.Admin.FetchOffsetsForTopics(t.Context(), "words.shouter", "in"); err != nil || committed["in"][0].At != 1 {
		t.Errorf("the other group: %+v, %v", committed, err)
	}
}

func TestParseTargetRefuses(t *testing.T) {
	t.Parallel()
	no := errors.New("no time")
	for _, text := range []string{"", "-1", "Earliest", "end"} {
		if target, err := ParseTarget(text, func(string) (time.Time, error) { return time.Time{}, no }); err == nil {
			t.Errorf("%q gives %+v", text, target)
		}
	}
}
