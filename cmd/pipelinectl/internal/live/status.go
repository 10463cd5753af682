package live

import (
	"cmp"
	"context"
	"slices"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/impact"
	"github.com/pipelinectl/pipelinectl/emit/workload"
)

// Status is how a cluster stands to the pipelines of one environment.
type Status struct {
	Environment string
	// Cluster is the one that was asked, for people.
	Cluster   string
	Pipelines []*Pipeline
	// Unseen are the lists that the cluster refused to give: nothing left over could be found there.
	Unseen []string
}

// Pipeline is one pipeline of a Status.
type Pipeline struct {
	Name string
	// Source is the file that holds it, relative to the project.
	Source string
	// Nodes are in the order of their names.
	Nodes []*Node
	// Shared are the objects that belong to no single node, Leftovers those that are no longer compiled.
	Shared, Leftovers []Object
}

// Node is one node of a pipeline.
type Node struct {
	Name, Kind string
	// Workload is nil where nothing of ours runs: a topic.
	Workload *Workload
	// Lag is nil for a node that reads no topic, or does not run.
	Lag *Lag
	// Objects are all that were compiled for the node, its Deployment included.
	Objects []Object
}

// Object is one object of a pipeline.
type Object struct {
	ID    emit.ID
	State State
	// Message says why it is not ready; may be empty.
	Message string
	// Differs are the fields that are not as compiled: Old is what the cluster has, New what was compiled.
	Differs []impact.Field
}

// OK says whether the object is as compiled, and ready.
func (o *Object) OK() bool { return o.State == Ready && len(o.Differs) == 0 }

// OK says whether what runs of the node is what was compiled, and ready. Its lag plays no part.
func (n *Node) OK() bool {
	return allOK(n.Objects) && (n.Workload == nil || n.Workload.State == Ready && n.Workload.asCompiled())
}

// OK says whether all of the pipeline is as compiled and ready, and nothing of it is left over.
func (p *Pipeline) OK() bool {
	return allOK(p.Shared) && len(p.Leftovers) == 0 && !slices.ContainsFunc(p.Nodes, func(n *Node) bool { return !n.OK() })
}

// OK says whether all pipelines are as compiled and ready.
func (s *Status) OK() bool {
	return !slices.ContainsFunc(s.Pipelines, func(p *Pipeline) bool { return !p.OK() })
}

func allOK(objects []Object) bool {
	return !slices.ContainsFunc(objects, func(o Object) bool { return !o.OK() })
}

// Status asks how the cluster stands. It lists the objects of the pipelines, gets those that it did not find so, and
// asks the runners for their lag. An error is an *Error, or ctx's.
func (c *Cluster) Status(ctx context.Context, r Request) (*Status, error) {
	s, err := c.survey(ctx, r)
	if err != nil {
		return nil, err
	}
	out := &Status{Environment: r.Targets[0].Graph.Environment.Name.V, Cluster: c.Name(), Unseen: s.unseen()}
	var consumers []*Node
	for _, t := range r.Targets {
		p, err := s.pipeline(t)
		if err != nil {
			return nil, c.explain(err)
		}
		out.Pipelines = append(out.Pipelines, p)
		for _, n := range p.Nodes {
			if n.Lag != nil {
				consumers = append(consumers, n)
			}
		}
	}
	c.lags(ctx, consumers)
	return out, ctx.Err()
}

// pipeline compares one pipeline. Lags are left to be asked for.
func (s *survey) pipeline(t Target) (*Pipeline, error) {
	p := &Pipeline{Name: t.Graph.Pipeline.Name.V, Source: t.Manifests.Source}
	byNode := map[string][]emit.Manifest{}
	for _, m := range t.Manifests.Objects {
		node := component(m)
		byNode[node] = append(byNode[node], m)
	}
	differs := s.differences(t)
	p.Shared = s.compare(byNode[""], differs)
	for _, n := range t.Graph.Nodes {
		node, err := s.node(n, byNode[t.Graph.Names.Label(n.Name)], differs)
		if err != nil {
			return nil, err
		}
		p.Nodes = append(p.Nodes, node)
	}
	slices.SortFunc(p.Nodes, func(x, y *Node) int { return cmp.Compare(x.Name, y.Name) })
	for _, u := range s.leftovers(t) {
		o := Object{ID: idOf(u), State: Leftover}
		if u.GetDeletionTimestamp() != nil {
			_, o.Message = health(u)
		}
		p.Leftovers = append(p.Leftovers, o)
	}
	return p, nil
}

// component is the label that says which node an object belongs to, empty where it belongs to the whole pipeline.
func component(m emit.Manifest) string {
	metadata, _ := m.Value["metadata"].(map[string]any)
	labels, _ := metadata["labels"].(map[string]any)
	text, _ := labels[workload.LabelComponent].(string)
	return text
}

func (s *survey) node(n *compiler.Node, objects []emit.Manifest, differs map[emit.ID][]impact.Field) (*Node, error) {
	out := &Node{Name: n.Name, Kind: n.Kind, Objects: s.compare(objects, differs)}
	autoscaled := slices.ContainsFunc(objects, func(m emit.Manifest) bool {
		return m.ID.Kind == "ScaledObject" || m.ID.Kind == "HorizontalPodAutoscaler"
	})
	for i, m := range objects {
		if !isDeployment(m.ID) {
			continue
		}
		var err error
		if out.Workload, err = s.workload(m, autoscaled); err != nil {
			return nil, err
		}
		out.Objects[i].State, out.Objects[i].Message = out.Workload.State, out.Workload.Message
		if n.Group != "" {
			out.Lag = &Lag{}
		}
	}
	return out, nil
}

func isDeployment(id emit.ID) bool { return id.Group == "apps" && id.Kind == "Deployment" }

// compare says how compiled objects stand, in their order. A Deployment counts as there; what runs of it is more than it
// says of itself.
func (s *survey) compare(objects []emit.Manifest, differs map[emit.ID][]impact.Field) []Object {
	out := make([]Object, len(objects))
	for i, m := range objects {
		o := Object{ID: m.ID, Differs: differs[m.ID]}
		_, served := s.resources[kindOf(m)]
		switch u := s.objects[m.ID]; {
		case u != nil:
			o.State, o.Message = health(u)
		case s.denied[m.ID] != nil:
			o.State, o.Message = Unknown, s.denied[m.ID].Error()
		case !served:
			o.State, o.Message = Missing, (&unknownKindError{kind: kindOf(m)}).Error()
		default:
			o.State = Missing
		}
		out[i] = o
	}
	return out
}
