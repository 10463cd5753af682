// Package ingest owns the HTTP endpoint: a POST becomes a record, and is answered 202 only when the broker has it. It
// must not know Kafka's client; it writes through the Sink it is handed. Start at Handler.
//
// Delivery is at least once. A request that is answered 503 because the broker did not acknowledge in time may have
// been written all the same, and a client that tries again writes another record with another id.
package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

const (
	// inFlightBytes bounds the bodies held at once, from their first byte to the broker's acknowledgement.
	inFlightBytes = 64 << 20
	// retryAfter is what a 503 asks clients to wait, in seconds.
	retryAfter = 1
)

// Sink writes records; Connected says whether it can now.
type Sink interface {
	Write(ctx context.Context, r record.Record, ack record.Ack) error
	Connected() bool
}

// Config is what a Handler needs.
type Config struct {
	Node *contract.Node
	// Maker sets the headers of the records.
	Maker *record.Maker
	Sink  Sink
	// Answered counts answers by status, Taken the records that were written.
	Answered func(status int)
	Taken    func()
}

// Handler serves one endpoint. Make it with New.
type Handler struct {
	Config
	media media
	bytes *semaphore.Weighted
	// leaving says that connections are ended with their next answer, draining that requests are refused.
	leaving, draining atomic.Bool
}

// New makes the handler of a node with Ingest set.
func New(c Config) *Handler {
	return &Handler{Config: c, media: parseMedia(c.Node.Ingest.ContentType), bytes: semaphore.NewWeighted(inFlightBytes)}
}

// Leave ends each connection with its next answer from now on, so that clients which keep one come back by way of their
// load balancer; requests are taken as before.
func (h *Handler) Leave() { h.leaving.Store(true) }

// Drain answers 503 to every request from now on; those under way end as they would.
func (h *Handler) Drain() { h.draining.Store(true) }

// fault is an answer other than 202.
type fault struct {
	status int
	text   string
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, f := h.take(w, r)
	w.Header().Set("Content-Type", "application/json")
	body := map[string]string{"id": id}
	status := http.StatusAccepted
	if f != nil {
		status, body = f.status, map[string]string{"error": f.text}
	} else {
		w.Header().Set(contract.HeaderID, id)
	}
	switch status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	if h.leaving.Load() || h.draining.Load() {
		w.Header().Set("Connection", "close")
	}
	h.Answered(status)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that is gone does not hear it
}

// take makes a record of a request and waits until it is safe.
func (h *Handler) take(w http.ResponseWriter, r *http.Request) (id string, f *fault) {
	contentType, key, f := h.check(r)
	if f != nil {
		return "", f
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.Node.Timeout.D())
	defer cancel()
	size := h.reserve(r)
	if err := h.bytes.Acquire(ctx, size); err != nil {
		return "", &fault{http.StatusServiceUnavailable, "too many requests are under way"}
	}
	value, f := h.read(w, r)
	if f != nil {
		h.bytes.Release(size)
		return "", f
	}
	id = record.NewID()
	trace := record.NextSpan([]byte(r.Header.Get(contract.HeaderTraceParent)))
	out := h.Maker.Entering([]byte(id), trace[:], record.Made{
		Output: &h.Node.Outputs[0], Key: key, Value: value, ContentType: []byte(contentType), Attempt: 1,
		Entered: record.Moment(time.Now()),
	})
	return id, h.write(ctx, out, size)
}

// check looks at all that can be known before the body is read.
func (h *Handler) check(r *http.Request) (contentType string, key []byte, f *fault) {
	limit := h.Node.Ingest.MaxBytes
	switch {
	case r.URL.Path != h.Node.Ingest.Path:
		return "", nil, &fault{http.StatusNotFound, "this endpoint takes POST " + h.Node.Ingest.Path}
	case r.Method != http.MethodPost:
		return "", nil, &fault{http.StatusMethodNotAllowed, "this endpoint takes POST only"}
	case h.draining.Load():
		return "", nil, &fault{http.StatusServiceUnavailable, "the endpoint is shutting down"}
	case !h.Sink.Connected():
		return "", nil, &fault{http.StatusServiceUnavailable, "the broker is not reachable"}
	case r.ContentLength > limit:
		return "", nil, tooLarge(limit)
	}
	contentType, ok := h.media.accept(r.Header.Get("Content-Type"))
	if !ok {
		return "", nil, &fault{http.StatusUnsupportedMediaType, "this endpoint takes " + h.media.String()}
	}
	if keys, ok := r.Header[http.CanonicalHeaderKey(contract.HeaderKey)]; ok {
		var err error
		if key, err = record.UnescapeText(keys[0]); err != nil {
			return "", nil, &fault{http.StatusBadRequest,
				"the header " + contract.HeaderKey + " is not valid percent-encoding: write %25 for a percent sign"}
		}
	}
	return contentType, key, nil
}

// reserve is how many bytes of the budget a request takes: what it announces, else the most it may send.
func (h *Handler) reserve(r *http.Request) int64 {
	size := r.ContentLength
	if size < 0 {
		size = h.Node.Ingest.MaxBytes
	}
	return min(size, inFlightBytes)
}

func (h *Handler) read(w http.ResponseWriter, r *http.Request) ([]byte, *fault) {
	value, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.Node.Ingest.MaxBytes))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, tooLarge(large.Limit)
	case err != nil:
		return nil, &fault{http.StatusBadRequest, "the body ended early"}
	}
	return value, nil
}

func tooLarge(limit int64) *fault {
	return &fault{http.StatusRequestEntityTooLarge, "the body is larger than " + strconv.FormatInt(limit, 10) + " bytes"}
}

// write waits for the acknowledgement until ctx is done.
func (h *Handler) write(ctx context.Context, out record.Record, size int64) *fault {
	ack := &ack{handler: h, size: size, done: make(chan error, 1)}
	if err := h.Sink.Write(ctx, out, ack); err != nil {
		h.bytes.Release(size)
		return unavailable()
	}
	select {
	case err := <-ack.done:
		var rejected *record.RejectedError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &rejected):
			return rejection(rejected)
		default:
			return unavailable()
		}
	case <-ctx.Done():
		return unavailable()
	}
}

// rejection is the answer for a record that the broker will never take.
func rejection(r *record.RejectedError) *fault {
	if r.TooLarge {
		return &fault{http.StatusRequestEntityTooLarge, "the body is larger than the topic's max.message.bytes allows"}
	}
	return &fault{http.StatusUnprocessableEntity, "the topic does not take this record: a compacted topic wants a key, say"}
}

func unavailable() *fault {
	return &fault{http.StatusServiceUnavailable, "the broker did not acknowledge the record in time; it may be written all the same"}
}

// ack ends a request's part in the budget when the broker has spoken, whether or not the client still waits.
type ack struct {
	handler *Handler
	size    int64
	done    chan error
}

// Acked implements record.Ack.
func (a *ack) Acked(err error) {
	a.handler.bytes.Release(a.size)
	if err == nil {
		a.handler.Taken()
	}
	a.done <- err
}

// Server gives the HTTP server of an endpoint, with every timeout set: a client that sends nothing, or reads nothing,
// must not hold a connection for ever. Timeout is the node's.
func Server(h http.Handler, timeout time.Duration) *http.Server {
	const slack = 30 * time.Second
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       timeout + slack,
		WriteTimeout:      timeout + 2*slack,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}
