package local

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"
)

// newTarget starts a server that hands on what it is sent, and gives its URL.
func newTarget(t *testing.T, taken chan<- string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		taken <- fmt.Sprintf("%s %s %s", req.Method, req.URL.Path, body)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/here"
}

// newMarker starts an algo that answers each record with " marked" after it.
func newMarker(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path != "/mark" {
			http.NotFound(w, req)
			return
		}
		if _, err := io.Copy(w, req.Body); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, " marked")
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// kill ends a process with SIGKILL.
func kill(t *testing.T, pid string) {
	t.Helper()
	number, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	process, err := os.FindProcess(number)
	if err == nil {
		err = process.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// without gives what is in one list and not, or less often, in the other.
func without(all, others []string) []string {
	count := map[string]int{}
	for _, s := range others {
		count[s]++
	}
	var out []string
	for _, s := range all {
		if count[s]--; count[s] < 0 {
			out = append(out, s)
		}
	}
	return out
}

func head(list []string) []string { return list[:min(5, len(list))] }
