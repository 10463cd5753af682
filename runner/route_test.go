package runner

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// route sets the route of a class.
func route(n *contract.Node, class contract.Class, to contract.Route) {
	n.OnFailure.Routes[class] = to
}

// TestClasses checks that the answer's header wins over the contract's classes, and those over the table.
func TestClasses(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	n := httpNode()
	n.OnFailure.HTTP = map[int]contract.Class{http.StatusConflict: contract.Transient, http.StatusTeapot: contract.Poison}
	c.start(n, serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var status int
		var class string
		if _, err := fmt.Sscan(string(body), &status, &class); err != nil {
			t.Error(err)
		}
		if class != "-" {
			w.Header().Set(contract.HeaderClass, class)
		}
		w.WriteHeader(status)
	}))
	tests := []struct{ value, class, attempts string }{
		{"400 -", "permanent", "1"},
		{"409 -", "transient", "3"},
		{"418 -", "poison", "1"},
		{"409 permanent", "permanent", "1"},
		{"500 poison", "poison", "1"},
		{"200 permanent", "permanent", "1"},
		{"200 nonsense", "permanent", "1"},
		{"500 nonsense", "transient", "3"},
	}
	for _, test := range tests {
		c.produce(&kgo.Record{Topic: "in", Key: []byte("k"), Value: []byte(test.value)})
	}
	for i, letter := range c.read("dlq", len(tests)) {
		test := tests[i]
		class, attempts := header(letter, contract.HeaderErrorClass), header(letter, contract.HeaderErrorAttempts)
		if string(letter.Value) != test.value || class != test.class || attempts != test.attempts {
			t.Errorf("%q: class %s after %s attempts, want %s after %s", letter.Value, class, attempts, test.class, test.attempts)
		}
	}
	if got := c.count("out"); got != 0 {
		t.Errorf("%d results", got)
	}
}

// TestExitClasses is the same for exit statuses.
func TestExitClasses(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	n := execNode("sh", "-c", "read status; exit $status")
	n.OnFailure.Exit = map[int]contract.Class{3: contract.Permanent, 65: contract.Transient}
	c.start(n)
	for _, status := range []string{"3\n", "65\n", "64\n", "4\n"} {
		c.produce(&kgo.Record{Topic: "in", Value: []byte(status)})
	}
	for i, want := range []string{"permanent 1", "transient 3", "permanent 1", "transient 3"} {
		letter := c.read("dlq", 4)[i]
		if got := header(letter, contract.HeaderErrorClass) + " " + header(letter, contract.HeaderErrorAttempts); got != want {
			t.Errorf("exit status %s: %s, want %s", letter.Value, got, want)
		}
	}
}

// TestRoutes sends a record on each route.
func TestRoutes(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "failed", "dlq")
	n := execNode("sh", "-c", `read v; case $v in
		good) echo done;; permanent) echo why >&2; exit 65;; *) exit 1;; esac`)
	n.Outputs = append(n.Outputs, contract.Output{Name: "failed", Topic: "failed", ContentType: "text/failed"})
	route(n, contract.Permanent, contract.Route{To: contract.RouteOutput, Output: "failed"})
	route(n, contract.Transient, contract.Route{To: contract.RouteDrop})
	r := c.start(n)
	when := time.UnixMilli(1700000000000)
	for _, value := range []string{"permanent\n", "transient\n", "good\n"} {
		c.produce(&kgo.Record{Topic: "in", Key: []byte("k"), Value: []byte(value), Timestamp: when, Headers: []kgo.RecordHeader{{Key: "mine", Value: []byte("1")}}})
	}
	if got := c.read("out", 1)[0]; string(got.Value) != "done\n" {
		t.Errorf("result %q", got.Value)
	}
	failed := c.read("failed", 1)[0]
	if string(failed.Value) != "permanent\n" || string(failed.Key) != "k" || !failed.Timestamp.Equal(when) {
		t.Errorf("routed %s %q of %v", failed.Key, failed.Value, failed.Timestamp)
	}
	for name, want := range map[string]string{
		"mine": "1", contract.HeaderErrorClass: "permanent", contract.HeaderErrorCause: "exit status 65: why", contract.HeaderErrorTopic: "in",
		contract.HeaderErrorOffset: "0", contract.HeaderErrorAttempts: "1", contract.HeaderNode: "resize", contract.HeaderContentType: "application/octet-stream",
	} {
		if got := header(failed, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	eventually(t, "committed", func() bool { return c.committed("photos.resize") == 3 })
	_, text := r.get(contract.PathMetrics)
	for _, want := range []string{
		`runner_dropped_total{class="transient",node="resize",pipeline="photos"} 1`,
		`runner_records_out_total{node="resize",output="failed",pipeline="photos",topic="failed"} 1`,
		`runner_dead_letters_total{node="resize",pipeline="photos"} 0`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

// TestRouteTooLarge checks that a record which its route does not take goes to the dead letters.
func TestRouteTooLarge(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "failed", "dlq")
	n := execNode("false")
	n.OnFailure.InPlace.Attempts = 1
	n.Outputs = append(n.Outputs, contract.Output{Name: "failed", Topic: "failed"})
	route(n, contract.Transient, contract.Route{To: contract.RouteOutput, Output: "failed"})
	limited := "1000"
	c.alter("failed", "max.message.bytes", &limited)
	c.produce(&kgo.Record{Topic: "in", Value: make([]byte, 2000)})
	c.start(n)
	letter := c.read("dlq", 1)[0]
	if cause := header(letter, contract.HeaderErrorCause); !strings.HasPrefix(cause, "exit status 1; topic failed rejects the record") {
		t.Errorf("cause %q", cause)
	}
}

// TestOutOfTime checks the life of records: one that came old is tried, but only once; one whose entry says that the
// pipeline saw it long ago, too; others live on.
func TestOutOfTime(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	n := httpNode()
	n.OnFailure.Within = contract.Duration(time.Hour)
	var calls atomic.Int64
	c.start(n, serve(t, func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) <= 2 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.Copy(w, r.Body)
	}))
	entered := func(age time.Duration) []kgo.RecordHeader {
		return []kgo.RecordHeader{{Key: contract.HeaderEntered, Value: []byte(time.Now().Add(-age).UTC().Format(time.RFC3339Nano))}}
	}
	young := entered(time.Minute)
	c.produce(
		&kgo.Record{Topic: "in", Key: []byte("k"), Value: []byte("old"), Headers: entered(2 * time.Hour)},
		&kgo.Record{Topic: "in", Key: []byte("k"), Value: []byte("young"), Headers: young, Timestamp: time.UnixMilli(1)},
		&kgo.Record{Topic: "in", Key: []byte("k"), Value: []byte("old, but well"), Headers: entered(2 * time.Hour)},
	)
	letter := c.read("dlq", 1)[0]
	if string(letter.Value) != "old" || header(letter, contract.HeaderErrorCause) != "out of time, 1h0m0s: HTTP status 503" || header(letter, contract.HeaderErrorClass) != "overload" {
		t.Errorf("%q given up for %q", letter.Value, header(letter, contract.HeaderErrorCause))
	}
	got := c.read("out", 2)
	if string(got[0].Value) != "young" || string(got[1].Value) != "old, but well" {
		t.Errorf("results %q, %q", got[0].Value, got[1].Value)
	}
	if header(got[0], contract.HeaderEntered) != string(young[0].Value) {
		t.Errorf("entered at %s, then %s", young[0].Value, header(got[0], contract.HeaderEntered))
	}
}

