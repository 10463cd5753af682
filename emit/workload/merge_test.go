package workload_test

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/workload"
)

// onePod is a node's pod with a sidecar.
func onePod(g *compiler.Graph, n *compiler.Node) workload.Pod {
	return workload.Pod{
		Runner:  workload.Runner(g, n, "runner:v1", "acme/label:1"),
		Init:    []corev1.Container{{Name: "algo", Image: "acme/label:1", Env: []corev1.EnvVar{{Name: "A", Value: "1"}}}},
		Volumes: []corev1.Volume{workload.EmptyDir("tmp")},
	}
}

// template gives the pod of a node with a `pod` block, after its checks.
func template(t *testing.T, pod string) *corev1.PodTemplateSpec {
	t.Helper()
	spec := decode(t, "pod: "+pod)
	g, n := graph(environment(nil))
	if findings := append(spec.Check(), spec.CheckPod(g, n, n.Runner, onePod)...); len(findings) > 0 {
		t.Fatalf("unexpected findings: %v", findings)
	}
	return &emitted(t, g, n, spec, onePod(g, n))["Deployment"].(*appsv1.Deployment).Spec.Template
}

// TestMergeVolumes gives a planned volume another source, which takes the place of the one that it has.
func TestMergeVolumes(t *testing.T) {
	p := template(t, `{spec: {volumes: [{name: tmp, persistentVolumeClaim: {claimName: large}}, {name: more, emptyDir: {}}]}}`)
	i := slices.IndexFunc(p.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == "tmp" })
	if len(p.Spec.Volumes) != 3 || i < 0 || p.Spec.Volumes[i].EmptyDir != nil || p.Spec.Volumes[i].PersistentVolumeClaim.ClaimName != "large" {
		t.Errorf("the volumes are %+v", p.Spec.Volumes)
	}
}

func containers(list []corev1.Container) string {
	var out []string
	for _, c := range list {
		out = append(out, c.Name)
	}
	return strings.Join(out, " ")
}

func TestMergeFields(t *testing.T) {
	p := template(t, `{metadata: {labels: {tier: batch}}, spec: {nodeSelector: {disk: ssd}, tolerations: [{key: gpu}], securityContext: {runAsUser: 1000}, runtimeClassName: gvisor}}`)
	if p.Labels["tier"] != "batch" || p.Labels[workload.LabelName] != "photos" || p.Annotations[workload.AnnotationConfigHash] == "" {
		t.Errorf("the metadata is %+v", p.ObjectMeta)
	}
	s := p.Spec
	if s.NodeSelector["disk"] != "ssd" || len(s.Tolerations) != 1 || *s.RuntimeClassName != "gvisor" {
		t.Errorf("the pod is %+v", s)
	}
	if *s.SecurityContext.RunAsUser != 1000 || !*s.SecurityContext.RunAsNonRoot {
		t.Errorf("the security context is %+v: what is not named stays", s.SecurityContext)
	}
}

func TestMergeContainers(t *testing.T) {
	p := template(t, `{spec: {
  initContainers: [{name: download, image: acme/models:1}, {name: algo, env: [{name: B, value: "2"}]}],
  containers: [{name: a, image: acme/a:1, ports: [{containerPort: 9100}], resources: {limits: {cpu: "0.0001", memory: 1024Mi}}, securityContext: {readOnlyRootFilesystem: false}}]}}`)
	if got := containers(p.Spec.InitContainers); got != "download algo" {
		t.Errorf("the init containers are %s: the order of the document is lost", got)
	}
	if got := containers(p.Spec.Containers); got != "runner a" {
		t.Errorf("the containers are %s: the runner is to be the first", got)
	}
	if env := p.Spec.InitContainers[1].Env; len(env) != 2 || p.Spec.InitContainers[1].Image != "acme/label:1" {
		t.Errorf("the algo is %+v, want it with one variable more", p.Spec.InitContainers[1])
	}
	added := p.Spec.Containers[1]
	if c := added.SecurityContext; *c.AllowPrivilegeEscalation || *c.ReadOnlyRootFilesystem || !slices.Equal(c.Capabilities.Drop, []corev1.Capability{"ALL"}) {
		t.Errorf("the security context of a new container is %+v: ours fills what it leaves out", c)
	}
	if added.Ports[0].Protocol != corev1.ProtocolTCP {
		t.Errorf("a port has no protocol: %+v", added.Ports)
	}
	if cpu, memory := added.Resources.Limits.Cpu(), added.Resources.Limits.Memory(); cpu.String() != "1m" || memory.Cmp(resource.MustParse("1Gi")) != 0 {
		t.Errorf("amounts are %v and %v, not as the server keeps them", cpu, memory)
	}
}

