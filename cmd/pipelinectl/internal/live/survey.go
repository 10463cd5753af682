package live

import (
	"context"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/selection"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/workload"
)

// Target is one pipeline in the environment that is asked about: its plan, and the objects made of that.
type Target struct {
	Graph     *compiler.Graph
	Manifests *emit.Manifests
}

// Request is what a cluster is asked about: pipelines of one environment.
type Request struct {
	// Targets are at least one, all of the same environment.
	Targets []Target
	// Others are objects that the same pipelines have in other environments of the cluster: in Kafka's namespace, say,
	// they stand side by side, and nothing about an object says which environment it belongs to.
	Others map[emit.ID]bool
}

// maxSelected is how many pipelines a label selector names; beyond that, all are listed.
const maxSelected = 16

// survey is what a cluster has of the objects asked about.
type survey struct {
	cluster   *Cluster
	request   Request
	resources map[schema.GroupVersionKind]resource

	mu      sync.Mutex
	objects map[emit.ID]*unstructured.Unstructured
	pods    []*corev1.Pod
	// blind are the lists, in words, that the cluster refused to give; denied says the same of compiled objects.
	blind  map[string]error
	denied map[emit.ID]error
	listed int
}

// survey lists what bears our labels, then gets each compiled object that was not among it.
func (c *Cluster) survey(ctx context.Context, r Request) (*survey, error) {
	s := &survey{
		cluster: c, request: r, objects: map[emit.ID]*unstructured.Unstructured{}, blind: map[string]error{}, denied: map[emit.ID]error{},
	}
	kinds := append(emittedKinds(), podKind())
	for _, t := range r.Targets {
		for _, m := range t.Manifests.Objects {
			if kind := kindOf(m); !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
	}
	var err error
	if s.resources, err = c.discover(ctx, kinds); err != nil {
		return nil, err
	}
	if err := s.listAll(ctx); err != nil {
		return nil, c.explain(err)
	}
	if err := s.getMissing(ctx); err != nil {
		return nil, c.explain(err)
	}
	if refused := s.unseen(); len(refused) > 0 && len(refused) == s.listed && len(s.objects) == 0 {
		return nil, c.explain(s.blind[refused[0]])
	}
	return s, nil
}

// kindOf is the kind of a compiled object with the version that it is written in.
func kindOf(m emit.Manifest) schema.GroupVersionKind {
	version, _ := m.Value["apiVersion"].(string)
	return schema.FromAPIVersionAndKind(version, m.ID.Kind)
}

// namespaces are those of the environment: the pods', and Kafka's.
func (s *survey) namespaces() []string {
	env := s.request.Targets[0].Graph.Environment
	out := []string{env.Namespace.V, env.KafkaNamespace()}
	slices.Sort(out)
	return slices.Compact(out)
}

// selector finds the objects of the pipelines.
func (s *survey) selector() (string, error) {
	selector := labels.SelectorFromSet(labels.Set{workload.LabelManagedBy: workload.ManagedBy})
	if len(s.request.Targets) <= maxSelected {
		var pipelines []string
		for _, t := range s.request.Targets {
			pipelines = append(pipelines, partOf(t.Graph))
		}
		part, err := labels.NewRequirement(workload.LabelPartOf, selection.In, pipelines)
		if err != nil {
			return "", err
		}
		selector = selector.Add(*part)
	}
	return selector.String(), nil
}

// partOf is the label of everything that belongs to a pipeline.
func partOf(g *compiler.Graph) string { return g.Names.Label(g.Pipeline.Name.V) }

func idOf(u *unstructured.Unstructured) emit.ID {
	kind := u.GroupVersionKind()
	return emit.ID{Group: kind.Group, Kind: kind.Kind, Namespace: u.GetNamespace(), Name: u.GetName()}
}