// TestEnteredAtFirstSight checks that a topic of others gives its records the time at which the first node saw them, and
// that dead letters tell the first and the last failure.
func TestEnteredAtFirstSight(t *testing.T) {
	before := time.Now().Truncate(time.Millisecond)
	c := newCluster(t, 1, "in", "out", "dlq")
	c.produce(&kgo.Record{Topic: "in", Key: []byte("k"), Value: []byte("v"), Timestamp: time.UnixMilli(1)})
	c.start(copyNode())
	moment := func(r *kgo.Record, name string) time.Time {
		at, err := time.Parse(time.RFC3339Nano, header(r, name))
		if err != nil {
			t.Error(err)
		}
		return at
	}
	if at := moment(c.read("out", 1)[0], contract.HeaderEntered); at.Before(before) || at.After(time.Now()) {
		t.Errorf("entered at %v", at)
	}
	n := execNode("false")
	n.Node, n.Group = "failing", "failing"
	c.start(n)
	letter := c.read("dlq", 1)[0]
	first, last := moment(letter, contract.HeaderErrorFirst), moment(letter, contract.HeaderErrorTimestamp)
	if first.Before(before) || last.Before(first) || last.After(time.Now()) {
		t.Errorf("failed from %v to %v", first, last)
	}
}

// TestBreaker checks that a server which takes no work is left alone: one record at a time tries it, none is given up,
// and afterwards as many as before are in it at once.
func TestBreaker(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	c.produce(numbered("in", 400, 400)...)
	n := httpNode()
	n.Ordering, n.Concurrency = contract.OrderKey, 8
	n.OnFailure.InPlace = contract.InPlace{Attempts: 1, Backoff: contract.Duration(50 * time.Millisecond), Max: contract.Duration(50 * time.Millisecond)}
	var closed atomic.Bool
	var refusals atomic.Int64
	closed.Store(true)
	r := c.start(n, serve(t, func(w http.ResponseWriter, r *http.Request) {
		if closed.Load() {
			refusals.Add(1)
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = io.Copy(w, r.Body)
	}))
	eventually(t, "the breaker opens", func() bool {
		_, text := r.get(contract.PathMetrics)
		return sum(text, "runner_breaker_open") == 1 && sum(text, "runner_concurrency_limit") <= 1
	})
	refused := refusals.Load()
	eventually(t, "probes", func() bool { return refusals.Load() >= refused+5 })
	if refused > 40 {
		t.Errorf("%d requests before the breaker opened", refused)
	}
	closed.Store(false)
	c.read("out", 400)
	eventually(t, "the limit is whole again", func() bool {
		_, text := r.get(contract.PathMetrics)
		return sum(text, "runner_breaker_open") == 0 && sum(text, "runner_concurrency_limit") == 8
	})
	if got := c.count("dlq"); got != 0 {
		t.Errorf("%d dead letters", got)
	}
}
