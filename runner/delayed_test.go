package runner

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// delayingNode posts its records, twice in each delivery, of which there are three: two follow after a while each.
func delayingNode(after time.Duration) *contract.Node {
	n := httpNode()
	n.Ordering, n.Retries = contract.OrderNone, []string{"retry"}
	n.OnFailure.InPlace.Attempts = 2
	n.OnFailure.Delayed = []contract.Delay{{After: contract.Duration(after), Times: 2}}
	return n
}

// flaky answers requests of a value with 500 so many times; it remembers the headers of each request.
type flaky struct {
	fail map[string]int

	mu   sync.Mutex
	seen map[string][]http.Header
}

func (f *flaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen == nil {
		f.seen = map[string][]http.Header{}
	}
	f.seen[string(body)] = append(f.seen[string(body)], r.Header.Clone())
	if len(f.seen[string(body)]) <= f.fail[string(body)] {
		http.Error(w, "no luck", http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(body)
}

func (f *flaky) requests(value string) []http.Header {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.seen[value])
}

// TestDelayed: a record that fails is put off, twice here, and each time has its attempts anew; then it is done, or given
// up with all that it went through. Its neighbours do not wait for it, and nobody can tell that it came from a tier.
func TestDelayed(t *testing.T) {
	for _, delivery := range []contract.Delivery{contract.AtLeastOnce, contract.ExactlyOnce} {
		t.Run(string(delivery), func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, 1, "in", "out", "dlq", "retry")
			n := delayingNode(300 * time.Millisecond)
			n.Delivery = delivery
			f := &flaky{fail: map[string]int{"flaky": 4, "lost": 99}}
			when := time.UnixMilli(1700000000000)
			for _, value := range []string{"flaky", "lost", "fine"} {
				c.produce(&kgo.Record{Topic: "in", Key: []byte("k"), Value: []byte(value), Timestamp: when, Headers: []kgo.RecordHeader{
					{Key: "mine", Value: []byte("1")}, {Key: contract.HeaderRetryRound, Value: []byte("of the record's own")},
				}})
			}
			r := c.start(n, serve(t, f.ServeHTTP))
			c.checkResults(f)
			c.checkLetter(c.read("dlq", 1)[0])
			eventually(t, "all committed", func() bool { return c.unfinished(n, "in", "retry") == 0 })
			_, text := r.get(contract.PathMetrics)
			for _, want := range []string{
				`runner_records_delayed_total{node="resize",pipeline="photos",tier="1"} 4`,
				`runner_records_in_total{input="photo",node="resize",pipeline="photos",topic="in"} 3`,
				`runner_waiting_records{node="resize",pipeline="photos"} 0`,
			} {
				if !strings.Contains(text, want) {
					t.Errorf("%s is missing", want)
				}
			}
			r.stop()
		})
	}
}

func (c *cluster) checkResults(f *flaky) {
	c.tb.Helper()
	results := map[string]*kgo.Record{}
	for i, r := range c.read("out", 2) {
		results[string(r.Value)] = r
		if i == 0 && string(r.Value) != "fine" {
			c.tb.Errorf("the neighbour waited: %s came first", r.Value)
		}
	}
	if got := header(results["flaky"], contract.HeaderAttempt); got != "5" {
		c.tb.Errorf("it succeeded at attempt %s, want 5", got)
	}
	requests := f.requests("flaky")
	for i, h := range requests {
		if h.Get(contract.HeaderID) != requests[0].Get(contract.HeaderID) || h.Get(contract.HeaderInput) != "photo" || h.Get(contract.HeaderRetryDue) != "" {
			c.tb.Errorf("request %d shows where the record was: %v", i+1, h)
		}
	}
}

// checkLetter checks that of a record which is lost in six attempts of three deliveries.
func (c *cluster) checkLetter(letter *kgo.Record) {
	c.tb.Helper()
	for name, want := range map[string]string{
		contract.HeaderErrorAttempts: "6", contract.HeaderErrorClass: "transient", contract.HeaderErrorTopic: "in", contract.HeaderErrorOffset: "1",
		contract.HeaderErrorPartition: "0", "mine": "1", contract.HeaderRetryRound: "of the record's own", contract.HeaderRetryDue: "",
	} {
		if got := header(letter, name); got != want {
			c.tb.Errorf("dead letter: %s is %q, want %q", name, got, want)
		}
	}
	first, err1 := time.Parse(time.RFC3339Nano, header(letter, contract.HeaderErrorFirst))
	last, err2 := time.Parse(time.RFC3339Nano, header(letter, contract.HeaderErrorTimestamp))
	if err1 != nil || err2 != nil || last.Sub(first) < 600*time.Millisecond {
		c.tb.Errorf("it failed first at %v and last at %v", first, last)
	}
	if string(letter.Key) != "k" || string(letter.Value) != "lost" || !letter.Timestamp.Equal(time.UnixMilli(1700000000000)) {
		c.tb.Errorf("dead letter %s %s of %v", letter.Key, letter.Value, letter.Timestamp)
	}
}

