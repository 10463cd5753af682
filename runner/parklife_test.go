package runner

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// TestParkedRebalance: members come and go while keys are parked, on every partition; nothing is lost, no key's records
// overtake one another, and with exactly-once each result is there once.
func TestParkedRebalance(t *testing.T) {
	for _, delivery := range []contract.Delivery{contract.AtLeastOnce, contract.ExactlyOnce} {
		t.Run(string(delivery), func(t *testing.T) {
			c := newCluster(t, 4, "in", "out", "dlq", "park")
			s := &shop{fails: func(value string, failed int) bool { return strings.HasSuffix(value, "0") && failed < 3 }}
			n := parkNode(30*time.Millisecond, 1000)
			n.Delivery = delivery
			var keys []string
			for i := range 24 {
				keys = append(keys, fmt.Sprintf("k%02d", i))
			}
			const each = 40
			first := c.start(n, serve(t, s.ServeHTTP)).ready()
			c.produce(rounds(each, keys...)...)
			second := c.start(n, serve(t, s.ServeHTTP)).ready()
			first.stop()
			third := c.start(n, serve(t, s.ServeHTTP)).ready()
			second.stop()
			got := c.readCommitted("out", each*len(keys))
			once := slices.Compact(slices.Clone(got))
			if len(once) != each*len(keys) || delivery == contract.ExactlyOnce && len(got) != len(once) {
				t.Errorf("%d results of %d records", len(got), len(once))
			}
			eventually(t, "all committed", func() bool { return c.committed(n.Group) == int64(each*len(keys)) })
			third.stop()
			done := s.finished()
			if delivery == contract.AtLeastOnce {
				done = firsts(done)
			}
			ordered(t, firsts(done), each, keys...)
		})
	}
}

