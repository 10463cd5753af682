package runner

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// serve gives the URL of a server whose answers a function gives.
func serve(t *testing.T, f http.HandlerFunc) func(*contract.Environment) {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return func(e *contract.Environment) { e.URL = s.URL }
}

func TestHTTP(t *testing.T) {
	c := newCluster(t, 1, "in", "small", "large", "dlq")
	n := httpNode()
	n.Outputs = []contract.Output{{Name: "small", Topic: "small"}, {Name: "large", Topic: "large", ContentType: "text/large"}}
	r := c.start(n, serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch string(body) {
		case "drop":
			w.WriteHeader(http.StatusNoContent)
		case "large":
			w.Header()["Content-Type"] = nil
			w.Header().Set(contract.HeaderOutput, "large")
			w.Header().Set(contract.HeaderKey, "other%00key")
			_, _ = w.Write([]byte("LARGE"))
		case "astray":
			w.Header().Set(contract.HeaderOutput, "nowhere")
		case "silent":
		default:
			w.Header().Set("Content-Type", "text/small")
			w.Header().Set(contract.HeaderOutput, "small")
			fmt.Fprintf(w, "%s %s %s", body, r.Header.Get(contract.HeaderKey), r.URL.Path)
		}
	}))
	for _, v := range []string{"drop", "large", "astray", "silent", "plain"} {
		c.produce(&kgo.Record{Topic: "in", Key: []byte("k"), Value: []byte(v)})
	}
	small, large := c.read("small", 1)[0], c.read("large", 1)[0]
	if string(small.Value) != "plain k /label" || string(small.Key) != "k" || header(small, contract.HeaderContentType) != "text/small" {
		t.Errorf("small: %q %q %q", small.Key, small.Value, header(small, contract.HeaderContentType))
	}
	if string(large.Value) != "LARGE" || string(large.Key) != "other\x00key" || header(large, contract.HeaderContentType) != "text/large" {
		t.Errorf("large: %q %q %q", large.Key, large.Value, header(large, contract.HeaderContentType))
	}
	letters := c.read("dlq", 2)
	for i, want := range []string{"an output that the node does not have: nowhere", "chooses none of the 2 outputs"} {
		if cause := header(letters[i], contract.HeaderErrorCause); !strings.Contains(cause, want) {
			t.Errorf("cause %q, want %q", cause, want)
		}
		if class := header(letters[i], contract.HeaderErrorClass); class != "permanent" {
			t.Errorf("class %q", class)
		}
	}
	r.stop()
	if got := c.committed("photos.resize"); got != 5 {
		t.Errorf("committed %d, want 5", got)
	}
}

// TestOverload checks that a server which takes no work costs no attempts, however long it lasts.
func TestOverload(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	c.produce(numbered("in", 3, 3)...)
	var calls atomic.Int64
	n := httpNode()
	n.OnFailure.InPlace.Attempts = 1
	c.start(n, serve(t, func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) <= 20 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.Copy(w, r.Body)
	}))
	for _, rec := range c.read("out", 3) {
		if attempt := header(rec, contract.HeaderAttempt); attempt != "1" {
			t.Errorf("attempt %s, want 1", attempt)
		}
	}
	if got := c.count("dlq"); got != 0 {
		t.Errorf("%d dead letters", got)
	}
}

// TestRetryKeepsPlace checks that a record which fails twice still comes before its successors.
func TestRetryKeepsPlace(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	c.produce(numbered("in", 50, 5)...)
	var failed atomic.Int64
	n := httpNode()
	n.Ordering, n.Concurrency = contract.OrderKey, 8
	c.start(n, serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if string(body) == "7" && failed.Add(1) < 3 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(body)
	}))
	got := c.read("out", 50)
	assertOrder(t, got)
	for _, rec := range got {
		want := "1"
		if string(rec.Value) == "7" {
			want = "3"
		}
		if attempt := header(rec, contract.HeaderAttempt); attempt != want {
			t.Errorf("record %s: attempt %s, want %s", rec.Value, attempt, want)
		}
	}
}

func TestWebhook(t *testing.T) {
	c := newCluster(t, 1, "in", "dlq")
	c.produce(numbered("in", 3, 3)...)
	n := copyNode()
	n.Outputs, n.Webhook = nil, &contract.Webhook{URL: "http://127.0.0.1:1/", Headers: map[string]string{"X-Team": "media"}}
	var got atomic.Int64
	r := c.start(n, serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/":
			t.Errorf("a redirect was followed to %s", r.URL)
		case r.Header.Get("X-Team") != "media":
			t.Error("no header of the node")
		}
		if body, _ := io.ReadAll(r.Body); string(body) == "1" {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
			return
		}
		got.Add(1)
	}))
	if letter := c.read("dlq", 1)[0]; header(letter, contract.HeaderErrorCause) != "HTTP status 302" {
		t.Errorf("cause %q", header(letter, contract.HeaderErrorCause))
	}
	eventually(t, "posts", func() bool { return got.Load() == 2 })
	r.stop()
	if n := c.committed("photos.resize"); n != 3 {
		t.Errorf("committed %d, want 3", n)
	}
}

// TestLarge carries a record far larger than a batch, among small ones, through a topic that takes it.
func TestLarge(t *testing.T) {
	c := startCluster(t, kfake.SeedTopics(1, "in", "out", "dlq"), kfake.BrokerConfigs(map[string]string{"message.max.bytes": "33554432"}))
	value := make([]byte, 20<<20)
	c.produce(append(numbered("in", 100, 10), &kgo.Record{Topic: "in", Key: []byte("key-1"), Value: value})...)
	c.start(copyNode())
	got := c.read("out", 101)
	if len(got[100].Value) != len(value) {
		t.Errorf("the last record has %d bytes", len(got[100].Value))
	}
}

// TestTooLarge checks that a result too large for its topic becomes a dead letter, while its neighbours are written.
func TestTooLarge(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	c.produce(numbered("in", 30, 30)...)
	n := execNode("sh", "-c", `read v; if [ "$v" = 13 ]; then head -c 2000000 /dev/zero; else printf "$v"; fi`)
	c.start(n)
	letter := c.read("dlq", 1)[0]
	if string(letter.Value) != "13" || header(letter, contract.HeaderErrorClass) != "permanent" {
		t.Errorf("dead letter %q of class %s", letter.Value, header(letter, contract.HeaderErrorClass))
	}
	eventually(t, "the others", func() bool { return c.count("out") == 29 })
}

// TestNoLeak checks that nothing of a Run is left behind.
func TestNoLeak(t *testing.T) {
	for _, delivery := range []contract.Delivery{contract.AtLeastOnce, contract.ExactlyOnce} {
		t.Run(string(delivery), func(t *testing.T) { noLeak(t, delivery) })
	}
}

func noLeak(t *testing.T, delivery contract.Delivery) {
	c := newCluster(t, 3, "in", "out", "dlq")
	c.produce(numbered("in", 100, 10)...)
	n := copyNode()
	n.Delivery = delivery
	once := func() {
		c.produce(numbered("in", 100, 10)...) // work in each life
		r := c.start(n).ready()
		total := c.count("in")
		eventually(t, "committed", func() bool { return c.committed(n.Group) == total })
		r.stop()
	}
	once()
	http.DefaultClient.CloseIdleConnections()
	before := runtime.NumGoroutine()
	for range 3 {
		once()
	}
	eventually(t, "goroutines end", func() bool {
		http.DefaultClient.CloseIdleConnections()
		return runtime.NumGoroutine() <= before+2 // the cluster's own come and go
	})
}
