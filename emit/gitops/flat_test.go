package gitops_test

import (
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/emittest"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
)

// TestFlat: in the flat layout engines are led to the folders with the manifests, Flux to the one of each layer, so that
// the app still waits for its topics; and what says so is valid.
func TestFlat(t *testing.T) {
	v := emittest.New(t)
	got := map[string]string{}
	for _, engine := range []string{compiler.EngineFlux, compiler.EngineArgoCD} {
		env := environment(engine, "https://example.org/deploy.git")
		env.GitOps.Path = written("deploy")
		tree, err := gitops.Applications(emit.Flat)(emitted(t, env, emit.Kafka, emit.App))
		if err != nil {
			t.Fatal(err)
		}
		objects, err := tree.EngineObjects()
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objects {
			if err := v.Validate(o.Value); err != nil {
				t.Errorf("%s: %v", o.ID, err)
			}
			spec := o.Value["spec"].(map[string]any)
			switch source, ok := spec["source"].(map[string]any); {
			case ok:
				got[o.ID.String()] = source["path"].(string)
				if directory, _ := source["directory"].(map[string]any); directory["recurse"] != true {
					t.Errorf("%s reads no sub-folders: %v", o.ID, source)
				}
			default:
				got[o.ID.String()] = spec["path"].(string)
				if _, waits := spec["dependsOn"]; waits != (o.ID.Name == "photos-prod") {
					t.Errorf("%s waits: %v", o.ID, waits)
				}
			}
		}
	}
	for object, path := range map[string]string{
		"kustomization.kustomize.toolkit.fluxcd.io/photos-prod":       "./deploy/prod/photos/app",
		"kustomization.kustomize.toolkit.fluxcd.io/photos-prod-kafka": "./deploy/prod/photos/kafka",
		"application.argoproj.io/photos-prod":                         "deploy/prod/photos",
	} {
		if got[object] != path {
			t.Errorf("%s applies %q, want %q", object, got[object], path)
		}
	}
}
