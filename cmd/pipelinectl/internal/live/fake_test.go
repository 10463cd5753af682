package live

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
	"github.com/pipelinectl/pipelinectl/schema"
)

// pageSize is how many objects the fake gives at once, so that lists have pages.
const pageSize = 2

// fake is as much of an API server as is asked: discovery, lists in pages, single objects, the proxy to pods, and an
// apply that lays one object over another.
type fake struct {
	*httptest.Server

	mu       sync.Mutex
	objects  map[string]*unstructured.Unstructured // by path
	metrics  map[string]string                     // by pod
	refuse   map[string]int                        // status by method and a part of the path
	requests []*http.Request
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{objects: map[string]*unstructured.Unstructured{}, metrics: map[string]string{}, refuse: map[string]int{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// open gives the fake as a cluster, through a kubeconfig.
func (f *fake) open(t *testing.T) *Cluster {
	t.Helper()
	c, err := Open(Options{Kubeconfig: kubeconfig(t, f.URL), Warn: func(text string) { t.Log(text) }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// kubeconfig writes one with the contexts `one`, the current one, and `two`.
func kubeconfig(t *testing.T, server string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: one,
clusters: [{name: c, cluster: {server: %q}}], users: [{name: u, user: {}}],
contexts: [{name: one, context: {cluster: c, user: u}}, {name: two, context: {cluster: c, user: u}}]}`, server)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// plural is the resource of a kind, by the rules that hold for those we emit.
func plural(kind string) string {
	name := strings.ToLower(kind)
	switch {
	case strings.HasSuffix(name, "s"):
		return name + "es"
	case strings.HasSuffix(name, "cy"):
		return strings.TrimSuffix(name, "y") + "ies"
	default:
		return name + "s"
	}
}

func pathOf(u *unstructured.Unstructured) string {
	root := "/apis/"
	if !strings.Contains(u.GetAPIVersion(), "/") {
		root = "/api/"
	}
	return root + u.GetAPIVersion() + "/namespaces/" + u.GetNamespace() + "/" + plural(u.GetKind()) + "/" + u.GetName()
}

// put stores an object as if somebody had applied it.
func (f *fake) put(value map[string]any) *unstructured.Unstructured {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(value)}
	u.SetUID("u")
	u.SetGeneration(1)
	u.SetResourceVersion("7")
	f.objects[pathOf(u)] = u
	return u
}

func (f *fake) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, req)
	for what, status := range f.refuse {
		method, part, _ := strings.Cut(what, " ")
		if req.Method == method && strings.Contains(req.URL.Path, part) {
			refuse(w, status, "refused for the test")
			return
		}
	}
	steps := strings.Split(strings.Trim(req.URL.Path, "/"), "/")
	switch {
	case strings.Contains(req.URL.Path, "/proxy/"):
		f.proxy(w, steps[5])
	case !slices.Contains(steps, "namespaces"):
		f.discovery(w, strings.Join(steps[1:], "/"))
	case req.Method == http.MethodPatch:
		f.patch(w, req)
	case steps[len(steps)-3] == "namespaces":
		f.list(w, req)
	case f.objects[req.URL.Path] == nil:
		refuse(w, http.StatusNotFound, "not found")
	default:
		answer(w, http.StatusOK, f.objects[req.URL.Path].Object)
	}
}

func refuse(w http.ResponseWriter, status int, message string) {
	reason := map[int]metav1.StatusReason{
		http.StatusUnauthorized: metav1.StatusReasonUnauthorized, http.StatusForbidden: metav1.StatusReasonForbidden,
		http.StatusNotFound: metav1.StatusReasonNotFound, http.StatusUnprocessableEntity: metav1.StatusReasonInvalid,
	}[status]
	answer(w, status, metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusFailure, Reason: reason, Message: message, Code: int32(status),
	})
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func (f *fake) proxy(w http.ResponseWriter, pod string) {
	text, ok := f.metrics[strings.TrimSuffix(pod, ":9404")]
	if !ok {
		refuse(w, http.StatusServiceUnavailable, "no route to pod")
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	_, _ = io.WriteString(w, text)
}

func (f *fake) discovery(w http.ResponseWriter, version string) {
	list := metav1.APIResourceList{GroupVersion: version}
	for _, k := range append(emittedKinds(), podKind()) {
		if k.GroupVersion().String() == version {
			list.APIResources = append(list.APIResources,
				metav1.APIResource{Name: plural(k.Kind), Kind: k.Kind, Namespaced: true, Verbs: metav1.Verbs{"get", "list", "patch"}},
				metav1.APIResource{Name: plural(k.Kind) + "/status", Kind: k.Kind, Namespaced: true, Verbs: metav1.Verbs{"get"}})
		}
	}
	answer(w, http.StatusOK, list)
}

func (f *fake) list(w http.ResponseWriter, req *http.Request) {
	selector, err := labels.Parse(req.URL.Query().Get("labelSelector"))
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	var items []any
	for _, path := range slices.Sorted(maps.Keys(f.objects)) {
		u := f.objects[path]
		if strings.HasPrefix(path, req.URL.Path+"/") && selector.Matches(labels.Set(u.GetLabels())) {
			items = append(items, u.Object)
		}
	}
	start := 0
	_, _ = fmt.Sscan(req.URL.Query().Get("continue"), &start)
	metadata := map[string]any{"resourceVersion": "9"}
	end := min(start+pageSize, len(items))
	if end < len(items) {
		metadata["continue"] = strconv.Itoa(end)
	}
	answer(w, http.StatusOK, map[string]any{"apiVersion": "v1", "kind": "List", "metadata": metadata, "items": append([]any{}, items[start:end]...)})
}

func (f *fake) patch(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	var applied map[string]any
	if err == nil {
		err = json.Unmarshal(body, &applied)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	if u := f.objects[req.URL.Path]; u != nil {
		applied = overlay(runtime.DeepCopyJSON(u.Object), applied)
	}
	answer(w, http.StatusOK, applied)
}

func overlay(below, above map[string]any) map[string]any {
	for key, value := range above {
		under, isMap := below[key].(map[string]any)
		over, also := value.(map[string]any)
		if isMap && also {
			value = overlay(under, over)
		}
		below[key] = value
	}
	return below
}

// document is a pipeline with each kind of node, in two environments that share Kafka's namespace.
const document = `
apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata: {name: photos}
spec:
  topics: [{name: extra}]
  endpoints: [{name: upload, http: {path: /upload}}]
  algos:
    - {name: resize, image: "acme/resize:2", http: {port: 9000, path: /}, replicas: 2, inputs: [{name: in, from: [upload, extra]}], outputs: [{name: thumb}]}
  hooks: [{name: notify, from: resize, url: "https://example.org/x"}]
---
apiVersion: pipelinectl.dev/v1alpha1
kind: Environment
metadata: {name: prod}
spec:
  namespace: media
  kafka: {cluster: main, namespace: kafka, bootstrapServers: "main-kafka-bootstrap.kafka.svc:9092"}
  domains: [{suffix: example.org, issuerRef: {kind: ClusterIssuer, name: x}}]
---
apiVersion: pipelinectl.dev/v1alpha1
kind: Environment
metadata: {name: test}
spec:
  namespace: media-test
  kafka: {cluster: main, namespace: kafka, bootstrapServers: "main-kafka-bootstrap.kafka.svc:9092", prefix: test.}
`

// compile gives what is asked about the environment prod.
func compile(t *testing.T) Request {
	t.Helper()
	docs, findings := schema.Parse("project.yaml", []byte(document))
	program, more := compiler.Compile(docs, kinds.All())
	if all := slices.Concat(findings, more); all.HasErrors() {
		t.Fatal(all)
	}
	r := Request{Others: map[emit.ID]bool{}}
	for _, g := range program.Graphs {
		if g.Environment == nil {
			continue
		}
		b, err := emit.Emit(g)
		if err != nil {
			t.Fatal(err)
		}
		m := &emit.Manifests{Pipeline: b.Pipeline, Environment: b.Environment, Source: b.Source}
		for _, o := range b.Resources {
			m.Objects = append(m.Objects, emit.Manifest{ID: o.ID(), Layer: o.Layer, Value: o.Tree()})
			r.Others[o.ID()] = b.Environment == "test"
		}
		if b.Environment == "prod" {
			r.Targets = []Target{{Graph: g, Manifests: m}}
		}
	}
	return r
}
