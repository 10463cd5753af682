package kinds_test

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
	"github.com/pipelinectl/pipelinectl/emit/gitops/gitopstest"
)

// anyOrder reconciles with Flux in the two orders that two Kustomizations can have, and gives the first fault.
func anyOrder(t *testing.T, d delivery, ks []gitops.Kustomization, folder map[string][]*unstructured.Unstructured) error {
	t.Helper()
	objects := slices.Concat(slices.Collect(maps.Values(folder))...)
	for _, prefer := range []func(x, y string) int{cmp.Compare[string], func(x, y string) int { return cmp.Compare(y, x) }} {
		if err := reconcileFlux(t, newCluster(t, d.graph, objects), ks, folder, prefer); err != nil {
			return err
		}
	}
	return nil
}

// TestOrderOfFlux: what is written for Flux brings everything up, and no part of it can be taken away: a dependsOn, a wait,
// the health check of a kind that workloads need.
func TestOrderOfFlux(t *testing.T) {
	for _, layout := range emit.Layouts() {
		for name, d := range deliveries(t, layout, fromGit(compiler.EngineFlux)) {
			t.Run(name+", "+string(layout), func(t *testing.T) { orderOfFlux(t, d) })
		}
	}
}

func orderOfFlux(t *testing.T, d delivery) {
	ks, folder := d.kustomizations(t)
	if err := anyOrder(t, d, ks, folder); err != nil {
		t.Error(err)
	}
	for i, k := range ks {
		without := func(what string, change func(*gitops.KustomizationSpec)) {
			changed := slices.Clone(ks)
			change(&changed[i].Spec)
			if err := anyOrder(t, d, changed, folder); err == nil {
				t.Errorf("without %s, Kustomization %s brings everything up all the same: the test sees nothing", what, k.Name)
			}
		}
		for j, on := range k.Spec.DependsOn {
			without("dependsOn "+on.Name, func(s *gitops.KustomizationSpec) {
				s.DependsOn = slices.Delete(slices.Clone(s.DependsOn), j, j+1)
			})
		}
		if len(k.Spec.DependsOn) > 0 {
			continue // nothing waits for the objects of this one
		}
		without("wait", func(s *gitops.KustomizationSpec) { s.Wait = false })
		for j, check := range k.Spec.HealthCheckExprs {
			without("the check of "+check.Kind, func(s *gitops.KustomizationSpec) {
				s.HealthCheckExprs = slices.Delete(slices.Clone(s.HealthCheckExprs), j, j+1)
			})
		}
	}
}

// TestOrderOfArgoCD: the waves bring everything up, and none of them can be taken away from any object, nor a health check
// that one rests on.
func TestOrderOfArgoCD(t *testing.T) {
	taken := map[string]bool{}
	for _, layout := range emit.Layouts() {
		for name, d := range deliveries(t, layout, fromGit(compiler.EngineArgoCD)) {
			t.Run(name+", "+string(layout), func(t *testing.T) { orderOfArgoCD(t, d, taken) })
		}
	}
	if got, want := slices.Sorted(maps.Keys(taken)), []string{"Host", "Issuer", "KafkaAccess", "KafkaTopic", "KafkaUser", "Mapping"}; !slices.Equal(got, want) {
		t.Errorf("there are waves of %v, want %v", got, want)
	}
}

// orderOfArgoCD notes in taken the kinds of whose objects it took waves away.
func orderOfArgoCD(t *testing.T, d delivery, taken map[string]bool) {
	scripts, objects := gitopstest.ArgoScripts(t), d.pipeline(t)
	whole := newCluster(t, d.graph, objects)
	if err := reconcileArgo(t, whole, objects, scripts); err != nil {
		t.Error(err)
	}
	for i, obj := range objects {
		annotations := obj.GetAnnotations()
		if annotations[gitops.AnnotationWave] == "" || !whole.matters(obj) {
			continue
		}
		delete(annotations, gitops.AnnotationWave)
		changed := slices.Clone(objects)
		changed[i] = obj.DeepCopy()
		changed[i].SetAnnotations(annotations)
		if err := reconcileArgo(t, newCluster(t, d.graph, changed), changed, scripts); err == nil {
			t.Errorf("without the wave of %s everything comes up all the same: the test sees nothing", key(obj))
		}
		taken[obj.GetKind()] = true
	}
	for check := range scripts {
		needed := slices.ContainsFunc(objects, func(obj *unstructured.Unstructured) bool {
			group, _, _ := strings.Cut(obj.GetAPIVersion(), "/")
			return group+"_"+obj.GetKind() == check && strings.HasPrefix(obj.GetAnnotations()[gitops.AnnotationWave], "-")
		})
		fewer := maps.Clone(scripts)
		delete(fewer, check)
		if err := reconcileArgo(t, newCluster(t, d.graph, objects), objects, fewer); needed && err == nil {
			t.Errorf("without the health check %s everything comes up all the same: the test sees nothing", check)
		}
	}
}
