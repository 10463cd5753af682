package local

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// TestMain makes the test binary the runner of one node where a test has started it as such.
func TestMain(m *testing.M) {
	listeners, isolated := os.LookupEnv(VarListeners)
	if !isolated {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	err := IsolatedRunner(ctx, listeners, os.LookupEnv, os.Stderr)
	stop()
	if err != nil {
		_, _ = io.WriteString(os.Stderr, err.Error()+"\n")
		os.Exit(1)
	}
}

// deadline bounds every wait of these tests; none should come near it.
const deadline = 2 * time.Minute

// compile gives the graphs, with no environment, of the pipelines in one file.
func compile(t *testing.T, text string) []*compiler.Graph {
	t.Helper()
	docs, findings := schema.Parse("pipeline.yaml", []byte(text))
	program, more := compiler.Compile(docs, kinds.All())
	if findings = append(findings, more...); findings.HasErrors() {
		t.Fatalf("the pipeline does not compile: %v", findings)
	}
	var out []*compiler.Graph
	for _, pl := range program.Project.Pipelines {
		out = append(out, program.GraphsOf(pl.Name.V)[0])
	}
	return out
}

func plan(t *testing.T, dir, text string) (*Plan, diag.List) {
	t.Helper()
	p, findings, err := NewPlan(compile(t, text), dir)
	if err != nil {
		t.Fatal(err)
	}
	return p, findings
}

// buffer takes output from several goroutines.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// running is a Run under test.
type running struct {
	t             *testing.T
	results, talk buffer
	interrupt     context.CancelFunc
	force         context.CancelFunc
	ended         chan error
}

// launch runs the pipelines in text, whose file lies in dir.
func launch(t *testing.T, dir, text string, o Options) *running {
	t.Helper()
	p, findings := plan(t, dir, text)
	if len(findings) > 0 {
		t.Fatalf("findings: %v", findings)
	}
	r := &running{t: t, ended: make(chan error, 1)}
	o.Results, o.Talk = &r.results, &r.talk
	if o.Isolate {
		program, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		o.Program = []string{program}
	}
	ctx, interrupt := context.WithCancel(context.Background())
	force, forceNow := context.WithCancel(context.Background())
	r.interrupt, r.force = interrupt, forceNow
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.ended <- Run(ctx, force, p, o)
	}()
	t.Cleanup(func() {
		forceNow()
		interrupt()
		<-done
		if t.Failed() {
			t.Logf("talk:\n%s", r.talk.String())
		}
	})
	return r
}

// until waits for a condition.
func (r *running) until(what string, met func() bool) {
	r.t.Helper()
	for end := time.Now().Add(deadline); !met(); time.Sleep(5 * time.Millisecond) {
		select {
		case err := <-r.ended:
			r.t.Fatalf("the run ended (%v) while waiting for %s", err, what)
		default:
		}
		if time.Now().After(end) {
			r.t.Fatalf("timed out waiting for %s", what)
		}
	}
}

// said waits for talk that matches and gives its first group.
func (r *running) said(pattern string) string {
	r.t.Helper()
	re := regexp.MustCompile(pattern)
	var found []string
	r.until(pattern, func() bool { found = re.FindStringSubmatch(r.talk.String()); return found != nil })
	return found[len(found)-1]
}

// url waits until the run is ready and gives the address of an endpoint.
func (r *running) url(node string) string {
	r.t.Helper()
	r.said(`(?m)^ready;`)
	return r.said(`(?m)^node ` + node + ` takes records on (\S+)$`)
}

// drained interrupts the run and waits for it to end.
func (r *running) drained() {
	r.t.Helper()
	r.interrupt()
	select {
	case err := <-r.ended:
		if err != nil {
			r.t.Errorf("the run ended with: %v", err)
		}
	case <-time.After(deadline):
		r.t.Fatal("the run does not end")
	}
}

// lines are the deliveries of a hook.
func (r *running) lines(hook string) []string {
	var out []string
	for line := range strings.Lines(r.results.String()) {
		if label, body, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok && label == hook {
			out = append(out, body)
		}
	}
	return out
}

// post sends a record and demands that it was accepted.
func post(t *testing.T, client *http.Client, url, body string) {
	t.Helper()
	resp, err := client.Post(url, "text/plain", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		t.Errorf("posting %q gave status %d", body, resp.StatusCode)
	}
}

// script writes an executable file and gives its path.
func script(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}
