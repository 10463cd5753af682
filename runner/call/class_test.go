package call

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// TestHTTPClasses is the table of class.go for HTTP, through a real server, for a server beside the runner and a webhook.
func TestHTTPClasses(t *testing.T) {
	var status int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		if status > 299 {
			_, _ = io.WriteString(w, "first line\nlast line\n")
		}
	}))
	defer server.Close()
	const ok record.Class = ""
	for want, all := range map[record.Class][]int{
		ok:               {200, 201, 202, 204},
		record.Permanent: {300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 409, 410, 413, 415, 422},
		record.Transient: {408, 500, 501, 502, 504, 599},
		record.Overload:  {429, 503},
	} {
		for _, status = range all {
			for name, h := range callers(t, server.URL) {
				_, err := h.Call(t.Context(), request("v"))
				if got := classOf(t, err); got != want {
					t.Errorf("%s %d: class %q, want %q", name, status, got, want)
				}
				if err != nil && status != 304 && !strings.HasSuffix(err.Error(), ": last line") {
					t.Errorf("%s %d: error %q", name, status, err)
				}
			}
		}
	}
}

// callers are the two sorts of HTTP callers of one server.
func callers(t *testing.T, base string) map[string]*HTTP {
	t.Helper()
	beside, err := NewHTTP(&contract.Node{HTTP: &contract.HTTP{Port: 1, Path: "/"}}, base, 1)
	if err != nil {
		t.Fatal(err)
	}
	hook, err := NewWebhook(&contract.Node{Webhook: &contract.Webhook{URL: base + "/hook"}}, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(beside.Close)
	t.Cleanup(hook.Close)
	return map[string]*HTTP{"beside": beside, "webhook": hook}
}

func request(value string) *Request {
	return &Request{
		Record: &record.Record{Key: []byte("k"), Value: []byte(value)}, ID: "id", Trace: "trace", Input: "in",
		ContentType: "text/plain", Attempt: 2,
	}
}

func classOf(t *testing.T, err error) record.Class {
	t.Helper()
	if err == nil {
		return ""
	}
	var f *Failure
	if !errors.As(err, &f) {
		t.Fatalf("%v is no *Failure", err)
	}
	return f.Class
}

func TestRefused(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	want := map[string]record.Class{"beside": record.Overload, "webhook": record.Transient}
	for name, h := range callers(t, server.URL) {
		if _, err := h.Call(t.Context(), request("v")); classOf(t, err) != want[name] {
			t.Errorf("%s: %v of class %s, want %s", name, err, classOf(t, err), want[name])
		}
	}
}

func TestHTTPTimeoutAndBrokenAnswer(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); string(body) == "hang" {
			<-release
			return
		}
		w.Header().Set("Content-Length", "10")
		_, _ = io.WriteString(w, "half")
	}))
	defer server.Close()
	defer close(release)
	h := callers(t, server.URL)["beside"]
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := h.Call(ctx, request("hang")); classOf(t, err) != record.Transient || err.Error() != "timed out" {
		t.Errorf("timeout: %v", err)
	}
	if _, err := h.Call(t.Context(), request("half")); classOf(t, err) != record.Transient {
		t.Errorf("half an answer: %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-5": 0, "7": 7 * time.Second, "99999999999": maxRetryAfter,
		now.Add(30 * time.Second).Format(http.TimeFormat): 30 * time.Second,
		now.Add(-time.Hour).Format(http.TimeFormat):       0,
		now.Add(24 * time.Hour).Format(http.TimeFormat):   maxRetryAfter,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("Retry-After %q: %v, want %v", text, got, want)
		}
	}
}

// TestExecClasses is the table of class.go for processes.
func TestExecClasses(t *testing.T) {
	for _, test := range []struct {
		script string
		class  record.Class
		text   string
	}{
		{"exit 0", "", ""},
		{"exit 64", record.Permanent, "exit status 64"},
		{"echo why >&2; exit 65", record.Permanent, "exit status 65: why"},
		{"exit 75", record.Transient, "exit status 75"},
		{"exit 1", record.Transient, "exit status 1"},
		{"exit 126", record.Transient, "exit status 126"},
		{"kill -SEGV $$", record.Transient, "signal: segmentation fault"},
		{"printf 'a\\nb\\033[1m\\nlast' >&2; exit 2", record.Transient, "exit status 2: last"},
	} {
		e := newExec(t, contract.Exec{Command: []string{"sh", "-c", test.script}, Input: contract.InputStdin, Output: contract.OutputStdout})
		_, err := e.Call(t.Context(), request("v"))
		if got := classOf(t, err); got != test.class {
			t.Errorf("%s: class %q, want %q", test.script, got, test.class)
		}
		if test.text != "" && !strings.HasPrefix(fmt.Sprint(err), test.text) {
			t.Errorf("%s: %v, want %s", test.script, err, test.text)
		}
	}
}

