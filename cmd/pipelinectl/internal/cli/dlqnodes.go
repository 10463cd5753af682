package cli

import (
	"maps"
	"slices"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/deadletters"
	"github.com/pipelinectl/pipelinectl/compiler"
)

// deadLetterNodes gives the nodes of a plan that have dead letters; readers are those of each topic.
func deadLetterNodes(g *compiler.Graph, readers map[string][]string) []*deadletters.Node {
	var out []*deadletters.Node
	for _, n := range g.Nodes {
		if n.DeadLetters == nil {
			continue
		}
		d := &deadletters.Node{Pipeline: g.Pipeline.Name.V, Name: n.Name, Topic: n.DeadLetters.Name, Group: g.Names.Group(compiler.NodeOps)}
		for _, topic := range topicsOf(n) {
			others := slices.DeleteFunc(slices.Clone(readers[topic]), func(label string) bool { return label == d.Label() })
			d.Inputs = append(d.Inputs, deadletters.Input{Topic: topic, Others: others})
		}
		out = append(out, d)
	}
	return out
}

// topicsOf are those that a node reads, sorted.
func topicsOf(n *compiler.Node) []string {
	topics := map[string]bool{}
	for _, in := range n.Inputs {
		for _, t := range in.Topics {
			topics[t.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(topics))
}

// readers gives, for each topic of the project in an environment, the labels of the nodes that read it, sorted.
func (w *workspace) readers(environment string) map[string][]string {
	out := map[string][]string{}
	for _, pl := range w.program.Project.Pipelines {
		for _, g := range w.program.GraphsOf(pl.Name.V) {
			if g.Environment == nil && environment != "" || g.Environment != nil && g.Environment.Name.V != environment {
				continue
			}
			for _, n := range g.Nodes {
				for _, topic := range topicsOf(n) {
					out[topic] = append(out[topic], pl.Name.V+"/"+n.Name)
				}
			}
		}
	}
	for _, labels := range out {
		slices.Sort(labels)
	}
	return out
}