func TestCheckPod(t *testing.T) {
	tests := []struct {
		name, pod string
		// says is what the sole finding's message holds, at the text that it stands at; empty: there is none.
		says, at string
	}{
		{"placement", `{spec: {nodeSelector: {a: b}}}`, "", ""},
		{"another empty folder", `{spec: {volumes: [{name: tmp, emptyDir: {medium: Memory}}]}}`, "", ""},
		{"longer", `{spec: {terminationGracePeriodSeconds: 41}}`, "", ""},
		{"shorter", `{spec: {terminationGracePeriodSeconds: 40}}`, "spec.terminationGracePeriodSeconds", "terminationGrace"},
		{"a label of the selector", `{metadata: {labels: {app.kubernetes.io/component: x}}}`, "labels.app.kubernetes.io/component", "app.kubernetes.io/component"},
		{"the hash", `{metadata: {annotations: {pipelinectl.dev/config-hash: x}}}`, "config-hash", "pipelinectl.dev/config-hash"},
		{"restart policy", `{spec: {restartPolicy: OnFailure}}`, "spec.restartPolicy", "restartPolicy"},
		{"an end", `{spec: {activeDeadlineSeconds: 10}}`, "activeDeadlineSeconds", "activeDeadlineSeconds"},
		{"for debugging", `{spec: {ephemeralContainers: [{name: a, image: b}]}}`, "ephemeralContainers", "ephemeralContainers"},
		{"image", `{spec: {containers: [{name: runner, image: x}]}}`, "containers.runner.image", "image: x"},
		{"command", `{spec: {containers: [{name: runner, command: [x]}]}}`, "containers.runner.command", "command"},
		{"arguments", `{spec: {initContainers: [{name: algo, args: [x]}]}}`, "initContainers.algo.args", "args"},
		{"no more a sidecar", `{spec: {initContainers: [{name: algo, restartPolicy: Always}]}}`, "algo.restartPolicy", "restartPolicy"},
		{"a variable of the contract", `{spec: {containers: [{name: runner, env: [{name: RUNNER_NODE_FILE, value: x}]}]}}`, "env.RUNNER_NODE_FILE", "{name: RUNNER"},
		{"the contract's folder", `{spec: {containers: [{name: runner, volumeMounts: [{mountPath: /etc/runner, name: tmp}]}]}}`, "volumeMounts.node", "volumeMounts"},
		{"the runner's port", `{spec: {containers: [{name: runner, ports: [{containerPort: 9404, name: x}]}]}}`, "ports.admin", "ports"},
		{"the contract's volume", `{spec: {volumes: [{name: node, configMap: {name: other}}]}}`, "volumes.node", "{name: node"},
		{"no image", `{spec: {containers: [{name: runer}]}}`, "no image", "{name: runer"},
		{"a name twice", `{spec: {containers: [{name: algo, image: x}]}}`, "two containers `algo`", "{name: algo"},
		{"a volume that is not there", `{spec: {containers: [{name: runner, volumeMounts: [{mountPath: /x, name: x}]}]}}`, "mounts the volume `x`", "{mountPath: /x"},
		{"root", `{spec: {securityContext: {runAsUser: 0}}}`, "runAsUser=0", "runAsUser"},
		{"the machine's network", `{spec: {hostNetwork: true}}`, "host namespaces", "hostNetwork"},
		{"the machine's files", `{spec: {volumes: [{name: x, hostPath: {path: /}}]}}`, "hostPath", "hostPath"},
		{"escalation", `{spec: {containers: [{name: runner, securityContext: {allowPrivilegeEscalation: true}}]}}`, "allowPrivilegeEscalation", "allowPrivilegeEscalation"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec := decode(t, "pod: "+test.pod)
			g, n := graph(environment(nil))
			if findings := spec.Check(); len(findings) > 0 {
				t.Fatal(findings)
			}
			findings := spec.CheckPod(g, n, n.Runner, onePod)
			if test.says == "" {
				if len(findings) > 0 {
					t.Fatalf("unexpected findings: %v", findings)
				}
				return
			}
			if len(findings) == 0 || !strings.Contains(findings[0].Message, test.says) || findings[0].Hint == "" {
				t.Fatalf("findings are %+v, want one of %q", findings, test.says)
			}
			if line := "  pod: " + test.pod; !strings.HasPrefix(line[findings[0].Pos.Col-1:], test.at) {
				t.Errorf("the finding points at %q, want %q", line[findings[0].Pos.Col-1:], test.at)
			}
		})
	}
}
