package kinds_test

import (
	"path/filepath"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/emittest"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
	"github.com/pipelinectl/pipelinectl/schema"
)

// bundles compiles testdata, where every kind stands with all its fields, and every example: in base and in every
// environment.
func bundles(t *testing.T) []*emit.Bundle {
	t.Helper()
	projects, err := filepath.Glob("../../examples/*/pipelinectl.yaml")
	if err != nil || len(projects) < 2 {
		t.Fatalf("examples not found: %v %v", projects, err)
	}
	out := compileProject(t, "testdata")
	for _, file := range projects {
		out = append(out, compileProject(t, filepath.Dir(file))...)
	}
	return out
}

func compileProject(t *testing.T, dir string) []*emit.Bundle {
	t.Helper()
	project, findings, err := schema.Load([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	program, more := compiler.Compile(project.Documents, kinds.All())
	for _, f := range append(findings, more...) {
		t.Errorf("%s: %s [%s]", f.Pos, f.Message, f.Code)
	}
	var out []*emit.Bundle
	for _, g := range program.Graphs {
		b, err := emit.Emit(g)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// TestObjects proves every object, and that the proof would have found a fault in each kind of them.
func TestObjects(t *testing.T) {
	v := emittest.New(t)
	planted := map[string]bool{}
	for _, b := range bundles(t) {
		for _, r := range b.Resources {
			if err := v.Validate(r.Tree()); err != nil {
				t.Errorf("environment %q: %v", b.Environment, err)
			}
			if kind := r.ID().Kind; !planted[kind] {
				planted[kind] = true
				for fault, tree := range emittest.Faults(r.Tree()) {
					if v.Validate(tree) == nil {
						t.Errorf("%s: a planted %s is accepted", kind, fault)
					}
				}
			}
		}
	}
	for _, kind := range []string{
		"Certificate", "ConfigMap", "Deployment", "Host", "Issuer", "KafkaAccess", "KafkaTopic", "KafkaUser", "Mapping",
		"NetworkPolicy", "PodDisruptionBudget", "PodMonitor", "PrometheusRule", "Service", "ServiceAccount",
	} {
		if !planted[kind] {
			t.Errorf("no %s was emitted, so nothing is proved of it", kind)
		}
	}
}

// TestPodsAreRestricted holds every pod to the Pod Security Standard restricted, and shows that a container without our
// security context would not pass.
func TestPodsAreRestricted(t *testing.T) {
	pods := 0
	for _, b := range bundles(t) {
		for _, r := range b.Resources {
			d, ok := r.Object.(*appsv1.Deployment)
			if !ok {
				continue
			}
			pods++
			if err := emittest.Restricted(&d.Spec.Template); err != nil {
				t.Errorf("environment %q: %s: %v", b.Environment, d.Name, err)
			}
			planted := d.Spec.Template.DeepCopy()
			planted.Spec.InitContainers = append(planted.Spec.InitContainers, corev1.Container{Name: "planted"})
			if emittest.Restricted(planted) == nil {
				t.Errorf("%s: a planted container without security context is accepted", d.Name)
			}
			for _, c := range slices.Concat(d.Spec.Template.Spec.InitContainers, d.Spec.Template.Spec.Containers) {
				if s := c.SecurityContext; s == nil || s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem {
					t.Errorf("%s: container %s can write to its root", d.Name, c.Name)
				}
			}
		}
	}
	if pods == 0 {
		t.Error("there are no pods")
	}
}
