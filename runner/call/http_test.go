package call

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

func TestHTTPRequest(t *testing.T) {
	var got *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Clone(r.Context())
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/result")
		_, _ = io.WriteString(w, "result")
	}))
	defer server.Close()
	h, err := NewHTTP(&contract.Node{Pipeline: "p", Node: "n", HTTP: &contract.HTTP{Port: 1, Path: "/label?lang=en"}}, server.URL, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	req := request("value")
	req.Record.Key = []byte("a\r\nInjected: yes\xff")
	res, err := h.Call(t.Context(), req)
	if err != nil || string(res.Value) != "result" || res.ContentType != "text/result" || string(res.Key) != string(req.Record.Key) {
		t.Fatal(res, err)
	}
	if got.Method != http.MethodPost || got.RequestURI != "/label?lang=en" || string(body) != "value" || got.ContentLength != 5 {
		t.Errorf("%s %s %q", got.Method, got.RequestURI, body)
	}
	want := map[string]string{
		"Content-Type": "text/plain", contract.HeaderTraceParent: "trace", contract.HeaderID: "id", contract.HeaderInput: "in",
		contract.HeaderAttempt: "2", contract.HeaderPipeline: "p", contract.HeaderNode: "n",
		contract.HeaderKey: "a%0D%0AInjected: yes%FF", "Injected": "",
	}
	for name := range maps.Keys(want) {
		if v := got.Header.Get(name); v != want[name] {
			t.Errorf("%s = %q, want %q", name, v, want[name])
		}
	}
}

func TestHTTPKey(t *testing.T) {
	for _, test := range []struct {
		set  bool
		key  string
		want string
		none bool
		err  record.Class
	}{
		{false, "", "k", false, ""},
		{true, "other", "other", false, ""},
		{true, "100%25", "100%", false, ""},
		{true, "", "", true, ""},
		{true, "%zz", "", false, record.Permanent},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if test.set {
				w.Header().Set(contract.HeaderKey, test.key)
			}
		}))
		res, err := callers(t, server.URL)["beside"].Call(t.Context(), request("v"))
		server.Close()
		if classOf(t, err) != test.err || (err == nil && (string(res.Key) != test.want || (res.Key == nil) != test.none)) {
			t.Errorf("key %q: %q, %v", test.key, res.Key, err)
		}
	}
}

func TestHTTPReady(t *testing.T) {
	status := http.StatusServiceUnavailable
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/ready" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		w.WriteHeader(status)
	}))
	asked, err := NewHTTP(&contract.Node{HTTP: &contract.HTTP{Port: 1, Path: "/", Ready: "/ready"}}, server.URL, 1)
	if err != nil {
		t.Fatal(err)
	}
	connected := callers(t, server.URL)["beside"]
	hook := callers(t, server.URL)["webhook"]
	if asked.Ready(t.Context()) == nil {
		t.Error("ready although the server says 503")
	}
	status = http.StatusNoContent
	for name, h := range map[string]*HTTP{"asked": asked, "connected": connected, "webhook": hook} {
		if err := h.Ready(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	asked.Close()
	server.Close()
	if asked.Ready(t.Context()) == nil || connected.Ready(t.Context()) == nil {
		t.Error("ready although nobody listens")
	}
	if err := hook.Ready(t.Context()); err != nil {
		t.Errorf("webhook: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	n := &contract.Node{HTTP: &contract.HTTP{Port: 8081, Path: "/label"}, Webhook: &contract.Webhook{URL: "https://example.org/hook"}}
	h, err := NewHTTP(n, "", 1)
	if err != nil || h.url.String() != "http://127.0.0.1:8081/label" {
		t.Error(h, err)
	}
	w, err := NewWebhook(n, "", 1)
	if err != nil || w.url.String() != "https://example.org/hook" || address(w.url) != "example.org:443" {
		t.Error(w, err)
	}
	if w, err = NewWebhook(n, "http://127.0.0.1:9/there", 1); err != nil || w.url.String() != "http://127.0.0.1:9/there" {
		t.Error(w, err)
	}
	if _, err := NewHTTP(n, "nonsense", 1); err == nil {
		t.Error("an address without a host is taken")
	}
}
