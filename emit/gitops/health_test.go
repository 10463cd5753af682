package gitops_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/emittest"
	"github.com/pipelinectl/pipelinectl/emit/gitops/gitopstest"
)

// TestRecordings holds what was recorded to the CRDs: a status that cannot be would prove nothing.
func TestRecordings(t *testing.T) {
	v := emittest.New(t)
	for kind, r := range gitopstest.Recordings(t) {
		for i, c := range r.Cases {
			obj := r.Object(t, i)
			delete(obj["metadata"].(map[string]any), "managedFields") // not for the validator of metadata
			if err := v.Validate(obj); (err != nil) != c.Odd {
				t.Errorf("%s, %s: %v", kind, c.Name, err)
			}
		}
	}
}

// TestFluxHealth runs each expression, as it is written for Flux, on each status that was recorded of its kind.
func TestFluxHealth(t *testing.T) {
	checks := gitopstest.FluxChecks(t, slices.Concat(kinds[emit.Kafka], kinds[emit.App])...)
	recorded := gitopstest.Recordings(t)
	for kind := range checks {
		if recorded[kind] == nil {
			t.Errorf("nothing was recorded of kind %s", kind)
		}
	}
	for kind, r := range recorded {
		check, ok := checks[kind]
		if !ok || check.APIVersion != r.APIVersion {
			t.Errorf("%s %s has no health check, but %+v", r.APIVersion, kind, check)
			continue
		}
		evaluator := gitopstest.NewFlux(t, check)
		for i, c := range r.Cases {
			t.Run(kind+"/"+c.Name, func(t *testing.T) {
				got, err := evaluator.Status(r.Object(t, i))
				if got != c.Flux {
					t.Errorf("Flux takes it for %s, want %s (%v)", got, c.Flux, err)
				}
			})
		}
	}
}

// TestArgoHealth runs each script, as it is written for Argo CD, on each status that was recorded of its kind.
func TestArgoHealth(t *testing.T) {
	scripts := gitopstest.ArgoScripts(t)
	for kind, r := range gitopstest.Recordings(t) {
		group, _, _ := strings.Cut(r.APIVersion, "/")
		script, ok := scripts[group+"_"+kind]
		for i, c := range r.Cases {
			if ok != (c.ArgoCD != "") {
				t.Errorf("%s, %s: is there a script: %t; is something expected of it: %t", kind, c.Name, ok, c.ArgoCD != "")
				continue
			}
			if !ok {
				continue
			}
			t.Run(kind+"/"+c.Name, func(t *testing.T) {
				status, message, err := gitopstest.ArgoHealth(script, r.Object(t, i))
				if err != nil || status != c.ArgoCD {
					t.Errorf("Argo CD takes it for %s, want %s (%v)", status, c.ArgoCD, err)
				}
				if c.Message != "" && message != c.Message {
					t.Errorf("Argo CD says %q, want %q", message, c.Message)
				}
			})
		}
	}
}
