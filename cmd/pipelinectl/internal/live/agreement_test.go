package live

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/pipelinectl/pipelinectl/emit/gitops/gitopstest"
)

// TestHealthAgrees runs what was recorded of every custom kind through what is written for Flux, what is written for Argo
// CD, and health: of one object nobody may hear two things.
func TestHealthAgrees(t *testing.T) {
	states := map[string]State{
		"Current": Ready, "Failed": Failed, "InProgress": Progressing, "Unknown": Progressing,
		"Healthy": Ready, "Degraded": Failed, "Progressing": Progressing, "Suspended": Progressing,
	}
	recordings := gitopstest.Recordings(t)
	var kinds []metav1.TypeMeta
	for _, r := range recordings {
		kinds = append(kinds, r.TypeMeta())
	}
	checks, scripts := gitopstest.FluxChecks(t, kinds...), gitopstest.ArgoScripts(t)
	seen := map[State]int{}
	for kind, r := range recordings {
		group, _, _ := strings.Cut(r.APIVersion, "/")
		flux := gitopstest.NewFlux(t, checks[kind])
		for i, c := range r.Cases {
			if c.Odd {
				continue // no API server lets it pass
			}
			t.Run(kind+"/"+c.Name, func(t *testing.T) {
				obj := r.Object(t, i)
				ours, why := health(&unstructured.Unstructured{Object: obj})
				seen[ours]++
				if status, err := flux.Status(obj); states[status] != ours {
					t.Errorf("Flux says %s (%v), status says %s: %s", status, err, ours, why)
				}
				script, ok := scripts[group+"_"+kind]
				if !ok {
					return // Argo CD has a check of its own
				}
				if status, message, err := gitopstest.ArgoHealth(script, obj); err != nil || states[status] != ours {
					t.Errorf("Argo CD says %s: %s (%v), status says %s: %s", status, message, err, ours, why)
				}
			})
		}
	}
	for _, state := range []State{Ready, Progressing, Failed} {
		if seen[state] < len(recordings) {
			t.Errorf("only %d of the statuses are %s", seen[state], state)
		}
	}
}