func newExec(t *testing.T, config contract.Exec) *Exec {
	t.Helper()
	e, err := NewExec(config, nil, "", 50*time.Millisecond, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestExecCannotStart(t *testing.T) {
	for _, command := range []string{"no-such-program", "/etc/passwd", "/"} {
		e := newExec(t, contract.Exec{Command: []string{command}, Input: contract.InputStdin, Output: contract.OutputStdout})
		_, err := e.Call(t.Context(), request("v"))
		if classOf(t, err) != record.Overload {
			t.Errorf("%s: %v of class %s, want overload", command, err, classOf(t, err))
		}
		if e.Ready(t.Context()) == nil {
			t.Errorf("%s: ready", command)
		}
	}
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh on PATH")
	}
	e := newExec(t, contract.Exec{Command: []string{"sh"}, Input: contract.InputStdin, Output: contract.OutputStdout})
	if err := e.Ready(t.Context()); err != nil {
		t.Errorf("sh: %v", err)
	}
}

// TestOwnHTTPClasses checks that the header of an answer wins over the contract's classes, and those over the table; and
// that a pause which is asked for counts for whatever is overload.
func TestOwnHTTPClasses(t *testing.T) {
	own := map[int]record.Class{409: record.Transient, 502: record.Overload}
	for _, test := range []struct {
		status int
		said   string
		class  record.Class
		pause  time.Duration
		cause  string
	}{
		{409, "", record.Transient, 0, "HTTP status 409"},
		{502, "", record.Overload, 7 * time.Second, "HTTP status 502"},
		{500, "", record.Transient, 0, "HTTP status 500"},
		{500, "overload", record.Overload, 7 * time.Second, "HTTP status 500"},
		{502, "permanent", record.Permanent, 0, "HTTP status 502"},
		{200, "poison", record.Poison, 0, "HTTP status 200"},
		{200, "Poison", record.Permanent, 0, "HTTP status 200, and its header pipelinectl-class names no class"},
		{503, "", record.Overload, 7 * time.Second, "HTTP status 503"},
		{503, "busy", record.Overload, 7 * time.Second, "HTTP status 503, and its header pipelinectl-class names no class"},
	} {
		resp := &http.Response{StatusCode: test.status, Header: http.Header{"Retry-After": {"7"}}}
		if test.said != "" {
			resp.Header.Set(contract.HeaderClass, test.said)
		}
		f := classifyStatus(resp, time.Now(), own)
		if f == nil || f.Class != test.class || f.RetryAfter != test.pause || f.Cause != test.cause {
			t.Errorf("%d %q: %+v", test.status, test.said, f)
		}
	}
	if f := classifyStatus(&http.Response{StatusCode: 204, Header: http.Header{}}, time.Now(), own); f != nil {
		t.Errorf("204: %+v", f)
	}
}

func TestOwnExitClasses(t *testing.T) {
	config := contract.Exec{Command: []string{"sh", "-c", "read status; exit $status"}, Input: contract.InputStdin, Output: contract.OutputStdout}
	e, err := NewExec(config, map[int]record.Class{3: record.Permanent, 64: record.Transient}, "", time.Second, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for status, want := range map[string]record.Class{"0\n": "", "3\n": record.Permanent, "64\n": record.Transient, "65\n": record.Permanent, "4\n": record.Transient} {
		if _, err := e.Call(t.Context(), request(status)); classOf(t, err) != want {
			t.Errorf("exit status %s: %v of class %q, want %q", status, err, classOf(t, err), want)
		}
	}
}

// TestWhy checks that the code is told why a record came on the route of another node.
func TestWhy(t *testing.T) {
	req := request("v")
	req.Record.Headers = []record.Header{
		{Key: []byte(contract.HeaderErrorClass), Value: []byte("permanent")}, {Key: []byte(contract.HeaderErrorCause), Value: []byte("no\nluck")},
	}
	const want = "permanent no%0Aluck"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get(contract.HeaderErrorClass)+" "+r.Header.Get(contract.HeaderErrorCause))
	}))
	defer server.Close()
	res, err := callers(t, server.URL)["beside"].Call(t.Context(), req)
	if err != nil || string(res.Value) != want {
		t.Errorf("a server is told %q, %v", res.Value, err)
	}
	e := newExec(t, contract.Exec{
		Command: []string{"sh", "-c", `printf %s "$PIPELINECTL_ERROR_CLASS $PIPELINECTL_ERROR_CAUSE"`},
		Input:   contract.InputStdin, Output: contract.OutputStdout,
	})
	if res, err = e.Call(t.Context(), req); err != nil || string(res.Value) != want {
		t.Errorf("a process is told %q, %v", res.Value, err)
	}
	if res, err = e.Call(t.Context(), request("v")); err != nil || string(res.Value) != " " {
		t.Errorf("of another record a process is told %q, %v", res.Value, err)
	}
}
