package call

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// maxDrain bounds what is read of a response that is not a result, so that its connection can be used again.
const maxDrain = 64 << 10

// HTTP posts records to a server. Make it with NewHTTP or NewWebhook.
type HTTP struct {
	url       *url.URL
	transport *http.Transport
	// constant are the headers that are the same on each request.
	constant http.Header
	// beside says that the server runs beside the runner, whose results count; a webhook's answer is only yes or no.
	beside bool
	// ready is what Ready asks; nil: a connection says enough.
	ready *url.URL
	// classes are those of statuses that the contract has.
	classes map[int]record.Class
}

// NewHTTP makes the caller of a node's server on the loopback address, or at base (scheme, host and port) when that is
// set.
func NewHTTP(n *contract.Node, base string, concurrency int) (*HTTP, error) {
	if base == "" {
		base = "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(int(n.HTTP.Port)))
	}
	origin, err := url.Parse(base)
	if err != nil || origin.Host == "" {
		return nil, fmt.Errorf("call: %q is not the address of a server", base)
	}
	h := newHTTP(n, concurrency)
	h.beside = true
	if h.url, err = origin.Parse(n.HTTP.Path); err != nil {
		return nil, fmt.Errorf("call: path: %w", err)
	}
	if n.HTTP.Ready != "" {
		if h.ready, err = origin.Parse(n.HTTP.Ready); err != nil {
			return nil, fmt.Errorf("call: ready: %w", err)
		}
	}
	return h, nil
}

// NewWebhook makes the caller of a node's webhook, or of address when that is set.
func NewWebhook(n *contract.Node, address string, concurrency int) (*HTTP, error) {
	if address == "" {
		address = n.Webhook.URL
	}
	target, err := url.Parse(address)
	if err != nil || target.Host == "" {
		return nil, errors.New("call: the webhook's url has no host")
	}
	h := newHTTP(n, concurrency)
	h.url = target
	for name, value := range n.Webhook.Headers {
		h.constant.Set(name, value)
	}
	return h, nil
}

func newHTTP(n *contract.Node, concurrency int) *HTTP {
	var classes map[int]record.Class
	if n.OnFailure != nil {
		classes = n.OnFailure.HTTP
	}
	return &HTTP{
		classes: classes,
		transport: &http.Transport{
			DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			// As many connections are kept as there are records at once: a new one costs more than most requests.
			MaxIdleConns:        concurrency,
			MaxIdleConnsPerHost: concurrency,
			IdleConnTimeout:     90 * time.Second,
			TLSHandshakeTimeout: 10 * time.Second,
			DisableCompression:  true,
			ForceAttemptHTTP2:   true,
		},
		constant: http.Header{
			"User-Agent": {"pipelinectl-runner"},
			http.CanonicalHeaderKey(contract.HeaderPipeline): {record.EscapeText([]byte(n.Pipeline))},
			http.CanonicalHeaderKey(contract.HeaderNode):     {record.EscapeText([]byte(n.Node))},
		},
	}
}

// Call implements one attempt. The transport is used without http.Client, so that no redirect is ever followed: a
// server could otherwise send the runner anywhere.
func (h *HTTP) Call(ctx context.Context, req *Request) (Result, error) {
	value := req.Record.Value
	r := (&http.Request{
		Method: http.MethodPost, URL: h.url, Host: h.url.Host, Header: h.headers(req), ContentLength: int64(len(value)),
		Body: io.NopCloser(bytes.NewReader(value)),
		// With it the transport sends anew what met a connection that the server had just closed.
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(value)), nil },
	}).WithContext(ctx)
	resp, err := h.transport.RoundTrip(r)
	if err != nil {
		return Result{}, classifyTransport(err, h.beside)
	}
	defer resp.Body.Close()
	if f := classifyStatus(resp, time.Now(), h.classes); f != nil {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, maxDrain))
		f.Detail = record.Excerpt(said, maxDetail)
		return Result{}, f
	}
	if !h.beside || resp.StatusCode == http.StatusNoContent {
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxDrain))
		return Result{None: true}, nil
	}
	return h.result(req, resp)
}

func (h *HTTP) result(req *Request, resp *http.Response) (Result, error) {
	value, err := readAll(resp.Body)
	if err != nil {
		return Result{}, classifyTransport(err, h.beside)
	}
	res := Result{
		Key: req.Record.Key, Value: value,
		Output: resp.Header.Get(contract.HeaderOutput), ContentType: resp.Header.Get("Content-Type"),
	}
	if keys, ok := resp.Header[nameKey]; ok {
		if res.Key, err = record.UnescapeText(keys[0]); err != nil {
			return Result{}, failure(record.Permanent, "the response's %s header is not valid percent-encoding", contract.HeaderKey)
		}
		if len(res.Key) == 0 {
			res.Key = nil // an empty header takes the key away
		}
	}
	return res, nil
}

// Names of headers as Go's maps have them, so that a record does not pay for finding them.
var (
	nameTrace   = http.CanonicalHeaderKey(contract.HeaderTraceParent)
	nameID      = http.CanonicalHeaderKey(contract.HeaderID)
	nameInput   = http.CanonicalHeaderKey(contract.HeaderInput)
	nameAttempt = http.CanonicalHeaderKey(contract.HeaderAttempt)
	nameKey     = http.CanonicalHeaderKey(contract.HeaderKey)
	nameClass   = http.CanonicalHeaderKey(contract.HeaderClass)

	nameErrorClass = http.CanonicalHeaderKey(contract.HeaderErrorClass)
	nameErrorCause = http.CanonicalHeaderKey(contract.HeaderErrorCause)
)

// headers gives those of a request. Whatever comes from a record is fit for a header: ids, media types and trace
// contexts are checked when they are read, and the key is escaped.
func (h *HTTP) headers(req *Request) http.Header {
	out := make(http.Header, len(h.constant)+6)
	maps.Copy(out, h.constant)
	values := [...]string{req.ContentType, req.Trace, req.ID, record.EscapeText([]byte(req.Input)), strconv.Itoa(req.Attempt), ""}
	for i, name := range [...]string{"Content-Type", nameTrace, nameID, nameInput, nameAttempt} {
		out[name] = values[i : i+1 : i+1]
	}
	if req.Record.Key != nil {
		values[5] = record.EscapeText(req.Record.Key)
		out[nameKey] = values[5:6:6]
	}
	if class, ok := req.Record.Header(contract.HeaderErrorClass); ok {
		out[nameErrorClass] = []string{record.EscapeText(class)}
	}
	if cause, ok := req.Record.Header(contract.HeaderErrorCause); ok {
		out[nameErrorCause] = []string{record.EscapeText(cause)}
	}
	return out
}

// Ready says whether the server beside the runner takes work; a webhook's server is nobody's condition.
func (h *HTTP) Ready(ctx context.Context) error {
	if !h.beside {
		return nil
	}
	if h.ready == nil {
		conn, err := h.transport.DialContext(ctx, "tcp", address(h.url))
		if err != nil {
			return err
		}
		return conn.Close()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.ready.String(), nil)
	if err != nil {
		return err
	}
	resp, err := h.transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("the algo answers HTTP status %d on %s", resp.StatusCode, h.ready.Path)
	}
	return nil
}

// Close ends idle connections.
func (h *HTTP) Close() { h.transport.CloseIdleConnections() }

// address is the host and port of a URL, with the scheme's own port where none is given.
func address(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	if u.Scheme == "https" {
		return net.JoinHostPort(u.Hostname(), "443")
	}
	return net.JoinHostPort(u.Hostname(), "80")
}
