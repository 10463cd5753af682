package workload

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// Emit adds every object that runs a node: its Deployment and what stands around it. The node has a runner. An error is
// an internal fault: CheckPod has refused a `pod` that cannot be merged.
func Emit(b *emit.Builder, n *compiler.Node, spec *Spec, pod Pod) error {
	g := b.Graph()
	template, err := spec.merge(pod.planned(g, n, spec))
	if err != nil {
		return err
	}
	objects := []emit.Object{
		deployment(g, n, spec, template),
		serviceAccount(g, n),
		configMap(g, n),
		networkPolicy(g, n, spec, pod),
	}
	if serves(n) {
		objects = append(objects, service(g, n))
	}
	for _, obj := range objects {
		b.Add(emit.App, obj)
	}
	if budgeted(g.Environment, spec) {
		b.Of(emit.Disruption).Add(emit.App, disruptionBudget(g, n))
	}
	b.Once(emit.Monitoring, monitor)
	return nil
}

func deployment(g *compiler.Graph, n *compiler.Node, spec *Spec, template corev1.PodTemplateSpec) *appsv1.Deployment {
	d := &appsv1.Deployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
		ObjectMeta: Meta(g, n),
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: selector(g, n)},
			Template: template,
		},
	}
	if spec.Replicas.IsSet() {
		d.Spec.Replicas = new(spec.Replicas.V)
	}
	return d
}

func serviceAccount(g *compiler.Graph, n *compiler.Node) *corev1.ServiceAccount {
	return &corev1.ServiceAccount{
		TypeMeta:                     metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"},
		ObjectMeta:                   Meta(g, n),
		AutomountServiceAccountToken: new(false),
	}
}

// configMap holds the node part of the contract, in the very bytes that were planned.
func configMap(g *compiler.Graph, n *compiler.Node) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: Meta(g, n),
		Data:       map[string]string{contract.NodeFile: string(n.Contract)},
	}
}

// disruptionBudget lets a drained machine take one pod at a time.
func disruptionBudget(g *compiler.Graph, n *compiler.Node) *policyv1.PodDisruptionBudget {
	return &policyv1.PodDisruptionBudget{
		TypeMeta:   metav1.TypeMeta{APIVersion: "policy/v1", Kind: "PodDisruptionBudget"},
		ObjectMeta: Meta(g, n),
		Spec: policyv1.PodDisruptionBudgetSpec{
			MaxUnavailable: new(intstr.FromInt32(1)),
			Selector:       &metav1.LabelSelector{MatchLabels: selector(g, n)},
		},
	}
}

// ServicePort is the port of a Service that leads to contract.IngestPort: the one that needs no mention.
const ServicePort = 80

func service(g *compiler.Graph, n *compiler.Node) *corev1.Service {
	return &corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: Meta(g, n),
		Spec: corev1.ServiceSpec{
			Selector: selector(g, n),
			Ports: []corev1.ServicePort{{
				Name:       "http",
				Port:       ServicePort,
				Protocol:   corev1.ProtocolTCP, // a key of the list, see port
				TargetPort: intstr.FromString(PortIngest),
			}},
		},
	}
}
