package workload

import (
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
)

// Labels that Kubernetes recommends (kubernetes.io/docs/concepts/overview/working-with-objects/common-labels). Name and
// component are what Deployments select by, so they never change.
const (
	LabelName      = "app.kubernetes.io/name"
	LabelComponent = "app.kubernetes.io/component"
	LabelPartOf    = "app.kubernetes.io/part-of"
	LabelManagedBy = "app.kubernetes.io/managed-by"
)

// ManagedBy is the value of LabelManagedBy.
const ManagedBy = "pipelinectl"

const (
	// AnnotationNode is the readable pipeline.node of an object whose name had to be shortened.
	AnnotationNode = "pipelinectl.dev/node"
	// AnnotationConfigHash stands on the pod template: a changed contract restarts the pods, though the name of its
	// ConfigMap stays.
	AnnotationConfigHash = "pipelinectl.dev/config-hash"
)

// Labels are those of every object of a node: the pipeline's own, then ours, which win. With no node they are those of
// an object that the whole pipeline shares.
func Labels(g *compiler.Graph, n *compiler.Node) map[string]string {
	labels := make(map[string]string, len(g.Pipeline.Labels)+4)
	for _, l := range g.Pipeline.Labels {
		labels[l.Key.V] = l.Value.V
	}
	if n != nil {
		maps.Copy(labels, selector(g, n))
	}
	maps.Copy(labels, ownLabels(g))
	return labels
}

// ownLabels are those by which we find the objects of a pipeline again.
func ownLabels(g *compiler.Graph) map[string]string {
	return map[string]string{
		LabelName:      g.Names.Label(g.Pipeline.Name.V),
		LabelPartOf:    g.Names.Label(g.Pipeline.Name.V),
		LabelManagedBy: ManagedBy,
	}
}

// selector is what Deployments, Services, policies and budgets find a node's pods by.
func selector(g *compiler.Graph, n *compiler.Node) map[string]string {
	return map[string]string{
		LabelName:      g.Names.Label(g.Pipeline.Name.V),
		LabelComponent: g.Names.Label(n.Name),
	}
}

// Meta is the metadata of an object of a node in the namespace of the pods.
func Meta(g *compiler.Graph, n *compiler.Node) metav1.ObjectMeta {
	meta := metav1.ObjectMeta{Name: n.Object, Labels: Labels(g, n)}
	if n.Object != g.Pipeline.Name.V+"-"+n.Name {
		meta.Annotations = map[string]string{AnnotationNode: g.Pipeline.Name.V + "." + n.Name}
	}
	return meta
}
