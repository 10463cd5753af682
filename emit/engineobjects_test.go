package emit

import (
	"slices"
	"strings"
	"testing"
)

// TestEngineObjects: what is for engines is read wherever it lies, and what cannot be read is named.
func TestEngineObjects(t *testing.T) {
	const object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\n"
	named := func(names ...string) []byte {
		var texts []string
		for _, name := range names {
			texts = append(texts, strings.Replace(object, "NAME", name, 1))
		}
		return []byte(strings.Join(texts, "---\n"))
	}
	tree := Tree{
		"clusters/prod/photos.yaml":               named("d", "a"),
		"clusters/prod/_environment.yaml":         named("b"),
		"clusters/prod/argocd/argocd-cm.yaml":     named("c"),
		"clusters/prod/argocd/kustomization.yaml": []byte("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"),
		"clusters/prod/.pipelinectl.ledger":       []byte("{}"),
		"prod/photos/app/x.yaml":                  named("none"),
	}
	names := func(list []Manifest) string {
		var out []string
		for _, m := range list {
			out = append(out, m.ID.Name)
		}
		return strings.Join(out, " ")
	}
	got, err := tree.EngineObjects()
	if err != nil || names(got) != "a b c d" {
		t.Errorf("got %q, %v", names(got), err)
	}
	tree["clusters/prod/photos.yaml"] = []byte("a: [")
	tree["clusters/prod/_environment.yaml"] = slices.Concat(named("b"), []byte("---\nkind: X\n"))
	got, err = tree.EngineObjects()
	if names(got) != "b c" || err == nil || !strings.Contains(err.Error(), "clusters/prod/photos.yaml: ") || !strings.Contains(err.Error(), "clusters/prod/_environment.yaml: lacks") {
		t.Errorf("got %q, %v", names(got), err)
	}
}
