package runner

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// parkNode is a node with key order whose records go to a park after their first failure.
func parkNode(after time.Duration, times int) *contract.Node {
	n := httpNode()
	n.Ordering, n.Concurrency = contract.OrderKey, 8
	n.Inputs[0].Park = "park"
	n.OnFailure.InPlace.Attempts = 1
	n.OnFailure.Delayed = []contract.Delay{{After: contract.Duration(after), Times: times}}
	return n
}

// shop is user code that answers as a test says, and notes what succeeded.
type shop struct {
	mu     sync.Mutex
	failed map[string]int
	// done are the values that succeeded, in order.
	done []string
	// fails says whether a value fails, having failed so often.
	fails func(value string, failed int) bool
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	value := string(body)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil {
		s.failed = map[string]int{}
	}
	if s.fails(value, s.failed[value]) {
		s.failed[value]++
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	s.done = append(s.done, value)
	_, _ = w.Write(body)
}

func (s *shop) finished() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.done)
}

// set changes what fails.
func (s *shop) set(fails func(value string, failed int) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails = fails
}

// rounds gives records of some keys in turn: each value is its key, a slash and a number.
func rounds(n int, keys ...string) []*kgo.Record {
	var out []*kgo.Record
	for i := range n {
		for _, key := range keys {
			out = append(out, &kgo.Record{Topic: "in", Key: []byte(key), Value: fmt.Appendf(nil, "%s/%03d", key, i)})
		}
	}
	return out
}

// ordered says whether the values of each key are all of 0 to n-1, in order.
func ordered(t *testing.T, got []string, n int, keys ...string) {
	t.Helper()
	for _, key := range keys {
		of := slices.DeleteFunc(slices.Clone(got), func(v string) bool { return !strings.HasPrefix(v, key+"/") })
		want := make([]string, n)
		for i := range want {
			want[i] = fmt.Sprintf("%s/%03d", key, i)
		}
		if !slices.Equal(of, want) {
			t.Errorf("key %s: %v", key, of)
		}
	}
}

// live gives the keys of the entries that a park of one partition holds: what stands before a record that it adds, which is
// nobody's entry.
func (c *cluster) live(topic string) (out []string) {
	c.tb.Helper()
	end := &kgo.Record{Topic: topic, Key: []byte("end"), Value: []byte{}}
	c.produce(end)
	client := c.client(kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	entries := map[string]bool{}
	for last := int64(-1); last < end.Offset; {
		if ctx.Err() != nil {
			c.tb.Fatalf("topic %s is not read to its end", topic)
		}
		for _, r := range client.PollFetches(ctx).Records() {
			last = r.Offset
			if !strings.HasSuffix(string(r.Key), "/marks") && string(r.Key) != "end" {
				entries[string(r.Key)] = r.Value != nil
			}
		}
	}
	for key, lives := range entries {
		if lives {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

// TestParkedKey: the records of a key whose first one fails wait with it, in order, while other keys go on; when all is done
// nothing is left in the park.
func TestParkedKey(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq", "park")
	s := &shop{fails: func(value string, _ int) bool { return strings.HasPrefix(value, "a/") }}
	c.produce(rounds(20, "a", "b", "c")...)
	n := parkNode(20*time.Millisecond, 1000000)
	r := c.start(n, serve(t, s.ServeHTTP))
	eventually(t, "the other keys", func() bool { return len(s.finished()) == 40 })
	eventually(t, "all committed", func() bool { return c.committed(n.Group) == 60 })
	_, metrics := r.get(contract.PathMetrics)
	for _, want := range []string{
		`runner_waiting_records{node="resize",pipeline="photos"} 20`,
		`runner_parked_records{node="resize",partition="0",pipeline="photos",topic="in"} 20`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	s.set(func(value string, failed int) bool { return value == "a/007" && failed < 3 })
	eventually(t, "the parked key", func() bool { return len(s.finished()) == 60 })
	ordered(t, s.finished(), 20, "a", "b", "c")
	r.stop()
	if left := c.live("park"); len(left) > 0 {
		t.Errorf("left in the park: %v", left)
	}
	if n := c.count("out"); n != 60 {
		t.Errorf("%d results", n)
	}
}

// TestParkedCrash: who claims the partition next finds what is parked, and goes on in order; also after the log was
// compacted.
func TestParkedCrash(t *testing.T) {
	for _, delivery := range []contract.Delivery{contract.AtLeastOnce, contract.ExactlyOnce} {
		t.Run(string(delivery), func(t *testing.T) {
			c := newCluster(t, 1, "in", "out", "dlq", "park")
			c.alter("park", "cleanup.policy", new("compact"))
			c.alter("park", "delete.retention.ms", new("0"))
			s := &shop{fails: func(value string, failed int) bool { return value == "a/000" || value == "b/000" && failed == 0 }}
			n := parkNode(10*time.Millisecond, 1000000)
			n.Delivery = delivery
			c.produce(rounds(10, "a", "b")...)
			for range 4 {
				r := c.start(n, serve(t, s.ServeHTTP)).ready()
				s.mu.Lock()
				tries := s.failed["a/000"]
				s.mu.Unlock()
				eventually(t, "tried again", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.failed["a/000"] > tries+2 })
				r.stop()
				c.fake.Compact()
			}
			if left := c.live("park"); len(left) != 10 {
				t.Errorf("parked: %v", left)
			}
			s.set(func(string, int) bool { return false })
			r := c.start(n, serve(t, s.ServeHTTP))
			got := c.readCommitted("out", 20)
			if once := slices.Compact(slices.Clone(got)); len(once) != 20 {
				t.Errorf("%d results of 20: %v", len(once), got)
			}
			ordered(t, s.finished(), 10, "a", "b")
			eventually(t, "the park empty", func() bool { return len(c.live("park")) == 0 })
			r.stop()
		})
	}
}
