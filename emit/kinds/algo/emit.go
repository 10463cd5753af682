package algo

import (
	"path"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/strimzi"
	"github.com/pipelinectl/pipelinectl/emit/workload"
)

var _ emit.Emitter = (*Component)(nil)

// Emit implements emit.Emitter: a runner inside the user's image (exec), or beside it (http).
func (c *Component) Emit(b *emit.Builder, n *compiler.Node) error {
	strimzi.Emit(b, n)
	return workload.Emit(b, n, &c.Spec.Spec, c.pod(b.Graph(), n))
}

// pod is what runs a node that has its runner.
func (c *Component) pod(g *compiler.Graph, n *compiler.Node) workload.Pod {
	if c.HTTP != nil {
		return c.httpPod(g, n)
	}
	return c.execPod(g, n)
}

// Where an exec algo's pod keeps the runner.
const (
	installDir       = "/opt/runner"
	installVolume    = "install"
	containerInstall = "install"
)

// execPod is the user's image with the runner as its first process: an init container of the runner's image copies the
// static binary into an empty volume. The two have the user's processes between them, so the memory that a runner alone
// needs is no limit here; the document's is.
func (c *Component) execPod(g *compiler.Graph, n *compiler.Node) workload.Pod {
	binary := path.Join(installDir, path.Base(workload.RunnerBinary))
	pod := workload.Pod{
		Runner:  workload.Runner(g, n, c.Image.V, c.Image.V),
		Volumes: []corev1.Volume{workload.EmptyDir(installVolume)},
	}
	pod.Init = []corev1.Container{{
		Name:         containerInstall,
		Image:        workload.RunnerImage(g),
		Command:      []string{workload.RunnerBinary, "install", binary},
		Resources:    pod.Runner.Resources,
		VolumeMounts: []corev1.VolumeMount{{Name: installVolume, MountPath: installDir}},
	}}
	pod.Runner.Command = []string{binary}
	pod.Runner.Resources = corev1.ResourceRequirements{Requests: pod.Runner.Resources.Requests.DeepCopy()}
	pod.Runner.VolumeMounts = append(pod.Runner.VolumeMounts, corev1.VolumeMount{Name: installVolume, MountPath: installDir, ReadOnly: true})
	pod.UserCode(&pod.Runner, &c.Spec.Spec)
	return pod
}

const (
	// containerAlgo is the sidecar that holds the user's server, and its port.
	containerAlgo = "algo"
	// A server has five minutes to start (a model to load, say) before its container is started again.
	startPeriod, startFailures = 2, 150
)

// httpPod has the user's server as a native sidecar (KEP-753): the runner starts after its startup probe has passed and
// ends before it, so that a drain still finds it there.
func (c *Component) httpPod(g *compiler.Graph, n *compiler.Node) workload.Pod {
	pod := workload.Pod{Runner: workload.Runner(g, n, workload.RunnerImage(g), c.Image.V)}
	sidecar := corev1.Container{
		Name:          containerAlgo,
		Image:         c.Image.V,
		RestartPolicy: new(corev1.ContainerRestartPolicyAlways),
		Env:           []corev1.EnvVar{{Name: workload.VarPort, Value: strconv.Itoa(int(c.HTTP.Port.V))}},
		Ports:         []corev1.ContainerPort{{Name: containerAlgo, ContainerPort: c.HTTP.Port.V, Protocol: corev1.ProtocolTCP}},
		StartupProbe:  &corev1.Probe{ProbeHandler: c.probe(), PeriodSeconds: startPeriod, FailureThreshold: startFailures},
	}
	if c.Health != nil {
		sidecar.LivenessProbe = &corev1.Probe{ProbeHandler: c.probe(), TimeoutSeconds: 5}
	}
	pod.UserCode(&sidecar, &c.Spec.Spec)
	pod.Init = []corev1.Container{sidecar}
	return pod
}

// probe asks the server as `health` says; without it, whether it takes connections.
func (c *Component) probe() corev1.ProbeHandler {
	switch h := c.Health; {
	case h != nil && h.HTTP != nil:
		return workload.HTTPGet(h.HTTP.Path.V, containerAlgo)
	case h != nil && h.TCP != nil:
		return workload.TCPConnect(h.TCP.Port.Or(c.HTTP.Port.V))
	default:
		return workload.TCPConnect(c.HTTP.Port.V)
	}
}
