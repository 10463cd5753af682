package live

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestOpenChooses(t *testing.T) {
	t.Parallel()
	file := kubeconfig(t, "http://127.0.0.1:1")
	for _, c := range []struct {
		options Options
		want    string
	}{
		{Options{}, "one"},
		{Options{EnvironmentContext: "two"}, "two"},
		{Options{EnvironmentContext: "three", Context: "two"}, "two"},
	} {
		c.options.Kubeconfig = file
		cluster, err := Open(c.options)
		if err != nil || cluster.Context != c.want || cluster.Server != "http://127.0.0.1:1" {
			t.Errorf("%+v: %+v, %v", c.options, cluster, err)
		}
	}
	if got := Contexts(file); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("contexts are %q", got)
	}
}

func TestOpenMistakes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	file := kubeconfig(t, "http://127.0.0.1:1")
	for _, c := range []struct {
		options    Options
		what, hint string
	}{
		{Options{Kubeconfig: filepath.Join(dir, "none")}, "no kubeconfig `", "name the file that kubectl uses"},
		{Options{Kubeconfig: write("empty", "")}, "no kubeconfig: there is none at `", "--kubeconfig FILE"},
		{Options{Kubeconfig: write("broken", "{")}, "the kubeconfig cannot be read: ", "kubectl config view"},
		{Options{Kubeconfig: write("aimless", "clusters: [{name: c, cluster: {server: http://c}}]")}, "the kubeconfig has no current context", "kubectl config set-context"},
		{Options{Kubeconfig: write("dangling", "{contexts: [{name: x, context: {cluster: gone}}], current-context: x}")}, "context `x` cannot be used: ", "kubectl --context x version"},
		{Options{Kubeconfig: file, Context: "tow"}, "no context `tow` in the kubeconfig", "did you mean `--context two`?"},
		{Options{Kubeconfig: file, EnvironmentContext: "prod"}, "no context `prod` in the kubeconfig, though the environment names it", "choose one with `--context`: one, two"},
	} {
		_, err := Open(c.options)
		fault, ok := errors.AsType[*Error](err)
		if !ok || !fault.Usage || !strings.HasPrefix(err.Error(), c.what) || !strings.Contains(fault.Hint, c.hint) {
			t.Errorf("%+v: %v, %+v", c.options, err, fault)
		}
	}
}

// What goes wrong when the cluster is asked says how to mend it.
func TestAskingFails(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0) // a handshake that fails is what is tested
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	unauthorized, forbidden, broken := newFake(t), newFake(t), newFake(t)
	unauthorized.refuse["GET /api"] = http.StatusUnauthorized
	forbidden.refuse["GET /namespaces/"] = http.StatusForbidden
	broken.refuse["GET /deployments"] = http.StatusTeapot
	for server, want := range map[string][2]string{
		closed.URL:       {"cannot reach " + closed.URL + ": ", "is the cluster up"},
		untrusted.URL:    {"the certificate of " + untrusted.URL + " is not trusted: ", "certificate-authority"},
		unauthorized.URL: {"context one does not accept the credentials", "log in again"},
		forbidden.URL:    {"context one refuses: ", "kubectl auth can-i"},
		broken.URL:       {"context one cannot be asked: ", "kubectl version"},
	} {
		c, err := Open(Options{Kubeconfig: kubeconfig(t, server)})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Status(t.Context(), compile(t))
		fault, ok := errors.AsType[*Error](err)
		if !ok || fault.Usage || !strings.HasPrefix(err.Error(), want[0]) || !strings.Contains(fault.Hint, want[1]) {
			t.Errorf("got %v, %+v, want %q", err, fault, want)
		}
	}
}

// Nothing that could change a cluster leaves the process, whatever the clients were told to do.
func TestHarmless(t *testing.T) {
	t.Parallel()
	sent := 0
	guard := harmless{roundTripper(func(*http.Request) (*http.Response, error) {
		sent++
		return &http.Response{StatusCode: http.StatusOK}, nil
	})}
	for target, passes := range map[string]bool{
		"GET /x": true, "PATCH /x?dryRun=All": true,
		"PATCH /x": false, "PATCH /x?dryRun=None": false, "PATCH /x?dryRun=All&dryRun=": false,
		"POST /x?dryRun=All": false, "PUT /x": false, "DELETE /x?dryRun=All": false,
	} {
		method, url, _ := strings.Cut(target, " ")
		before := sent
		_, err := guard.RoundTrip(httptest.NewRequest(method, url, nil))
		if (err == nil) != passes || (sent > before) != passes {
			t.Errorf("%s: %v, sent %d", target, err, sent-before)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (r roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return r(req) }

// The typed clients and their scheme take milliseconds of every start.
func TestWithoutTypedClients(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, "k8s.io/client-go/dynamic") {
		t.Fatalf("only %d packages", len(packages))
	}
	for _, pkg := range packages {
		if strings.HasPrefix(pkg, "k8s.io/client-go/kubernetes") {
			t.Errorf("the package is linked with %s", pkg)
		}
	}
}
