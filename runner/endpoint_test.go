package runner

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// post sends a body to the endpoint.
func (r *running) post(path, contentType, body string) *http.Response {
	r.tb.Helper()
	resp, err := http.Post(r.ingest+path, contentType, strings.NewReader(body))
	if err != nil {
		r.tb.Fatal(err)
	}
	r.tb.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestIngest(t *testing.T) {
	c := newCluster(t, 1, "out")
	r := c.start(ingestNode()).ready()
	resp := r.post("/upload", "text/plain", "hello")
	var answer struct{ ID string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != http.StatusAccepted {
		t.Fatal(resp.Status, err)
	}
	if answer.ID == "" || answer.ID != resp.Header.Get(contract.HeaderID) {
		t.Errorf("ids %q and %q", answer.ID, resp.Header.Get(contract.HeaderID))
	}
	// The answer came after the acknowledgement, so the record is there already.
	if n := c.count("out"); n != 1 {
		t.Fatalf("%d records", n)
	}
	got := c.read("out", 1)[0]
	if string(got.Value) != "hello" || header(got, contract.HeaderID) != answer.ID || header(got, contract.HeaderContentType) != "text/plain" {
		t.Errorf("record %q with id %s", got.Value, header(got, contract.HeaderID))
	}
	if header(got, contract.HeaderParents) != "" || header(got, contract.HeaderNode) != "resize" {
		t.Error("parents or node are wrong")
	}
}

// TestIngestTooLarge posts what the endpoint takes and the topic does not.
func TestIngestTooLarge(t *testing.T) {
	c := startCluster(t, kfake.SeedTopics(1, "out"), kfake.BrokerConfigs(map[string]string{"message.max.bytes": "20000"}))
	n := ingestNode()
	n.Ingest.MaxBytes = 1 << 20
	r := c.start(n).ready()
	resp := r.post("/upload", "text/plain", strings.Repeat("x", 30_000))
	var answer struct{ Error string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(answer.Error, "max.message.bytes") {
		t.Errorf("%s: %s", resp.Status, answer.Error)
	}
	if resp := r.post("/upload", "text/plain", "small"); resp.StatusCode != http.StatusAccepted || c.count("out") != 1 {
		t.Errorf("%s, %d records", resp.Status, c.count("out"))
	}
}

// TestLinger stops an endpoint: it is no longer ready, but takes requests until the linger, cut to a quarter of the drain,
// is over.
func TestLinger(t *testing.T) {
	c := newCluster(t, 1, "out")
	n := ingestNode()
	n.Drain = contract.Duration(8 * time.Second)
	env := contract.Environment{BootstrapServers: c.addr}
	r := start(t, n, env, func(d *Deps) { d.Linger = time.Hour }).ready()
	r.cancel()
	eventually(t, "not ready", func() bool { status, _ := r.get(contract.PathReady); return status == http.StatusServiceUnavailable })
	resp := r.post("/upload", "text/plain", "late")
	if resp.StatusCode != http.StatusAccepted || !resp.Close {
		t.Errorf("%s, connection closed: %v", resp.Status, resp.Close)
	}
	r.stop()
	if got := c.count("out"); got != 1 {
		t.Errorf("%d records", got)
	}
}

func TestLingerDefault(t *testing.T) {
	handedIn := listener(t)
	t.Cleanup(func() { _ = handedIn.Close() })
	for _, test := range []struct {
		deps        Deps
		drain, want time.Duration
	}{
		{Deps{}, time.Minute, 5 * time.Second},
		{Deps{}, 8 * time.Second, 2 * time.Second},
		{Deps{Linger: time.Second}, time.Minute, time.Second},
		{Deps{Ingest: handedIn}, time.Minute, 0},
		{Deps{Ingest: handedIn, Linger: time.Minute}, time.Minute, 15 * time.Second},
	} {
		if got := test.deps.filled(&contract.Node{Drain: contract.Duration(test.drain)}).Linger; got != test.want {
			t.Errorf("linger %v within a drain of %v, want %v", got, test.drain, test.want)
		}
	}
}

// TestIngestBrokerDown takes the broker away: the client is told to come back, and the runner stays alive.
func TestIngestBrokerDown(t *testing.T) {
	c := newCluster(t, 1, "out")
	n := ingestNode()
	n.Timeout = contract.Duration(200 * time.Millisecond)
	n.Drain = contract.Duration(time.Second)
	r := c.start(n).ready()
	if resp := r.post("/upload", "text/plain", "up"); resp.StatusCode != http.StatusAccepted {
		t.Fatal(resp.Status)
	}
	c.fake.Close()
	resp := r.post("/upload", "text/plain", "down")
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%s, Retry-After %q", resp.Status, resp.Header.Get("Retry-After"))
	}
	if status, _ := r.get(contract.PathLive); status != http.StatusOK {
		t.Errorf("liveness %d: it must not look at the broker", status)
	}
	r.stop()
}

// TestNoBroker starts a runner whose broker is not there: it waits, alive and not ready.
func TestNoBroker(t *testing.T) {
	for name, n := range map[string]*contract.Node{"endpoint": ingestNode(), "consumer": copyNode()} {
		t.Run(name, func(t *testing.T) {
			n.Drain = contract.Duration(time.Second)
			r := start(t, n, contract.Environment{BootstrapServers: "127.0.0.1:1"})
			eventually(t, "alive", func() bool { status, _ := r.get(contract.PathLive); return status == http.StatusOK })
			if status, body := r.get(contract.PathReady); status != http.StatusServiceUnavailable {
				t.Errorf("ready: %d %s", status, body)
			}
			r.stop()
		})
	}
}
