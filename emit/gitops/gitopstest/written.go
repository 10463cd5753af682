package gitopstest

import (
	"bytes"
	"path"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
	"github.com/pipelinectl/pipelinectl/schema"
)

// object stands for one of any kind.
type object struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
}

// FluxChecks gives the expressions by kind, out of what is written for Flux of a pipeline with an object of each of some
// kinds.
func FluxChecks(t testing.TB, kinds ...metav1.TypeMeta) map[string]gitops.HealthCheckExpressions {
	t.Helper()
	g := &compiler.Graph{
		Pipeline:    &compiler.Pipeline{Name: named("photos")},
		Environment: environment(compiler.EngineFlux),
		Names:       compiler.Names{Pipeline: "photos"},
	}
	b := emit.NewBuilder(g)
	for _, kind := range kinds {
		b.Add(emit.App, &object{TypeMeta: kind, ObjectMeta: metav1.ObjectMeta{Name: "one"}})
	}
	bundle, err := b.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := gitops.Applications(emit.Kustomize)(g, bundle)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]gitops.HealthCheckExpressions{}
	for document := range bytes.SplitSeq(tree[path.Join(compiler.ClustersFolder, "prod", "photos.yaml")], []byte("---\n")) {
		var k gitops.Kustomization
		if err := yaml.UnmarshalStrict(document, &k); err != nil {
			t.Fatal(err)
		}
		for _, check := range k.Spec.HealthCheckExprs {
			if _, again := out[check.Kind]; again {
				t.Errorf("kind %s is checked twice", check.Kind)
			}
			out[check.Kind] = check
		}
	}
	return out
}

// ArgoScripts gives the scripts by group_kind, out of the patch that is written for Argo CD.
func ArgoScripts(t testing.TB) map[string]string {
	t.Helper()
	tree, err := gitops.Shared(environment(compiler.EngineArgoCD))
	if err != nil {
		t.Fatal(err)
	}
	var configuration struct {
		Data map[string]string `json:"data"`
	}
	if err := yaml.Unmarshal(tree[path.Join(compiler.ClustersFolder, "prod", "argocd", "argocd-cm.yaml")], &configuration); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for key, script := range configuration.Data {
		name, ok := strings.CutPrefix(key, "resource.customizations.health.")
		if !ok {
			t.Errorf("Argo CD does not read the key %s", key)
		}
		out[name] = script
	}
	return out
}

func named(name string) schema.Value[string] { return schema.Value[string]{V: name} }

func environment(engine string) *compiler.Environment {
	return &compiler.Environment{
		Name:   named("prod"),
		GitOps: &compiler.GitOpsSpec{Engine: named(engine), Repository: named("https://git.example.org/deploy.git")},
	}
}
