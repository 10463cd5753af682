package runner

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

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
