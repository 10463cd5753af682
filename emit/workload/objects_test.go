package workload_test

import (
	"maps"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/pipelinectl/pipelinectl/emit/workload"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
)

func TestEmitKinds(t *testing.T) {
	tests := []struct {
		name     string
		replicas schema.Value[int32]
		ingest   *contract.Ingest
		want     []string
		// spread says whether pods keep apart; wantReplicas is nil where the field must be absent.
		spread       bool
		wantReplicas *int32
	}{
		{"one pod", schema.Value[int32]{}, nil, nil, false, nil},
		{"one pod, written", written(int32(1)), nil, nil, false, new(int32(1))},
		{"no pod", written(int32(0)), nil, nil, false, new(int32(0))},
		{"two pods", written(int32(2)), nil, []string{"PodDisruptionBudget"}, true, new(int32(2))},
		{"one that serves", schema.Value[int32]{}, &contract.Ingest{Path: "/"}, []string{"Service"}, false, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g, n := graph(environment(nil))
			n.Runner.Ingest = test.ingest
			pod := workload.Pod{Runner: workload.Runner(g, n, "runner:v1", "runner:v1")}
			objects := emitted(t, g, n, &workload.Spec{Replicas: test.replicas}, pod)
			want := slices.Sorted(slices.Values(append([]string{"ConfigMap", "Deployment", "NetworkPolicy", "ServiceAccount"}, test.want...)))
			if got := slices.Sorted(maps.Keys(objects)); !slices.Equal(got, want) {
				t.Errorf("objects are %v, want %v", got, want)
			}
			d := objects["Deployment"].(*appsv1.Deployment)
			if got := d.Spec.Replicas; (got == nil) != (test.wantReplicas == nil) || got != nil && *got != *test.wantReplicas {
				t.Errorf("replicas are %v, want %v", got, test.wantReplicas)
			}
			if got := len(d.Spec.Template.Spec.TopologySpreadConstraints) > 0; got != test.spread {
				t.Errorf("pods keep apart: %v, want %v", got, test.spread)
			}
		})
	}
}

func TestDeployment(t *testing.T) {
	g, n := graph(environment(nil))
	g.Pipeline.Labels = schema.Entries[schema.Value[string]]{
		{Key: written("team"), Value: written("media")},
		{Key: written(workload.LabelName), Value: written("mine")},
	}
	objects := emitted(t, g, n, &workload.Spec{}, workload.Pod{Runner: workload.Runner(g, n, "runner:v1", "runner:v1")})
	d := objects["Deployment"].(*appsv1.Deployment)
	template := d.Spec.Template
	if got := *template.Spec.TerminationGracePeriodSeconds; got != 41 {
		t.Errorf("the grace period is %d s, want the drain of 30.5 s and 10 s rounded up", got)
	}
	if got := template.Annotations[workload.AnnotationConfigHash]; got != n.Hash {
		t.Errorf("the hash is %q", got)
	}
	if got := objects["ConfigMap"].(*corev1.ConfigMap).Data[contract.NodeFile]; got != string(n.Contract) {
		t.Errorf("the contract is %q", got)
	}
	wantSelector := map[string]string{workload.LabelName: "photos", workload.LabelComponent: "label"}
	if !maps.Equal(d.Spec.Selector.MatchLabels, wantSelector) {
		t.Errorf("the selector is %v", d.Spec.Selector.MatchLabels)
	}
	for _, labels := range []map[string]string{d.Labels, template.Labels} {
		if labels["team"] != "media" || labels[workload.LabelName] != "photos" {
			t.Errorf("the labels are %v: the pipeline's own must be there, but not in place of ours", labels)
		}
	}
}

func TestReadableNameStays(t *testing.T) {
	g, n := graph(nil)
	if meta := workload.Meta(g, n); len(meta.Annotations) > 0 {
		t.Errorf("a readable name needs no annotation, but there are %v", meta.Annotations)
	}
	n.Object = "photos-lab-0a1b2c3d"
	if got := workload.Meta(g, n).Annotations[workload.AnnotationNode]; got != "photos.label" {
		t.Errorf("the readable name is %q", got)
	}
}

func TestFluxLeavesTextAlone(t *testing.T) {
	g, n := graph(nil)
	n.Contract = []byte(`{"command": ["sh", "-c", "echo ${HOME}"]}`)
	objects := emitted(t, g, n, &workload.Spec{}, workload.Pod{Runner: workload.Runner(g, n, "runner:v1", "runner:v1")})
	for kind, obj := range objects {
		got := obj.GetAnnotations()["kustomize.toolkit.fluxcd.io/substitute"]
		if want := map[string]string{"ConfigMap": "disabled"}[kind]; got != want {
			t.Errorf("%s: substitution is %q, want %q", kind, got, want)
		}
	}
}

func TestResources(t *testing.T) {
	tests := []struct {
		name                          string
		cpuRequest, memRequest        string
		cpuLimit, memLimit            string
		wantCPU, wantMemory           string
		wantCPULimit, wantMemoryLimit string
	}{
		{name: "nothing", wantCPU: "100m", wantMemory: "256Mi", wantMemoryLimit: "256Mi"},
		{name: "requests", cpuRequest: "1", memRequest: "1Gi", wantCPU: "1", wantMemory: "1Gi", wantMemoryLimit: "1Gi"},
		{name: "limits", cpuLimit: "50m", memLimit: "64Mi", wantCPU: "50m", wantMemory: "64Mi", wantCPULimit: "50m", wantMemoryLimit: "64Mi"},
		{
			name: "both", cpuRequest: "1", cpuLimit: "2", memRequest: "1Gi", memLimit: "2Gi",
			wantCPU: "1", wantCPULimit: "2", wantMemory: "1Gi", wantMemoryLimit: "2Gi",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var spec workload.Spec
			for text, field := range map[*string]*schema.Value[workload.Quantity]{
				&test.cpuRequest: &spec.Resources.Requests.CPU,
				&test.memRequest: &spec.Resources.Requests.Memory,
				&test.cpuLimit:   &spec.Resources.Limits.CPU,
				&test.memLimit:   &spec.Resources.Limits.Memory,
			} {
				if *text != "" {
					*field = quantity(t, *text)
				}
			}
			g, n := graph(nil)
			c := workload.Runner(g, n, "runner:v1", "runner:v1")
			spec.Configure(&c)
			for _, want := range []struct {
				what, amount string
				list         corev1.ResourceList
				name         corev1.ResourceName
			}{
				{"request of cpu", test.wantCPU, c.Resources.Requests, corev1.ResourceCPU},
				{"request of memory", test.wantMemory, c.Resources.Requests, corev1.ResourceMemory},
				{"limit of cpu", test.wantCPULimit, c.Resources.Limits, corev1.ResourceCPU},
				{"limit of memory", test.wantMemoryLimit, c.Resources.Limits, corev1.ResourceMemory},
			} {
				got, ok := want.list[want.name]
				if ok != (want.amount != "") || ok && got.Cmp(resource.MustParse(want.amount)) != 0 {
					t.Errorf("the %s is %s, want %q", want.what, got.String(), want.amount)
				}
			}
		})
	}
}
