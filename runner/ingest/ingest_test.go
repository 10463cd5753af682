package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// fake is a Sink whose broker answers as the test says.
type fake struct {
	down    bool
	refuse  error         // what Write returns
	answer  error         // what the Ack hears
	silence chan struct{} // when set, the Ack hears nothing before it is closed
	written []record.Record
}

func (f *fake) Connected() bool { return !f.down }

func (f *fake) Write(_ context.Context, r record.Record, ack record.Ack) error {
	if f.refuse != nil {
		return f.refuse
	}
	f.written = append(f.written, r)
	go func() {
		if f.silence != nil {
			<-f.silence
		}
		ack.Acked(f.answer)
	}()
	return nil
}

// endpoint is a handler over a fake, and the answers it counted.
type endpoint struct {
	*Handler
	sink  *fake
	codes map[int]int
	taken atomic.Int64
}

func newEndpoint(contentType string) *endpoint {
	e := &endpoint{sink: &fake{}, codes: map[int]int{}}
	n := &contract.Node{
		Pipeline: "p", Node: "upload", Timeout: contract.Duration(50 * time.Millisecond),
		Outputs: []contract.Output{{Name: "out", Topic: "t"}},
		Ingest:  &contract.Ingest{Path: "/upload", MaxBytes: 8, ContentType: contentType},
	}
	e.Handler = New(Config{
		Node: n, Maker: record.NewMaker(n, "", "hash"), Sink: e.sink,
		Answered: func(status int) { e.codes[status]++ }, Taken: func() { e.taken.Add(1) },
	})
	return e
}

func (e *endpoint) send(method, path, contentType, body string) *http.Response {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w.Result()
}

func TestAnswers(t *testing.T) {
	const text = "text/plain"
	for _, test := range []struct {
		name, method, path, accepts, contentType, body string
		change                                         func(*endpoint)
		want                                           int
	}{
		{name: "taken", want: 202},
		{name: "full size", body: "12345678", want: 202},
		{name: "too large", body: "123456789", want: 413},
		{name: "other path", path: "/upload/more", want: 404},
		{name: "get", method: http.MethodGet, want: 405},
		{name: "put", method: http.MethodPut, want: 405},
		{name: "other type", accepts: "image/*", want: 415},
		{name: "unreachable", change: func(e *endpoint) { e.sink.down = true }, want: 503},
		{name: "draining", change: func(e *endpoint) { e.Drain() }, want: 503},
		{name: "refused", change: func(e *endpoint) { e.sink.refuse = errors.New("closed") }, want: 503},
		{name: "lost", change: func(e *endpoint) { e.sink.answer = errors.New("closed") }, want: 503},
		{name: "too large for the topic", change: func(e *endpoint) { e.sink.answer = &record.RejectedError{Topic: "t", TooLarge: true} }, want: 413},
		{name: "rejected", change: func(e *endpoint) { e.sink.answer = &record.RejectedError{Topic: "t"} }, want: 422},
		{name: "leaving", change: func(e *endpoint) { e.Leave() }, want: 202},
		{name: "no answer", change: func(e *endpoint) { e.sink.silence = make(chan struct{}) }, want: 503},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := newEndpoint(test.accepts)
			if test.change != nil {
				test.change(e)
			}
			or := func(s, def string) string {
				if s == "" {
					return def
				}
				return s
			}
			resp := e.send(or(test.method, http.MethodPost), or(test.path, "/upload"), or(test.contentType, text), or(test.body, "v"))
			if resp.StatusCode != test.want {
				t.Fatalf("status %d, want %d", resp.StatusCode, test.want)
			}
			var body map[string]string
			if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || resp.Header.Get("Content-Type") != "application/json" {
				t.Fatal(body, err)
			}
			if taken := test.want == 202; taken != (body["id"] != "") || taken == (body["error"] != "") || taken != (e.taken.Load() == 1) {
				t.Errorf("body %v, %d taken", body, e.taken.Load())
			}
			if (test.want == 503) != (resp.Header.Get("Retry-After") != "") || (test.want == 405) != (resp.Header.Get("Allow") == "POST") {
				t.Errorf("headers %v", resp.Header)
			}
			if going := test.name == "leaving" || test.name == "draining"; going != (resp.Header.Get("Connection") == "close") {
				t.Errorf("Connection %q", resp.Header.Get("Connection"))
			}
			if e.codes[test.want] != 1 || len(e.codes) != 1 {
				t.Errorf("counted %v", e.codes)
			}
		})
	}
}

