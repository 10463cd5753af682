package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/ingest"
	"github.com/pipelinectl/pipelinectl/runner/kafka"
	"github.com/pipelinectl/pipelinectl/runner/metrics"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// readyTimeout bounds how long the algo may take to say that it is ready; probes wait a second by default.
const readyTimeout = 900 * time.Millisecond

// readier is a Caller that knows whether the user's code can take work.
type readier interface {
	Ready(ctx context.Context) error
}

// admin serves metrics and health.
type admin struct {
	server   *http.Server
	stuck    func(now time.Time) bool
	joined   func() bool
	algo     readier
	draining atomic.Bool
}

func notStuck(time.Time) bool { return false }

func newAdmin(set *metrics.Set, stuck func(time.Time) bool, joined func() bool, algo readier) *admin {
	a := &admin{stuck: stuck, joined: joined, algo: algo}
	mux := http.NewServeMux()
	mux.Handle("GET "+contract.PathMetrics, set.Handler())
	mux.HandleFunc("GET "+contract.PathLive, a.live)
	mux.HandleFunc("GET "+contract.PathReady, a.ready)
	a.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second}
	return a
}

// live answers 200 unless the runner itself is at a standstill: restarting it mends neither a broker nor an algo.
func (a *admin) live(w http.ResponseWriter, _ *http.Request) {
	var err error
	if a.stuck(time.Now()) {
		err = errors.New("an attempt outlived its timeout")
	}
	answer(w, err)
}

// ready answers 200 when records flow: the group is joined (or the broker reached) and the algo takes work.
func (a *admin) ready(w http.ResponseWriter, r *http.Request) {
	answer(w, a.readiness(r.Context()))
}

func (a *admin) readiness(ctx context.Context) error {
	switch {
	case a.draining.Load():
		return errors.New("shutting down")
	case !a.joined():
		return errors.New("not connected to the broker")
	case a.algo == nil:
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	if err := a.algo.Ready(ctx); err != nil {
		return fmt.Errorf("the algo is not ready: %w", err)
	}
	return nil
}

func answer(w http.ResponseWriter, err error) {
	body := map[string]string{"status": "ok"}
	status := http.StatusOK
	if err != nil {
		status, body = http.StatusServiceUnavailable, map[string]string{"status": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a probe that is gone does not hear it
}

// close ends the server at once: nobody waits for a scrape.
func (a *admin) close() { _ = a.server.Close() }

// endpoint is the ingest server of a node.
type endpoint struct {
	handler  *ingest.Handler
	server   *http.Server
	listener net.Listener
	linger   time.Duration
}

func newEndpoint(n *contract.Node, maker *record.Maker, sink *kafka.Sink, set *metrics.Set) *endpoint {
	h := ingest.New(ingest.Config{
		Node: n, Maker: maker, Sink: sink, Answered: set.Answered,
		Taken: func() { set.In(n.Ingest.Path).Inc(); set.Out(n.Outputs[0].Name).Inc() },
	})
	return &endpoint{handler: h, server: ingest.Server(h, n.Timeout.D())}
}

// serve takes requests until ctx is done and for the linger beyond, in which the runner is no longer ready and whoever
// looks stops sending; then new ones are refused and those under way are awaited until force.
func (e *endpoint) serve(ctx, force context.Context) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = e.server.Serve(e.listener) // ends with ErrServerClosed
	}()
	<-ctx.Done()
	e.handler.Leave()
	select {
	case <-time.After(e.linger):
	case <-force.Done():
	}
	e.handler.Drain()
	if err := e.server.Shutdown(force); err != nil {
		_ = e.server.Close()
	}
	<-ended
}

// listen opens what was not handed in and starts the admin server.
func (r *runner) listen(deps Deps) (err error) {
	if deps.Admin == nil {
		if deps.Admin, err = net.Listen("tcp", ":"+strconv.Itoa(contract.AdminPort)); err != nil {
			return fmt.Errorf("runner: admin: %w", err)
		}
	}
	if r.endpoint != nil {
		if deps.Ingest == nil {
			if deps.Ingest, err = net.Listen("tcp", ":"+strconv.Itoa(contract.IngestPort)); err != nil {
				_ = deps.Admin.Close()
				return fmt.Errorf("runner: ingest: %w", err)
			}
		}
		r.endpoint.listener = deps.Ingest
	}
	go func() { _ = r.admin.server.Serve(deps.Admin) }() // ends with ErrServerClosed
	return nil
}
