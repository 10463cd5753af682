package live

import (
	"cmp"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/workload"
)

// leftovers are the objects of a pipeline that are no longer compiled, sorted. What a controller made belongs to that.
func (s *survey) leftovers(t Target) []*unstructured.Unstructured {
	compiled := map[emit.ID]bool{}
	for _, m := range t.Manifests.Objects {
		compiled[m.ID] = true
	}
	var out []*unstructured.Unstructured
	for id, u := range s.objects {
		has := u.GetLabels()
		ours := has[workload.LabelManagedBy] == workload.ManagedBy && has[workload.LabelPartOf] == partOf(t.Graph)
		if ours && !compiled[id] && !s.request.Others[id] && metav1.GetControllerOf(u) == nil {
			out = append(out, u)
		}
	}
	slices.SortFunc(out, func(x, y *unstructured.Unstructured) int { return idOf(x).Compare(idOf(y)) })
	return out
}

// unseen says which lists were refused, sorted: nothing in them could be found that should no longer be.
func (s *survey) unseen() []string { return slices.Sorted(maps.Keys(s.blind)) }

// podsOf are the pods of a node that run or are to run, by name: none that ends, and none that has ended.
func (s *survey) podsOf(namespace string, selector labels.Selector) []*corev1.Pod {
	var out []*corev1.Pod
	for _, p := range s.pods {
		over := p.DeletionTimestamp != nil || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
		if !over && p.Namespace == namespace && selector.Matches(labels.Set(p.Labels)) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(x, y *corev1.Pod) int { return cmp.Compare(x.Name, y.Name) })
	return out
}