// firsts drops what is there again.
func firsts(values []string) (out []string) {
	seen := map[string]bool{}
	for _, v := range values {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// TestParkedHotKey: thousands of records that wait for one are each written once, ended once, and run in order.
func TestParkedHotKey(t *testing.T) {
	const records = 3000
	c := newCluster(t, 1, "in", "out", "dlq", "park")
	s := &shop{fails: func(value string, _ int) bool { return value == "hot/000" }}
	n := parkNode(50*time.Millisecond, 1000000)
	batch := rounds(records, "hot")
	for i, r := range batch {
		r.Value = fmt.Appendf(nil, "hot/%03d", i)
	}
	c.produce(batch...)
	r := c.start(n, serve(t, s.ServeHTTP)).ready()
	eventually(t, "all parked", func() bool { return c.committed(n.Group) == records })
	s.set(func(string, int) bool { return false })
	eventually(t, "all done", func() bool { return len(s.finished()) == records })
	r.stop()
	ordered(t, s.finished(), records, "hot")
	marks := 0
	entries := c.read("park", int(c.count("park")))
	for _, r := range entries {
		if string(r.Key) == string(markKey(0)) {
			marks++
		}
	}
	// Each record is an entry and its end; the rest are marks, each for many, and the first one's further entries and marks.
	if tries := s.failed["hot/000"]; len(entries) > 2*records+marks+tries || marks > records/20+tries+1 {
		t.Errorf("%d entries, %d of them marks, for %d records, of which the first was tried %d times", len(entries), marks, records, tries)
	}
	if left := c.live("park"); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestParkedMisfit: a park with fewer partitions than its topic holds the partitions, says so, and the runner is not ready;
// once it is mended they go on.
func TestParkedMisfit(t *testing.T) {
	c := startCluster(t, kfake.SeedTopics(3, "in"), kfake.SeedTopics(1, "out", "dlq", "park"))
	s := &shop{fails: func(string, int) bool { return false }}
	c.produce(rounds(10, "a", "b", "c", "d")...)
	r := c.start(parkNode(time.Second, 1), serve(t, s.ServeHTTP))
	eventually(t, "the fault in the log", func() bool {
		return strings.Contains(r.log.String(), "topic park has 1 partitions and in has 3: give it as many")
	})
	if status, _ := r.get(contract.PathReady); status != http.StatusServiceUnavailable {
		t.Errorf("ready with status %d", status)
	}
	if got := s.finished(); len(got) > 0 {
		t.Errorf("it runs: %v", got)
	}
	if resp, err := kadm.NewClient(c.kgo).UpdatePartitions(t.Context(), 3, "park"); err != nil || resp["park"].Err != nil {
		t.Fatal(err, resp)
	}
	r.ready()
	eventually(t, "all done", func() bool { return len(s.finished()) == 40 })
}

// TestParkedTooLarge: a record whose entry its park rejects is given up on its route; the others of its key go on.
func TestParkedTooLarge(t *testing.T) {
	for _, delivery := range []contract.Delivery{contract.AtLeastOnce, contract.ExactlyOnce} {
		t.Run(string(delivery), func(t *testing.T) {
			c := newCluster(t, 1, "in", "out", "dlq", "park")
			c.alter("park", "max.message.bytes", new("2000"))
			s := &shop{fails: func(value string, failed int) bool { return value == "a/000" && failed < 3 }}
			n := parkNode(10*time.Millisecond, 10)
			n.Delivery = delivery
			batch := rounds(4, "a")
			batch[1].Value = append([]byte("a/large "), make([]byte, 5000)...)
			c.produce(batch...)
			r := c.start(n, serve(t, s.ServeHTTP))
			letters := c.readCommitted("dlq", 1)
			if !strings.HasPrefix(letters[0], "a/large") {
				t.Errorf("dead letter %.20q", letters[0])
			}
			eventually(t, "the others", func() bool { return len(firsts(s.finished())) == 3 })
			if got := firsts(s.finished()); !slices.Equal(got, []string{"a/000", "a/002", "a/003"}) {
				t.Errorf("finished %v", got)
			}
			eventually(t, "the park empty", func() bool { return len(c.live("park")) == 0 })
			r.stop()
		})
	}
}

// TestParkedGivenUp: a parked record that goes on failing becomes a dead letter as its source has it, and tells its attempts;
// its successors run then.
func TestParkedGivenUp(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq", "park")
	s := &shop{fails: func(value string, _ int) bool { return value == "a/000" }}
	batch := rounds(3, "a")
	batch[0].Headers = []kgo.RecordHeader{{Key: "own", Value: []byte("1")}}
	c.produce(batch...)
	r := c.start(parkNode(10*time.Millisecond, 3), serve(t, s.ServeHTTP))
	letter := c.read("dlq", 1)[0]
	if string(letter.Key) != "a" || string(letter.Value) != "a/000" || header(letter, "own") != "1" || !letter.Timestamp.Equal(batch[0].Timestamp.Truncate(time.Millisecond)) ||
		header(letter, contract.HeaderErrorAttempts) != "4" || header(letter, contract.HeaderErrorOffset) != "0" || header(letter, contract.HeaderErrorTopic) != "in" {
		t.Errorf("dead letter %+v", letter)
	}
	for _, h := range letter.Headers {
		if strings.HasPrefix(h.Key, "pipelinectl-retry-") {
			t.Errorf("the dead letter shows the park: %s", h.Key)
		}
	}
	eventually(t, "the others", func() bool { return slices.Equal(s.finished(), []string{"a/001", "a/002"}) })
	r.stop()
}

// TestParkedKiller: a parked record that has killed three processes is given up untried; the other one that was in work then
// is tried alone, and announced before.
func TestParkedKiller(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq", "park")
	s := &shop{fails: func(_ string, failed int) bool { return failed == 0 }}
	n := parkNode(time.Hour, 5)
	c.produce(rounds(1, "a", "b", "c")...)
	r := c.start(n, serve(t, s.ServeHTTP)).ready()
	eventually(t, "all parked", func() bool { return c.committed(n.Group) == 3 })
	r.stop()
	c.produce(&kgo.Record{Topic: "park", Key: markKey(0), Value: []byte("1 0:3 1:1")})
	c.commit(n.Group, "in", 3, checkpoint{ceiling: 67}.encode(3))
	n = parkNode(time.Millisecond, 5) // due at once: no wait is longer than what the node says now
	r = c.start(n, serve(t, s.ServeHTTP))
	letter := c.read("dlq", 1)[0]
	if string(letter.Value) != "a/000" || header(letter, contract.HeaderErrorClass) != "poison" {
		t.Errorf("dead letter %q of class %s", letter.Value, header(letter, contract.HeaderErrorClass))
	}
	eventually(t, "the others", func() bool { return len(s.finished()) == 2 })
	r.stop()
	var marks []string
	for _, r := range c.read("park", int(c.count("park"))) {
		if string(r.Key) == string(markKey(0)) {
			marks = append(marks, string(r.Value))
		}
	}
	if !slices.Contains(marks, "1 1:2") {
		t.Errorf("marks %q announce no second try", marks)
	}
}

// TestParkedExactlyOnceWhenTransactionsFail: what is parked, run again and ended is so once, although transactions come to
// nothing here and there.
func TestParkedExactlyOnceWhenTransactionsFail(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq", "park")
	var seen, refused int
	c.fake.ControlKey(int16(kmsg.EndTxn), func(request kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		if seen++; seen%5 != 3 || refused > 5 {
			return nil, nil, false
		}
		refused++
		return refusing(request, kerr.InvalidProducerEpoch.Code), nil, true
	})
	s := &shop{fails: func(value string, failed int) bool { return strings.HasSuffix(value, "5") && failed < 2 }}
	n := parkNode(20*time.Millisecond, 1000)
	n.Delivery = contract.ExactlyOnce
	keys := []string{"a", "b", "c", "d", "e"}
	c.produce(rounds(100, keys...)...)
	r := c.start(n, serve(t, s.ServeHTTP))
	got := c.readCommitted("out", 500)
	if once := slices.Compact(slices.Clone(got)); len(once) != 500 || len(got) != 500 {
		t.Errorf("%d results of %d records", len(got), len(once))
	}
	eventually(t, "the park empty", func() bool { return len(c.live("park")) == 0 })
	r.stop()
	if refused == 0 {
		t.Error("no transaction came to nothing")
	}
}

// TestParkedResultTooLarge: where the broker will never take one result of many parked records, that one's record is given up
// on its route, and the others are there once.
func TestParkedResultTooLarge(t *testing.T) {
	for _, delivery := range []contract.Delivery{contract.AtLeastOnce, contract.ExactlyOnce} {
		for _, route := range []contract.RouteTo{contract.RouteDeadLetters, contract.RouteDrop} {
			t.Run(fmt.Sprintf("%s/%s", delivery, route), func(t *testing.T) { parkedResultTooLarge(t, delivery, route) })
		}
	}
}

func parkedResultTooLarge(t *testing.T, delivery contract.Delivery, route contract.RouteTo) {
	c := newCluster(t, 1, "in", "out", "dlq", "park")
	s := &shop{fails: func(_ string, failed int) bool { return failed == 0 }}
	n := parkNode(100*time.Millisecond, 10)
	n.Delivery = delivery
	n.OnFailure.Routes[contract.Permanent] = contract.Route{To: route}
	var keys []string
	for i := range 20 {
		keys = append(keys, fmt.Sprint("k", i))
	}
	c.produce(rounds(2, keys...)...)
	r := c.start(n, serve(t, func(w http.ResponseWriter, r *http.Request) {
		s.ServeHTTP(w, r)
		if r.Header.Get(contract.HeaderKey) == "k7" {
			_, _ = w.Write(make([]byte, 2_000_000)) // to the answer of a success; a failure's is ignored
		}
	})).ready()
	got := c.readCommitted("out", 38)
	if once := slices.Compact(slices.Clone(got)); len(once) != 38 || len(got) != 38 {
		t.Errorf("%d results of %d records", len(got), len(once))
	}
	eventually(t, "the park empty", func() bool { return c.committed(n.Group) == 40 && len(c.live("park")) == 0 })
	if route == contract.RouteDeadLetters {
		if letters := c.readCommitted("dlq", 2); letters[0] != "k7/000" || letters[1] != "k7/001" {
			t.Errorf("dead letters %q", letters)
		}
	}
	r.stop()
}

// TestParkedBeyondMemory: what does not stay in memory is read again when its turn comes.
func TestParkedBeyondMemory(t *testing.T) {
	const records, size = 30, 600 << 10
	c := newCluster(t, 1, "in", "out", "dlq", "park")
	s := &shop{fails: func(value string, failed int) bool { return strings.HasPrefix(value, "0 ") && failed < 4 }}
	n := parkNode(50*time.Millisecond, 100)
	for i := range records {
		c.produce(&kgo.Record{Topic: "in", Key: []byte("k"), Value: append(fmt.Append(nil, i, " "), make([]byte, size)...)})
	}
	if records*size < parkBytes*3/2 {
		t.Fatal("it all stays in memory")
	}
	r := c.start(n, serve(t, s.ServeHTTP))
	eventually(t, "all done", func() bool { return len(s.finished()) == records })
	for i, value := range s.finished() {
		if !strings.HasPrefix(value, fmt.Sprint(i, " ")) || len(value) != len(fmt.Sprint(i, " "))+size {
			t.Errorf("record %d is %.10q, %d bytes", i, value, len(value))
		}
	}
	r.stop()
}

// TestParkedWithoutPosition: with exactly-once, what is parked is ended in its transaction also while nothing is committed of
// the source and nothing comes from there, as after a topic was made anew.
func TestParkedWithoutPosition(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq", "park")
	source := record.Record{Topic: "in", Offset: 7, Timestamp: time.Now(), Key: []byte("k"), Value: []byte("v")}
	entry := record.Parked(&source, "park", record.Retry{Due: time.Now(), Round: 1, Failures: 1, Cause: "c", Entered: time.Now()})
	parked := &kgo.Record{Topic: "park", Key: entry.Key, Value: entry.Value}
	for _, h := range entry.Headers {
		parked.Headers = append(parked.Headers, kgo.RecordHeader{Key: string(h.Key), Value: h.Value})
	}
	c.produce(parked)
	s := &shop{fails: func(string, int) bool { return false }}
	n := parkNode(time.Second, 1)
	n.Delivery = contract.ExactlyOnce
	r := c.start(n, serve(t, s.ServeHTTP))
	if got := c.readCommitted("out", 1); !slices.Equal(got, []string{"v"}) {
		t.Errorf("results %v", got)
	}
	eventually(t, "the park empty", func() bool { return len(c.live("park")) == 0 })
	r.stop()
}
