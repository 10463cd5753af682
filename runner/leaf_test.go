package runner

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// TestNoIdleLeaf proves that no field of the contract is idle: for each leaf of Node and Environment there is an
// experiment that runs a node twice, with and without a change to that leaf alone, and what the world sees must differ.
// A new field without an experiment fails; so does an experiment whose field is gone.
func TestNoIdleLeaf(t *testing.T) {
	all := maps.Clone(nodeExperiments())
	maps.Copy(all, environmentExperiments())
	maps.Copy(all, failureExperiments())
	leaves := append(leavesOf("Node", reflect.TypeFor[contract.Node]()), leavesOf("Environment", reflect.TypeFor[contract.Environment]())...)
	for _, leaf := range leaves {
		e, ok := all[leaf]
		if !ok {
			t.Errorf("%s: no experiment", leaf)
			continue
		}
		t.Run(leaf, func(t *testing.T) {
			t.Parallel()
			before, after := e(t, false), e(t, true)
			if before == after {
				t.Errorf("changing it changes nothing:\n%s", before)
			}
		})
	}
	for name := range all {
		if !slices.Contains(leaves, name) {
			t.Errorf("%s: no such field", name)
		}
	}
}

// leavesOf names what a type holds, down to what has no fields: Node.Inputs[].Topic, and of a map's values Routes{}.To.
func leavesOf(path string, typ reflect.Type) []string {
	switch typ.Kind() {
	case reflect.Pointer:
		return leavesOf(path, typ.Elem())
	case reflect.Map:
		if typ.Elem().Kind() == reflect.Struct {
			return leavesOf(path+"{}", typ.Elem())
		}
	case reflect.Slice:
		if typ.Elem().Kind() == reflect.Struct {
			return leavesOf(path+"[]", typ.Elem())
		}
	case reflect.Struct:
		var out []string
		for field := range typ.Fields() {
			out = append(out, leavesOf(path+"."+field.Name, field.Type)...)
		}
		return out
	default: // a leaf
	}
	return []string{path}
}

// experiment runs a node, changed or not, and gives what was seen.
type experiment func(t *testing.T, changed bool) string

// of is an experiment that changes a node.
func of(base func() *contract.Node, change func(n *contract.Node)) experiment {
	return func(t *testing.T, changed bool) string {
		return newWorld(t).observe(base, change, changed)
	}
}

// world is a broker with topics that each hold one record, and two servers: all that a runner can act on.
type world struct {
	*cluster
	// fail is how many posts the servers answer with 500, slow how long each one waits for another.
	fail int
	slow time.Duration
	// settled says when the node has done its work; env changes its environment; interrupt stops it before.
	settled func(r *running) bool
	env     func(e *contract.Environment)
	a, b    *httptest.Server

	mu         sync.Mutex
	requests   map[string]bool
	now, most  int
	postsSoFar int
}

func newWorld(t *testing.T) *world {
	w := &world{cluster: newCluster(t, 1, "in", "in2", "out", "out2", "dlq", "dlq2", "retry", "retry2"), requests: map[string]bool{}, env: func(*contract.Environment) {}}
	for i, topic := range []string{"in", "in2"} {
		w.produce(&kgo.Record{Topic: topic, Key: []byte("k"), Value: fmt.Append(nil, "v", i), Timestamp: time.UnixMilli(1)})
	}
	w.a, w.b = w.server("a"), w.server("b")
	t.Cleanup(w.a.Close)
	t.Cleanup(w.b.Close)
	w.settled = func(r *running) bool {
		_, text := r.get(contract.PathMetrics)
		return sum(text, contract.MetricRecordsIn) > 0 && sum(text, contract.MetricLag) == 0
	}
	return w
}

// sum adds the values of a metric over its labels.
func sum(text, name string) (total float64) {
	for _, m := range regexp.MustCompile(`(?m)^`+name+`(?:\{.*\})? (\S+)$`).FindAllStringSubmatch(text, -1) {
		v, _ := strconv.ParseFloat(m[1], 64)
		total += v
	}
	return total
}