// TestDelayedOutlivesRunners: what waits when a runner is gone, and with it what it had to commit, is delivered by the next
// one, at its time and not before.
func TestDelayedOutlivesRunners(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq", "retry")
	n := delayingNode(2 * time.Second)
	f := &flaky{fail: map[string]int{"flaky": 2}}
	url := serve(t, f.ServeHTTP)
	c.produce(&kgo.Record{Topic: "in", Value: []byte("flaky")})
	r := c.start(n, url)
	eventually(t, "put off", func() bool {
		_, text := r.get(contract.PathMetrics)
		return sum(text, contract.MetricWaiting) == 1 && c.unfinished(n, "in") == 0
	})
	c.fake.ControlKey(int16(kmsg.OffsetCommit), func(request kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		return refusing(request, kerr.UnknownMemberID.Code), nil, !strings.Contains(r.log.String(), "drained")
	})
	r.stop()
	due, err := time.Parse(time.RFC3339Nano, header(c.read("retry", 1)[0], contract.HeaderRetryDue))
	if err != nil {
		t.Fatal(err)
	}
	next := c.start(n, url)
	done := c.read("out", 1)[0]
	if got := header(done, contract.HeaderAttempt); got != "3" || time.Now().Before(due) || len(f.requests("flaky")) != 3 {
		t.Errorf("done at attempt %s after %d requests, %v before it was due", got, len(f.requests("flaky")), time.Until(due))
	}
	eventually(t, "all committed", func() bool { return c.unfinished(n, "in", "retry") == 0 })
	next.stop()
}

// TestDelayedIsInTheTransaction: a transaction that comes to nothing leaves no entry behind, so that no result is there
// twice.
func TestDelayedIsInTheTransaction(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq", "retry")
	n := delayingNode(50 * time.Millisecond)
	n.Delivery = contract.ExactlyOnce
	f := &flaky{fail: map[string]int{"flaky": 4}}
	var failed sync.Once
	c.fake.ControlKey(int16(kmsg.EndTxn), func(request kmsg.Request) (_ kmsg.Response, _ error, refused bool) {
		c.fake.KeepControl()
		failed.Do(func() { refused = true })
		return refusing(request, kerr.InvalidProducerEpoch.Code), nil, refused
	})
	c.produce(&kgo.Record{Topic: "in", Value: []byte("flaky")})
	r := c.start(n, serve(t, f.ServeHTTP))
	c.readCommitted("out", 1)
	eventually(t, "all committed", func() bool { return c.unfinished(n, "in", "retry") == 0 })
	r.stop()
	if entries := c.readCommitted("retry", 1); len(entries) != 1 || !strings.Contains(r.log.String(), "transaction aborted") {
		t.Errorf("%d committed entries: the first one's transaction was aborted, and so are its attempts", len(entries))
	}
	if results := c.readCommitted("out", 1); len(results) != 1 {
		t.Errorf("%d results", len(results))
	}
}

// TestDelayedRejected: a record that its tier does not take goes on its route, with the failure that it had.
func TestDelayedRejected(t *testing.T) {
	for _, delivery := range []contract.Delivery{contract.AtLeastOnce, contract.ExactlyOnce} {
		t.Run(string(delivery), func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, 1, "in", "out", "dlq", "retry")
			n := delayingNode(time.Millisecond)
			n.Delivery = delivery
			limited := "1000"
			c.alter("retry", "max.message.bytes", &limited)
			value := strings.Repeat("x", 2000)
			c.produce(&kgo.Record{Topic: "in", Value: []byte(value)})
			c.start(n, serve(t, (&flaky{fail: map[string]int{value: 99}}).ServeHTTP))
			letter := c.read("dlq", 1)[0]
			if cause := header(letter, contract.HeaderErrorCause); !strings.HasPrefix(cause, "not put off, topic retry rejects the record") || !strings.HasSuffix(cause, "no luck") {
				t.Errorf("cause %q", cause)
			}
			if class, attempts := header(letter, contract.HeaderErrorClass), header(letter, contract.HeaderErrorAttempts); class != "transient" || attempts != "2" {
				t.Errorf("class %s after %s attempts", class, attempts)
			}
		})
	}
}

// TestStrays: what others have put among those that wait is kept, and so is what came from a topic that is read no more.
func TestStrays(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq", "retry", "in2")
	n := delayingNode(time.Millisecond)
	c.produce(&kgo.Record{Topic: "in2", Value: []byte("left behind")}, &kgo.Record{Topic: "retry", Value: []byte("strange")})
	was := delayingNode(time.Millisecond)
	was.Inputs[0].Topic = "in2"
	f := &flaky{fail: map[string]int{"left behind": 2}}
	was.OnFailure.Delayed[0].After = contract.Duration(time.Hour)
	url := serve(t, f.ServeHTTP)
	before := c.start(was, url)
	eventually(t, "put off", func() bool { return c.count("retry") == 2 })
	before.stop()
	c.start(n, url)
	want := map[string][2]string{
		"strange":     {"retry", "it stands among delayed retries, but nothing put it off"},
		"left behind": {"in2", "it was put off, but the node no longer reads in2"},
	}
	for _, letter := range c.read("dlq", 2) {
		topic, cause := header(letter, contract.HeaderErrorTopic), header(letter, contract.HeaderErrorCause)
		if w := want[string(letter.Value)]; topic != w[0] || !strings.HasPrefix(cause, w[1]) {
			t.Errorf("%s: of topic %s, cause %q", letter.Value, topic, cause)
		}
	}
}

// unfinished is how many records of topics, each with one partition, a node has not committed. The end of a transaction at
// the end of a log is none.
func (c *cluster) unfinished(n *contract.Node, topics ...string) int64 {
	c.tb.Helper()
	offsets := c.offsets(n.Group)
	left := int64(0)
	for _, topic := range topics {
		at, _ := offsets.Lookup(topic, 0)
		if l := c.count(topic) - max(0, at.At); n.Delivery != contract.ExactlyOnce || l > 1 || topic == n.Inputs[0].Topic {
			left += l
		}
	}
	return left
}
