package gitopstest

import (
	"embed"
	"encoding/json"
	"path"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

//go:embed recordings/*.yaml
var files embed.FS

// Recording is what operators write into the status of one custom kind, and what engines are to make of it.
type Recording struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Spec       map[string]any `json:"spec"`
	Cases      []Case         `json:"cases"`
}

// Case is one status.
type Case struct {
	Name string `json:"name"`
	// Odd says that no API server would let the status pass.
	Odd bool `json:"odd"`
	// Flux is how kstatus names the state: Current, Failed, InProgress, or Unknown where Flux looks again.
	Flux string `json:"flux"`
	// ArgoCD is the health; empty where Argo CD has a check of its own that serves.
	ArgoCD string `json:"argocd"`
	// Message is what Argo CD shows, if anything is said of it.
	Message    string `json:"message"`
	Generation int64  `json:"generation"`
	Status     any    `json:"status"`
}

// Recordings gives what was recorded, by kind.
func Recordings(t testing.TB) map[string]*Recording {
	t.Helper()
	entries, err := files.ReadDir("recordings")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*Recording{}
	for _, entry := range entries {
		text, err := files.ReadFile(path.Join("recordings", entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		var r Recording
		if err := yaml.UnmarshalStrict(text, &r); err != nil {
			t.Fatalf("%s: %v", entry.Name(), err)
		}
		out[r.Kind] = &r
	}
	return out
}

// TypeMeta is the kind.
func (r *Recording) TypeMeta() metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: r.APIVersion, Kind: r.Kind}
}

// Object is the object as an API server gives it for the i-th case.
func (r *Recording) Object(t testing.TB, i int) map[string]any {
	t.Helper()
	c := r.Cases[i]
	writers := []any{map[string]any{"manager": "kustomize-controller", "operation": "Apply"}}
	obj := map[string]any{"apiVersion": r.APIVersion, "kind": r.Kind, "spec": r.Spec}
	if c.Status != nil {
		obj["status"] = c.Status
		writers = append(writers, map[string]any{"manager": "operator", "operation": "Update", "subresource": "status"})
	}
	obj["metadata"] = map[string]any{"name": "photos", "generation": c.Generation, "managedFields": writers}
	text, err := json.Marshal(obj)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := utiljson.Unmarshal(text, &out); err != nil { // numbers as Kubernetes has them
		t.Fatal(err)
	}
	return out
}
