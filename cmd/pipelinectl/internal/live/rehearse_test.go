package live

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/impact"
	"github.com/pipelinectl/pipelinectl/emit/workload"
)

// applied marks an object as applied by a manager.
func applied(u *unstructured.Unstructured, manager string) {
	entry := func(manager string, operation metav1.ManagedFieldsOperationType, label string) metav1.ManagedFieldsEntry {
		return metav1.ManagedFieldsEntry{Manager: manager, Operation: operation, FieldsV1: metav1.NewFieldsV1(`{"f:metadata":{"f:labels":{"f:` + label + `":{}}}}`)}
	}
	u.SetManagedFields([]metav1.ManagedFieldsEntry{
		entry("kubectl-edit", metav1.ManagedFieldsOperationUpdate, workload.LabelManagedBy),
		entry("other", metav1.ManagedFieldsOperationApply, "other"),
		entry(manager, metav1.ManagedFieldsOperationApply, workload.LabelManagedBy),
	})
}

func rehearse(t *testing.T, f *fake, r Request) (*Rehearsal, []string) {
	t.Helper()
	out, err := f.open(t).Rehearse(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	var changes []string
	for _, c := range impact.Compare(out.Before, out.After) {
		if c.ID.Kind == impact.KindGroup {
			continue
		}
		line := string(c.Verb) + " " + c.Object()
		for _, field := range c.Fields {
			line += " " + field.Path
		}
		changes = append(changes, line)
	}
	return out, changes
}

// A dry run is asked for object by object, and nothing else is sent.
func TestRehearse(t *testing.T) {
	t.Parallel()
	f, r := newFake(t), compile(t)
	settle(t, f, r)
	applied(f.object(t, "Deployment", "photos-resize"), "kustomize-controller")
	_ = unstructured.SetNestedField(f.object(t, "KafkaTopic", "photos.extra.out").Object, int64(1), "spec", "partitions")
	delete(f.objects, pathOf(f.object(t, "Service", "photos-upload")))
	for _, kind := range []string{"ConfigMap/photos-notify", "KafkaTopic/photos.extra.out"} {
		kind, name, _ := strings.Cut(kind, "/")
		u := f.object(t, kind, name).DeepCopy()
		u.SetName("photos.gone")
		f.put(u.Object)
	}
	topic := slices.IndexFunc(r.Targets[0].Manifests.Objects, func(m emit.Manifest) bool { return m.ID.Name == "photos.extra.out" })
	r.Targets[0].Manifests.Objects[topic].Value["spec"].(map[string]any)["partitions"] = int64(2)
	out, changes := rehearse(t, f, r)
	want := []string{"removed ConfigMap/photos.gone", "changed KafkaTopic/photos.extra.out /spec/partitions", "added Service/photos-upload"}
	slices.Sort(changes)
	slices.Sort(want)
	if !slices.Equal(changes, want) || len(out.Refused) > 0 {
		t.Errorf("got %q, refused %v", changes, out.Refused)
	}
	if !reflect.DeepEqual(out.Kept, []emit.ID{{Group: "kafka.strimzi.io", Kind: "KafkaTopic", Namespace: "kafka", Name: "photos.gone"}}) {
		t.Errorf("kept are %v", out.Kept)
	}
	patched := 0
	for _, req := range f.requests {
		if req.Method == http.MethodGet {
			continue
		}
		patched++
		manager := FieldManager
		if strings.HasSuffix(req.URL.Path, "/deployments/photos-resize") {
			manager = "kustomize-controller"
		}
		query := req.URL.Query()
		if req.Method != http.MethodPatch || query.Get("dryRun") != "All" || query.Get("force") != "true" || query.Get("fieldValidation") != "Strict" ||
			query.Get("fieldManager") != manager || req.Header.Get("Content-Type") != "application/apply-patch+yaml" {
			t.Errorf("%s %s", req.Method, req.URL)
		}
	}
	if objects := len(r.Targets[0].Manifests.Objects); patched != objects {
		t.Errorf("%d dry runs of %d objects", patched, objects)
	}
}

// What the cluster does not take is told apart from what it would change.
func TestRehearseRefused(t *testing.T) {
	t.Parallel()
	f, r := newFake(t), compile(t)
	settle(t, f, r)
	f.refuse["PATCH /services/"] = http.StatusUnprocessableEntity
	out, changes := rehearse(t, f, r)
	if len(changes) > 0 || len(out.Refused) != 1 || out.Refused[0].ID.Name != "photos-upload" || !strings.Contains(out.Refused[0].Err.Error(), "refused for the test") {
		t.Errorf("changes %q, refused %v", changes, out.Refused)
	}
	clear(f.refuse)
	f.refuse["GET /services"] = http.StatusForbidden // to lists and to single objects
	out, changes = rehearse(t, f, r)
	if len(changes) > 0 || len(out.Refused) != 1 || out.Refused[0].ID.Kind != "Service" || len(out.Unseen) != 2 {
		t.Errorf("changes %q, refused %v, unseen %q", changes, out.Refused, out.Unseen)
	}
	clear(f.refuse)
	f.refuse["PATCH /"] = http.StatusForbidden
	_, err := f.open(t).Rehearse(t.Context(), r)
	if fault, ok := errors.AsType[*Error](err); !ok || !strings.HasPrefix(fault.What, "context one refuses") {
		t.Errorf("got %v", err)
	}
}

// A kind that the cluster does not know cannot be applied.
func TestUnknownKind(t *testing.T) {
	t.Parallel()
	f, r := newFake(t), compile(t)
	settle(t, f, r)
	objects := r.Targets[0].Manifests.Objects
	objects[0].Value = with(objects[0].Value, "apiVersion", "example.org/v1")
	out, _ := rehearse(t, f, r)
	if len(out.Refused) != 1 || out.Refused[0].Err.Error() != "the cluster does not know example.org/v1 "+objects[0].ID.Kind+": is its operator installed?" {
		t.Errorf("refused %v", out.Refused)
	}
}

func with(m map[string]any, key string, value any) map[string]any {
	out := map[string]any{key: value}
	for k, v := range m {
		if k != key {
			out[k] = v
		}
	}
	return out
}

func TestProject(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	for _, c := range []struct{ compiled, live, want any }{
		{m{"a": 1}, m{"a": 2, "b": 3}, m{"a": 2}},
		{m{"a": m{"b": 1}}, m{"a": "text"}, m{"a": "text"}},
		{m{"a": 1}, m{}, m{}},
		{[]any{m{"name": "x", "v": 1}}, []any{m{"name": "injected"}, m{"name": "x", "v": 2, "w": 3}}, []any{m{"name": "x", "v": 2}}},
		{[]any{1, 2}, []any{1, 2, 3}, []any{1, 2, 3}},
		{[]any{m{"port": 1}}, []any{m{"port": 2, "nodePort": 3}, m{"port": 4}}, []any{m{"port": 2}, m{"port": 4}}},
		{[]any{1}, "text", "text"},
	} {
		if got := project(c.compiled, c.live); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v of %v is %v, want %v", c.compiled, c.live, got, c.want)
		}
	}
}

// Every kind that the examples' trees have is looked for, even where none is compiled.
func TestEmittedKinds(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../../testdata/golden/*/*/base/*.yaml")
	for _, deeper := range []string{"*", "*/*", "*/*/*"} {
		more, globErr := filepath.Glob("../../../../testdata/golden/*/*/overlays/" + deeper + "/*.yaml")
		files, err = append(files, more...), errors.Join(err, globErr)
	}
	if err != nil {
		t.Fatal(err)
	}
	seen := map[schema.GroupVersionKind]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var version, kind string
		if n, _ := fmt.Sscanf(string(text), "apiVersion: %s\nkind: %s\n", &version, &kind); n == 2 && kind != "Kustomization" {
			seen[schema.FromAPIVersionAndKind(version, kind)] = true
		}
	}
	if len(seen) < 10 {
		t.Errorf("the examples have only %v: is the test looking at the right folder?", seen)
	}
	for kind := range seen {
		if !slices.Contains(emittedKinds(), kind) {
			t.Errorf("%v is emitted, but not looked for", kind)
		}
	}
}
