package gitops_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
)

// TestCompile: what an environment's pipelines share is there whichever of them are compiled, in a unit of its own; an
// environment without an engine has nothing.
func TestCompile(t *testing.T) {
	plain := environment(compiler.EngineFlux, "https://example.org/deploy.git")
	plain.GitOps = nil
	for _, c := range []struct {
		env  *compiler.Environment
		want []string
	}{
		{plain, nil},
		{environment(compiler.EngineFlux, "https://example.org/deploy.git"), []string{"clusters/prod/.pipelinectl.ledger", "clusters/prod/_environment.yaml"}},
		{environment(compiler.EngineArgoCD, "https://example.org/deploy.git"), []string{
			"clusters/prod/.pipelinectl.ledger", "clusters/prod/_environment.yaml", "clusters/prod/argocd/argocd-cm.yaml", "clusters/prod/argocd/kustomization.yaml",
		}},
	} {
		tree, err := gitops.Compile(emit.Kustomize, nil, []*compiler.Environment{c.env})
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Sorted(maps.Keys(tree)); !slices.Equal(got, c.want) {
			t.Errorf("got %q, want %q", got, c.want)
		}
		target := emit.Target{Tree: tree}
		if changes, err := emit.Write(t.Context(), t.TempDir(), target, nil); err != nil || len(changes.Written) != len(c.want) {
			t.Errorf("wrote %+v, %v", changes, err)
		}
	}
}

// TestNoEngineReadsTheLedger holds its name to what the engines take for manifests: Flux .yaml and .yml files (fluxcd/pkg,
// kustomize, generator), Argo CD also .json and .jsonnet (reposerver/repository, manifestFile).
func TestNoEngineReadsTheLedger(t *testing.T) {
	ledger := emit.EnvironmentUnit("prod").Ledger()
	for _, ending := range []string{".yaml", ".yml", ".json", ".jsonnet"} {
		if strings.HasSuffix(ledger, ending) {
			t.Errorf("%s is read as a manifest", ledger)
		}
	}
}
