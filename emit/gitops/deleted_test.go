package gitops_test

import (
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/emit/gitops/gitopstest"
)

// TestArgoHealthOfTheDeleted: whatever was recorded of an object, once it is being deleted it is on its way.
func TestArgoHealthOfTheDeleted(t *testing.T) {
	scripts := gitopstest.ArgoScripts(t)
	ran := map[string]bool{}
	for kind, r := range gitopstest.Recordings(t) {
		group, _, _ := strings.Cut(r.APIVersion, "/")
		key := group + "_" + kind
		script, ok := scripts[key]
		if !ok {
			continue
		}
		ran[key] = true
		for i, c := range r.Cases {
			for message, finalizers := range map[string][]any{
				"is being deleted": nil,
				"is being deleted, which waits for one.org, two.org": {"one.org", "two.org"},
			} {
				obj := r.Object(t, i)
				metadata := obj["metadata"].(map[string]any)
				metadata["deletionTimestamp"], metadata["finalizers"] = "2026-11-20T09:12:44Z", finalizers
				if status, said, err := gitopstest.ArgoHealth(script, obj); status != "Progressing" || said != message || err != nil {
					t.Errorf("%s, %s: Argo CD takes it for %s, %q (%v)", kind, c.Name, status, said, err)
				}
			}
		}
	}
	if len(ran) == 0 || len(ran) != len(scripts) {
		t.Errorf("of %d scripts %d were run", len(scripts), len(ran))
	}
}