// TestChunked sends a body of unknown length that is too large.
func TestChunked(t *testing.T) {
	e := newEndpoint("")
	server := httptest.NewServer(e)
	defer server.Close()
	resp, err := http.Post(server.URL+"/upload", "text/plain", io.MultiReader(strings.NewReader("12345"), strings.NewReader("6789")))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestEntityTooLarge || len(e.sink.written) > 0 {
		t.Errorf("%s, %d written", resp.Status, len(e.sink.written))
	}
}

func TestContentTypes(t *testing.T) {
	for _, test := range []struct{ accepts, sent, want string }{
		{"", "", record.OctetStream},
		{"", "text/plain", "text/plain"},
		{"", "nonsense", ""},
		{"", "image/*", ""},
		{"*/*", "text/plain", "text/plain"},
		{"image/*", "image/png", "image/png"},
		{"image/*", "IMAGE/PNG", "IMAGE/PNG"},
		{"image/*", "imagery/png", ""},
		{"image/*", "text/plain", ""},
		{"image/*", "", ""},
		{"application/json", "", "application/json"},
		{"application/json", "application/json; charset=utf-8", "application/json; charset=utf-8"},
		{"application/json", "application/jsonl", ""},
		{"text/plain; charset=utf-8", "text/plain; charset=UTF-8", "text/plain; charset=UTF-8"},
		{"text/plain; charset=utf-8", "text/plain", ""},
	} {
		got, ok := parseMedia(test.accepts).accept(test.sent)
		if ok != (test.want != "") || (ok && got != test.want) {
			t.Errorf("%q sent to %q: %q, %v, want %q", test.sent, test.accepts, got, ok, test.want)
		}
	}
}

func TestRecord(t *testing.T) {
	e := newEndpoint("")
	const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	r := httptest.NewRequest(http.MethodPost, "/upload", strings.NewReader("v"))
	r.Header.Set("Content-Type", "text/plain")
	r.Header.Set(contract.HeaderKey, "k%00y")
	r.Header.Set(contract.HeaderTraceParent, trace)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	got := e.sink.written[0]
	if string(got.Key) != "k\x00y" || string(got.Value) != "v" || got.Topic != "t" {
		t.Errorf("record %+v", got)
	}
	if tp, _ := got.Header(contract.HeaderTraceParent); !strings.HasPrefix(string(tp), trace[:36]) || string(tp) == trace {
		t.Errorf("traceparent %s", tp)
	}
	if id, _ := got.Header(contract.HeaderID); string(id) != w.Header().Get(contract.HeaderID) || len(id) != 36 || id[14] != '7' {
		t.Errorf("id %s", id)
	}
	r = httptest.NewRequest(http.MethodPost, "/upload", strings.NewReader("v"))
	r.Header.Set(contract.HeaderKey, "50%")
	w = httptest.NewRecorder()
	if e.ServeHTTP(w, r); w.Code != http.StatusBadRequest {
		t.Errorf("a malformed key: %d", w.Code)
	}
}

// TestBudget fills the budget with a record whose broker is silent: others are refused in time, and taken again after.
func TestBudget(t *testing.T) {
	e := newEndpoint("")
	e.Node.Ingest.MaxBytes = inFlightBytes
	e.sink.silence = make(chan struct{})
	if resp := e.send(http.MethodPost, "/upload", "text/plain", strings.Repeat("x", inFlightBytes)); resp.StatusCode != 503 {
		t.Fatal(resp.Status)
	}
	if resp := e.send(http.MethodPost, "/upload", "text/plain", "v"); resp.StatusCode != 503 || len(e.sink.written) != 1 {
		t.Errorf("%s although the budget is used up", resp.Status)
	}
	close(e.sink.silence)
	for deadline := time.Now().Add(10 * time.Second); ; {
		if resp := e.send(http.MethodPost, "/upload", "text/plain", "v"); resp.StatusCode == 202 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the budget never came back")
		}
	}
}
