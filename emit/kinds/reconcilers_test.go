package kinds_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/pipelinectl/pipelinectl/emit/gitops"
	"github.com/pipelinectl/pipelinectl/emit/gitops/gitopstest"
)

// builtin are the kinds whose health both engines know by themselves.
var builtin = []string{"ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount"}

// fluxOrder is how Flux sorts the kinds of a Kustomization that are built in; all others come later
// (github.com/fluxcd/pkg/ssa/sort.go).
var fluxOrder = []string{"ServiceAccount", "ConfigMap", "Service", "Deployment", "PodDisruptionBudget"}

// argoOrder is how Argo CD sorts those of a wave (github.com/argoproj/gitops-engine/pkg/sync/sync_tasks.go).
var argoOrder = []string{"NetworkPolicy", "PodDisruptionBudget", "ServiceAccount", "ConfigMap", "Service", "Deployment"}

// rank is the place of a kind in an order, after all others where it is in none.
func rank(order []string, obj *unstructured.Unstructured) int {
	if i := slices.Index(order, obj.GetKind()); i >= 0 {
		return i
	}
	return len(order)
}

// reconcileFlux applies Kustomizations by Flux's rules and no others: one at a time, in any order (prefer says in which of
// two) that dependsOn allows; it is ready when all of its objects are what Flux takes for healthy. Folder gives the objects
// of a path.
func reconcileFlux(t *testing.T, c *cluster, kustomizations []gitops.Kustomization, folder map[string][]*unstructured.Unstructured,
	prefer func(x, y string) int,
) error {
	t.Helper()
	pending := slices.Clone(kustomizations)
	slices.SortFunc(pending, func(x, y gitops.Kustomization) int { return prefer(x.Name, y.Name) })
	ready := map[string]bool{}
	for len(pending) > 0 {
		i := slices.IndexFunc(pending, func(k gitops.Kustomization) bool {
			return !slices.ContainsFunc(k.Spec.DependsOn, func(r gitops.Reference) bool { return !ready[r.Name] })
		})
		if i < 0 {
			return errors.New("every Kustomization waits for another")
		}
		if err := applyKustomization(t, c, pending[i], folder[pending[i].Spec.Path]); err != nil {
			return fmt.Errorf("Kustomization %s: %w", pending[i].Name, err)
		}
		ready[pending[i].Name] = true
		pending = slices.Delete(pending, i, i+1)
	}
	return nil
}

func applyKustomization(t *testing.T, c *cluster, k gitops.Kustomization, objects []*unstructured.Unstructured) error {
	if len(objects) == 0 {
		return fmt.Errorf("nothing is in its path %s", k.Spec.Path)
	}
	objects = slices.SortedStableFunc(slices.Values(objects), func(x, y *unstructured.Unstructured) int {
		return cmp.Or(cmp.Compare(rank(fluxOrder, x), rank(fluxOrder, y)), cmp.Compare(key(x), key(y)))
	})
	var set []string
	for _, obj := range objects {
		set = append(set, key(obj))
	}
	for _, obj := range objects {
		if err := c.apply(obj, set); err != nil {
			return err
		}
	}
	return c.settle(objects, func(obj *unstructured.Unstructured, l life) []bool { return seenByFlux(t, k, obj, l) })
}

// seenByFlux says which statuses Flux takes for healthy. A custom resource without an expression counts as that at once:
// Flux does not wait for what it really is.
func seenByFlux(t *testing.T, k gitops.Kustomization, obj *unstructured.Unstructured, l life) []bool {
	t.Helper()
	out := make([]bool, len(l))
	check := slices.IndexFunc(k.Spec.HealthCheckExprs, func(e gitops.HealthCheckExpressions) bool {
		return e.APIVersion == obj.GetAPIVersion() && e.Kind == obj.GetKind()
	})
	for i, status := range l {
		switch {
		case !k.Spec.Wait:
			out[i] = true
		case check >= 0:
			verdict, _ := gitopstest.NewFlux(t, k.Spec.HealthCheckExprs[check]).Status(status) // Unknown, with an error, is not Current
			out[i] = verdict == "Current"
		default:
			out[i] = i == len(l)-1 || !slices.Contains(builtin, obj.GetKind())
		}
	}
	return out
}

// reconcileArgo applies the objects of an Application by Argo CD's rules and no others: by wave, kind and name (all are of
// one phase); a wave begins when all objects of the one before are what Argo CD takes for healthy. Scripts are the health
// checks that it is given, by group_kind.
func reconcileArgo(t *testing.T, c *cluster, objects []*unstructured.Unstructured, scripts map[string]string) error {
	t.Helper()
	waves := map[int][]*unstructured.Unstructured{}
	for _, obj := range objects {
		wave := 0
		if annotation := obj.GetAnnotations()[gitops.AnnotationWave]; annotation != "" {
			var err error
			if wave, err = strconv.Atoi(annotation); err != nil {
				return err
			}
		}
		waves[wave] = append(waves[wave], obj)
	}
	for _, n := range slices.Sorted(maps.Keys(waves)) {
		wave := slices.SortedStableFunc(slices.Values(waves[n]), func(x, y *unstructured.Unstructured) int {
			return cmp.Or(cmp.Compare(rank(argoOrder, x), rank(argoOrder, y)), cmp.Compare(x.GetName(), y.GetName()))
		})
		for _, obj := range wave {
			if err := c.apply(obj, nil); err != nil {
				return fmt.Errorf("wave %d: %w", n, err)
			}
		}
		err := c.settle(wave, func(obj *unstructured.Unstructured, l life) []bool { return seenByArgo(t, scripts, obj, l) })
		if err != nil {
			return fmt.Errorf("wave %d: %w", n, err)
		}
	}
	return nil
}

// seenByArgo says which statuses Argo CD takes for healthy. What it has no check for, of its own or given, counts as that
// at once.
func seenByArgo(t *testing.T, scripts map[string]string, obj *unstructured.Unstructured, l life) []bool {
	t.Helper()
	out := make([]bool, len(l))
	group, _, _ := strings.Cut(obj.GetAPIVersion(), "/")
	script, given := scripts[group+"_"+obj.GetKind()]
	own := slices.Contains(builtin, obj.GetKind()) || group == "cert-manager.io"
	for i, status := range l {
		if !given {
			out[i] = i == len(l)-1 || !own
			continue
		}
		verdict, _, err := gitopstest.ArgoHealth(script, status)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = verdict == "Healthy"
	}
	return out
}
