package workload

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// Names of containers and ports that pods of all kinds have.
const (
	// ContainerRunner is the main container.
	ContainerRunner = "runner"
	// PortAdmin is contract.AdminPort, PortIngest contract.IngestPort.
	PortAdmin  = "admin"
	PortIngest = "ingest"
)

// RunnerBinary is the runner's path in its own image.
const RunnerBinary = "/runner"

// Names of volumes.
const (
	volumeNode  = "node"
	volumeKafka = "kafka"
	volumeTmp   = "tmp"
	volumeHome  = "home"
)

// homeDir is HOME of the user's code.
const homeDir = "/home/runner"

// What a runner requests where the document says nothing. Its work is waiting for Kafka and the algo, so a tenth of a
// processor sets its share under contention, and no limit throttles a burst. 256 MiB hold the Go runtime and the client
// (about 40 MiB) and records of a quarter of it, twice, since a heap doubles before it is collected. The limit of memory
// equals the request, so that a full machine never takes back what the runner counts on.
const (
	runnerCPU    = "100m"
	runnerMemory = "256Mi"
)

// RunnerImage is the image of an environment's runners: the one it names, else the release of this contract.
func RunnerImage(g *compiler.Graph) string {
	image := fmt.Sprintf("ghcr.io/pipelinectl/runner:v%d", contract.Version)
	if g.Environment == nil {
		return image
	}
	return g.Environment.Runner.Image.Or(image)
}

// Runner is the main container of a node's pods. image is the container's own, code the one whose code handles the
// records: the same where the runner itself does, or runs inside the user's image.
func Runner(g *compiler.Graph, n *compiler.Node, image, code string) corev1.Container {
	c := corev1.Container{
		Name:  ContainerRunner,
		Image: image,
		Env:   append(envVars(Environment(g, n, code)), memoryLimit()),
		Ports: []corev1.ContainerPort{port(PortAdmin, contract.AdminPort)},
		Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{
				corev1.ResourceCPU:    resource.MustParse(runnerCPU),
				corev1.ResourceMemory: resource.MustParse(runnerMemory),
			},
			Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(runnerMemory)},
		},
		// Whoever asks every second learns of a started runner at once; a minute covers a pull of its first
		// assignments on a busy machine.
		StartupProbe:   &corev1.Probe{ProbeHandler: HTTPGet(contract.PathLive, PortAdmin), PeriodSeconds: 1, FailureThreshold: 60},
		ReadinessProbe: &corev1.Probe{ProbeHandler: HTTPGet(contract.PathReady, PortAdmin), PeriodSeconds: 5},
		// A runner short of CPU answers late, but lives.
		LivenessProbe: &corev1.Probe{ProbeHandler: HTTPGet(contract.PathLive, PortAdmin), TimeoutSeconds: 5},
		VolumeMounts:  []corev1.VolumeMount{{Name: volumeNode, MountPath: contract.NodeDir, ReadOnly: true}},
	}
	if serves(n) {
		c.Ports = append(c.Ports, port(PortIngest, contract.IngestPort))
	}
	if len(Credentials(g, n)) > 0 {
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: volumeKafka, MountPath: credentialsDir, ReadOnly: true})
	}
	return c
}

// memoryLimit tells the runner the limit of its container, from which it sizes what it reads ahead. The API fills it in, so
// it follows whatever a document, a patch or an autoscaler of pods makes of the limit. The divisor is what the API server
// would write in its place.
func memoryLimit() corev1.EnvVar {
	return corev1.EnvVar{Name: contract.VarMemoryLimit, ValueFrom: &corev1.EnvVarSource{
		ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "limits.memory", Divisor: resource.MustParse("0")},
	}}
}

// HTTPGet asks a path of a named port.
func HTTPGet(path, port string) corev1.ProbeHandler {
	return corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromString(port)}}
}

// TCPConnect opens a connection to a port.
func TCPConnect(port int32) corev1.ProbeHandler {
	return corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(port)}}
}

// port names a port of a container. Its protocol is the API's default, but a key of the list, which appliers merge by.
func port(name string, number int32) corev1.ContainerPort {
	return corev1.ContainerPort{Name: name, ContainerPort: number, Protocol: corev1.ProtocolTCP}
}

// serves says whether requests arrive at the node's pods.
func serves(n *compiler.Node) bool { return n.Runner.Ingest != nil }

// Configure sets what the document says about a container: resources and variables.
func (s *Spec) Configure(c *corev1.Container) {
	s.Resources.apply(&c.Resources)
	for _, e := range s.Env {
		v := corev1.EnvVar{Name: e.Name.V, Value: escape(e.Value.V)}
		if ref := e.SecretKeyRef; ref != nil {
			v.ValueFrom = &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
				LocalObjectReference: corev1.LocalObjectReference{Name: ref.Name.V},
				Key:                  ref.Key.V,
			}}
		}
		c.Env = append(c.Env, v)
	}
}

// apply puts what is written in the place of what is there. Memory written on one side holds for both: what is not
// requested is not there when it is needed. A limit of cpu below the default request takes its place.
func (r *ResourcesSpec) apply(into *corev1.ResourceRequirements) {
	request, limit := r.Requests, r.Limits
	if request.Memory.IsSet() || limit.Memory.IsSet() {
		setAmount(&into.Requests, corev1.ResourceMemory, request.Memory.Or(limit.Memory.V))
		setAmount(&into.Limits, corev1.ResourceMemory, limit.Memory.Or(request.Memory.V))
	}
	if request.CPU.IsSet() {
		setAmount(&into.Requests, corev1.ResourceCPU, request.CPU.V)
	}
	if limit.CPU.IsSet() {
		setAmount(&into.Limits, corev1.ResourceCPU, limit.CPU.V)
		if requested, ok := into.Requests[corev1.ResourceCPU]; ok && requested.Cmp(limit.CPU.V.Amount) > 0 {
			setAmount(&into.Requests, corev1.ResourceCPU, limit.CPU.V)
		}
	}
}

func setAmount(list *corev1.ResourceList, name corev1.ResourceName, q Quantity) {
	if *list == nil {
		*list = corev1.ResourceList{}
	}
	(*list)[name] = q.Amount
}
