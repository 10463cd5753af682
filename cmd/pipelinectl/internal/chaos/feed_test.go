package chaos

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/local"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// TestFeed: what is refused for the moment is sent again, and the records of a key one after the other.
func TestFeed(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := requests.Add(1)
		if n%3 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set(contract.HeaderID, strconv.FormatInt(n, 10))
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	f := &feeder{entrances: []entrance{{topic: "t", url: server.URL, contentType: "text/plain"}}}
	for range 2 {
		if err := f.feed(t.Context(), 20); err != nil {
			t.Fatal(err)
		}
	}
	got := f.all()
	ids := map[string]bool{}
	perKey := map[string]int{}
	for _, e := range got {
		ids[e.ID] = true
		perKey[e.Key]++
	}
	if len(got) != 40 || len(ids) != 40 || len(perKey) != keys {
		t.Errorf("%d entered with %d ids and %d keys, want 40, 40 and %d", len(got), len(ids), len(perKey), keys)
	}
	if n := requests.Load(); n < 59 {
		t.Errorf("%d requests were made for 40 records of which a third was refused", n)
	}
}

// TestFeedRefused: an endpoint that will never take the records ends the run.
func TestFeedRefused(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
	}))
	defer server.Close()
	f := &feeder{entrances: []entrance{{topic: "t", url: server.URL, contentType: "text/plain"}}}
	if err := f.feed(t.Context(), 20); err == nil || !strings.Contains(err.Error(), "413") {
		t.Errorf("got %v, want an error that tells the status", err)
	}
}

// TestHooks keeps deliveries in the order of arrival, each hook's apart.
func TestHooks(t *testing.T) {
	t.Parallel()
	h, err := startHooks()
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	for _, to := range []string{"a/x", "b", "a/x"} {
		req, err := http.NewRequest(http.MethodPost, h.url(to), strings.NewReader("body"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(contract.HeaderID, fmt.Sprint(to, h.count(to)))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusNoContent {
			t.Errorf("a hook is answered %s", resp.Status)
		}
	}
	got := h.all()
	if !slices.Equal(got["a/x"], []string{"a/x0", "a/x1"}) || !slices.Equal(got["b"], []string{"b0"}) {
		t.Errorf("delivered: %v", got)
	}
}

// TestEntrances: endpoints, and topics that no node writes; each topic once.
func TestEntrances(t *testing.T) {
	t.Parallel()
	reader := hook()
	p := &local.Plan{Nodes: []local.Node{
		{Label: "upload", Runner: &contract.Node{Ingest: &contract.Ingest{ContentType: "application/json"}, Outputs: []contract.Output{{Topic: "t.up"}}}},
		{Label: "work", Runner: work()}, {Label: "hook", Runner: reader}, {Label: "other", Runner: work()},
	}}
	got := entrances(p, func(label string) string { return "http://" + label })
	want := []entrance{{"t.up", "http://upload", "application/json"}, {topic: "t.in", contentType: "text/plain"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestVictims: which nodes a fault can strike, on which Kafka.
func TestVictims(t *testing.T) {
	t.Parallel()
	algo := work()
	algo.Exec = &contract.Exec{}
	nodes := []local.Node{{Label: "work", Runner: work()}, {Label: "hook", Runner: hook()}, {Label: "algo", Runner: algo}}
	exactly := work()
	exactly.Delivery = contract.ExactlyOnce
	embedded, real := local.Abilities{Kill: true}, local.Abilities{Kill: true, KeepsTransactions: true, Move: true}
	for _, c := range []struct {
		kind  Kind
		more  []local.Node
		can   local.Abilities
		wants int
	}{
		{KillRunner, nil, embedded, 3}, {TerminateRunner, nil, embedded, 3}, {Members, nil, embedded, 3},
		{RefuseWrites, nil, embedded, 2}, // only what writes can be kept from it
		{Roll, nil, embedded, 2},         // the hook reads a single partition
		{KillBroker, nil, embedded, 3},
		{KillBroker, []local.Node{{Label: "exactly", Runner: exactly}}, embedded, 0},
		{KillBroker, []local.Node{{Label: "exactly", Runner: exactly}}, real, 4},
		{KillBroker, nil, local.Abilities{}, 0},
		{MoveLeaders, nil, embedded, 0}, {MoveLeaders, nil, real, 3},
	} {
		s := setting{nodes: slices.Concat(nodes, c.more), can: c.can, partitions: map[string]int32{"t.in": 3, "t.out": 1}}
		if got := len(s.victims(c.kind)); got != c.wants {
			t.Errorf("%s has %d victims beside %d others where %+v, want %d", c.kind, got, len(c.more), c.can, c.wants)
		}
	}
	if runtime.GOOS == "linux" {
		s := setting{nodes: nodes}
		if got := s.victims(KillAlgo); len(got) != 1 || got[0].Label != "algo" {
			t.Errorf("the algo's processes are killed at %v, want only at algo", got)
		}
	}
}

// TestWatch: what counts is the time with something to read and nothing finished, up to the end.
func TestWatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		// more is read after a second; then, each a second later, something is finished or not.
		finished []string
		want     time.Duration
	}{
		{"always something", []string{"a", "b", "c"}, 2 * time.Second}, // the last is that to the end
		{"nothing for long", []string{"a", "", "", "b"}, 3 * time.Second},
		{"nothing to the end", []string{"a", "", ""}, 4 * time.Second},
		{"the same twice", []string{"a", "a", "a", "a"}, 2 * time.Second},
		{"nothing left", []string{"a", "b", "c", "d", "", "", ""}, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWatch()
				for _, id := range []string{"a", "b", "c", "d"} {
					w.begin(id)
				}
				got, err := w.measure(func() error {
					for _, id := range c.finished {
						time.Sleep(time.Second)
						if id != "" {
							w.finish(id)
						}
						w.left()
					}
					time.Sleep(2 * time.Second)
					w.left()
					return nil
				})
				if err != nil || got != c.want {
					t.Errorf("the longest time is %v (%v), want %v", got, err, c.want)
				}
			})
		})
	}
}
