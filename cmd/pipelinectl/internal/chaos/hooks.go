package chaos

import (
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// answerAfter is how long a hook waits for its answer: long enough for a fault to strike meanwhile.
const answerAfter = 5 * time.Millisecond

// hooks stand in for the servers that hooks post to, and keep what arrives.
type hooks struct {
	server *http.Server
	base   url.URL
	ended  chan struct{}

	mu        sync.Mutex
	delivered map[string][]string
	// listening are told of deliveries, by label.
	listening map[string]func(id string)
}

// startHooks listens on loopback.
func startHooks() (*hooks, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h := &hooks{base: url.URL{Scheme: "http", Host: listener.Addr().String()}, ended: make(chan struct{}), delivered: map[string][]string{}, listening: map[string]func(string){}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{label...}", h.take)
	h.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(h.ended)
		_ = h.server.Serve(listener) // ends with ErrServerClosed
	}()
	return h, nil
}

// take keeps a delivery once all of it is there.
func (h *hooks) take(w http.ResponseWriter, req *http.Request) {
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return // the sender is dead
	}
	label := req.PathValue("label")
	h.mu.Lock()
	id := req.Header.Get(contract.HeaderID)
	h.delivered[label] = append(h.delivered[label], id)
	tell := h.listening[label]
	h.mu.Unlock()
	if tell != nil {
		tell(id)
	}
	_ = pause(req.Context(), answerAfter) // a sender that is dead hears nothing either way
	w.WriteHeader(http.StatusNoContent)
}

func (h *hooks) url(label string) string { return h.base.JoinPath(label).String() }

// listen has a function told of each delivery of a hook, nil for none.
func (h *hooks) listen(label string, tell func(id string)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listening[label] = tell
}

// count is how many deliveries a hook has made.
func (h *hooks) count(label string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.delivered[label])
}

// all gives the ids of what was delivered, by label.
func (h *hooks) all() map[string][]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := maps.Clone(h.delivered)
	for label, ids := range out {
		out[label] = slices.Clone(ids)
	}
	return out
}

func (h *hooks) close() {
	_ = h.server.Close() // nothing is under way
	<-h.ended
}
