package algo

import (
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/workload"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

func written[T any](v T) schema.Value[T] {
	return schema.Value[T]{V: v, Pos: diag.Pos{File: "pipeline.yaml", Line: 1, Col: 1}}
}

const image = "ghcr.io/acme/label:1"

// pod gives the pod of an algo in base.
func pod(t *testing.T, change func(*Component)) corev1.PodSpec {
	t.Helper()
	c := &Component{Spec: Spec{Image: written(image)}}
	change(c)
	g := &compiler.Graph{
		Pipeline: &compiler.Pipeline{Name: written("photos")},
		Names:    compiler.Names{Pipeline: "photos"},
		Nodes: []*compiler.Node{{
			Name: "label", Object: "photos-label", Component: c,
			Runner: &contract.Node{Drain: contract.Duration(time.Minute)},
		}},
	}
	bundle, err := emit.Emit(g)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range bundle.Resources {
		if d, ok := r.Object.(*appsv1.Deployment); ok {
			return d.Spec.Template.Spec
		}
	}
	t.Fatal("there is no Deployment")
	return corev1.PodSpec{}
}

func value(c corev1.Container, name string) string {
	i := slices.IndexFunc(c.Env, func(v corev1.EnvVar) bool { return v.Name == name })
	if i < 0 {
		return ""
	}
	return c.Env[i].Value
}

// mounted gives the name of the volume at a path of a container.
func mounted(c corev1.Container, path string) string {
	i := slices.IndexFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == path })
	if i < 0 {
		return ""
	}
	return c.VolumeMounts[i].Name
}

func TestExecPod(t *testing.T) {
	p := pod(t, func(c *Component) {
		c.Exec = &ExecSpec{Command: []schema.Value[string]{written("label")}}
		c.Env = []workload.EnvSpec{{Name: written("HOME"), Value: written("/tmp")}}
	})
	if len(p.InitContainers) != 1 || len(p.Containers) != 1 {
		t.Fatalf("%d init containers and %d containers", len(p.InitContainers), len(p.Containers))
	}
	install, runner := p.InitContainers[0], p.Containers[0]
	if install.Image != "ghcr.io/pipelinectl/runner:v1" || !slices.Equal(install.Command, []string{"/runner", "install", "/opt/runner/runner"}) {
		t.Errorf("the runner is installed by %s %v", install.Image, install.Command)
	}
	if install.RestartPolicy != nil {
		t.Error("the installation is no sidecar: it must end before the pod starts")
	}
	if runner.Image != image || !slices.Equal(runner.Command, []string{"/opt/runner/runner"}) || value(runner, contract.VarNodeImage) != image {
		t.Errorf("the runner is %s %v, for records of %s", runner.Image, runner.Command, value(runner, contract.VarNodeImage))
	}
	if from, to := mounted(install, "/opt/runner"), mounted(runner, "/opt/runner"); from == "" || from != to {
		t.Errorf("the binary is put into volume %q and taken from %q", from, to)
	}
	if _, limited := runner.Resources.Limits[corev1.ResourceMemory]; limited {
		t.Error("the runner's own need limits the memory of the user's processes")
	}
	homes := 0
	for _, v := range runner.Env {
		if v.Name == "HOME" {
			homes++
		}
	}
	if homes != 1 || value(runner, "HOME") != "/tmp" || mounted(runner, "/tmp") == "" {
		t.Errorf("HOME is there %d times, the last %q", homes, value(runner, "HOME"))
	}
}

func TestHTTPPod(t *testing.T) {
	p := pod(t, func(c *Component) { c.HTTP = &HTTPSpec{Port: written(int32(9000))} })
	if len(p.InitContainers) != 1 || len(p.Containers) != 1 {
		t.Fatalf("%d init containers and %d containers", len(p.InitContainers), len(p.Containers))
	}
	algo, runner := p.InitContainers[0], p.Containers[0]
	if algo.RestartPolicy == nil || *algo.RestartPolicy != corev1.ContainerRestartPolicyAlways {
		t.Error("the algo is no native sidecar: the runner would wait for its end")
	}
	if algo.Image != image || value(algo, "PORT") != "9000" || value(algo, contract.VarNodeFile) != "" {
		t.Errorf("the algo is %s with %v", algo.Image, algo.Env)
	}
	if runner.Image != "ghcr.io/pipelinectl/runner:v1" || value(runner, contract.VarNodeImage) != image || len(runner.Command) > 0 {
		t.Errorf("the runner is %s %v, for records of %s", runner.Image, runner.Command, value(runner, contract.VarNodeImage))
	}
	if mounted(algo, "/tmp") == "" || mounted(algo, value(algo, "HOME")) == "" {
		t.Error("the algo has nowhere to write")
	}
}

func TestHTTPProbes(t *testing.T) {
	tests := []struct {
		name   string
		health *HealthSpec
		// startup and liveness are what the probes ask; empty: there is no probe.
		startup, liveness string
	}{
		{"nothing said", nil, "tcp 9000", ""},
		{"http", &HealthSpec{HTTP: &HTTPHealthSpec{Path: written("/healthz")}}, "http algo/healthz", "http algo/healthz"},
		{"tcp", &HealthSpec{TCP: &TCPHealthSpec{}}, "tcp 9000", "tcp 9000"},
		{"tcp on another port", &HealthSpec{TCP: &TCPHealthSpec{Port: written(int32(9001))}}, "tcp 9001", "tcp 9001"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := pod(t, func(c *Component) {
				c.HTTP, c.Health = &HTTPSpec{Port: written(int32(9000))}, test.health
			})
			algo := p.InitContainers[0]
			if got := asks(algo.StartupProbe); got != test.startup {
				t.Errorf("the startup probe asks %q, want %q", got, test.startup)
			}
			if got := asks(algo.LivenessProbe); got != test.liveness {
				t.Errorf("the liveness probe asks %q, want %q", got, test.liveness)
			}
		})
	}
}

func asks(p *corev1.Probe) string {
	switch {
	case p == nil:
		return ""
	case p.HTTPGet != nil:
		return "http " + p.HTTPGet.Port.String() + p.HTTPGet.Path
	default:
		return "tcp " + p.TCPSocket.Port.String()
	}
}