func (w *world) server(name string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		r.Header.Del(contract.HeaderTraceParent)
		body, _ := io.ReadAll(r.Body)
		w.mu.Lock()
		w.requests[fmt.Sprintln(name, r.Method, r.URL, r.Header, string(body))] = true
		if r.Method == http.MethodPost {
			w.postsSoFar++
		}
		fail := r.Method == http.MethodPost && w.postsSoFar <= w.fail
		w.now++
		w.most = max(w.most, w.now)
		w.mu.Unlock()
		for deadline := time.Now().Add(w.slow); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			w.mu.Lock()
			enough := w.most > 1
			w.mu.Unlock()
			if enough {
				break
			}
		}
		w.mu.Lock()
		w.now--
		w.mu.Unlock()
		if fail {
			rw.WriteHeader(http.StatusInternalServerError)
			return
		}
		rw.Header()["Content-Type"] = nil
		_, _ = rw.Write(body)
	}))
}

// observe runs a node until it has settled and tells everything that can be seen of it from outside.
func (w *world) observe(base func() *contract.Node, change func(*contract.Node), changed bool) string {
	w.tb.Helper()
	n := base()
	if n.HTTP != nil {
		n.HTTP.Port = w.port(w.a)
	}
	if changed && change != nil {
		change(n)
		if n.HTTP != nil && n.HTTP.Port == otherPort {
			n.HTTP.Port = w.port(w.b)
		}
	}
	if n.Webhook != nil {
		n.Webhook.URL = strings.Replace(n.Webhook.URL, "http://a", w.a.URL, 1)
	}
	if err := n.Validate(); err != nil {
		return err.Error()
	}
	r := w.start(n, w.env)
	var answers string
	if n.Ingest == nil {
		eventually(w.tb, "settled", func() bool { return w.settled(r) })
	} else {
		answers = w.ask(r.ready())
	}
	if n.HTTP != nil {
		r.ready()
	}
	_, text := r.get(contract.PathMetrics)
	labels := regexp.MustCompile(`(?m)^runner_(?:info|records).*\} `).FindAllString(text, -1)
	r.stop()
	return answers + strings.Join(labels, "\n") + w.dump()
}

// otherPort stands for the port of the second server, which is known only when it runs.
const otherPort = 1

func (w *world) port(s *httptest.Server) int32 {
	u, err := url.Parse(s.URL)
	if err != nil {
		w.tb.Fatal(err)
	}
	port, err := strconv.ParseInt(u.Port(), 10, 32)
	if err != nil {
		w.tb.Fatal(err)
	}
	return int32(port)
}

// ask sends the endpoint a few requests and gives the answers' statuses.
func (w *world) ask(r *running) string {
	var out []int
	for _, path := range []string{"/upload", "/other"} {
		for _, body := range []string{"short", strings.Repeat("x", 1<<10)} {
			out = append(out, r.post(path, "text/plain", body).StatusCode)
		}
	}
	return fmt.Sprintln(out)
}

// volatile are the headers that differ from run to run.
var volatile = map[string]bool{
	contract.HeaderTraceParent: true, contract.HeaderEntered: true,
	contract.HeaderErrorFirst: true, contract.HeaderErrorTimestamp: true, contract.HeaderConfig: true, contract.HeaderErrorConfig: true,
}

// dump tells what stands in topics and groups, and what the servers were asked; without what is random.
func (w *world) dump() string {
	var out strings.Builder
	for _, topic := range []string{"out", "out2", "dlq", "dlq2"} {
		n := w.count(topic)
		if n == 0 {
			continue
		}
		for _, r := range w.read(topic, int(n)) {
			fmt.Fprintf(&out, "%s %s %s", topic, r.Key, r.Value)
			for _, h := range r.Headers {
				if !volatile[h.Key] {
					fmt.Fprintf(&out, " %s=%s", h.Key, h.Value)
				}
			}
			out.WriteByte('\n')
		}
	}
	groups, err := kadm.NewClient(w.kgo).ListGroups(w.tb.Context())
	if err != nil {
		w.tb.Fatal(err)
	}
	for _, g := range groups.Groups() {
		fmt.Fprintln(&out, "group", g, w.committed(g))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	port := regexp.MustCompile(`127\.0\.0\.1:\d+`)
	for _, request := range slices.Sorted(maps.Keys(w.requests)) {
		out.WriteString(port.ReplaceAllString(request, "host"))
	}
	return out.String()
}

// file writes a file and gives its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
