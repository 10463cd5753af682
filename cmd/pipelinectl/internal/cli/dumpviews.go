package cli

import (
	"encoding/json"
	"io"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
)

// resolvedPipeline shows a Pipeline with its names bound.
type resolvedPipeline struct {
	Pipeline string            `json:"pipeline"`
	Source   string            `json:"source"`
	Labels   map[string]string `json:"labels,omitempty"`
	Types    map[string]string `json:"types,omitempty"`
	Nodes    []resolvedNode    `json:"nodes"`
}

type resolvedNode struct {
	Name    string              `json:"name"`
	Kind    string              `json:"kind"`
	Inputs  map[string][]string `json:"inputs,omitempty"`
	Outputs []string            `json:"outputs,omitempty"`
}

func dumpProject(w io.Writer, _ *workspace, pipelines []*compiler.Pipeline) error {
	for _, pl := range pipelines {
		out := resolvedPipeline{Pipeline: pl.Name.V, Source: pl.Source, Labels: entries(pl.Labels), Types: map[string]string{}}
		for _, t := range pl.Types {
			out.Types[t.Name.V] = t.ContentType.V
		}
		for _, m := range pl.Members {
			out.Nodes = append(out.Nodes, resolveNode(m))
		}
		if err := document(w, out, "%v", pl.Pos); err != nil {
			return err
		}
	}
	return nil
}

func resolveNode(m *compiler.Member) resolvedNode {
	n := resolvedNode{Name: m.Name(), Kind: m.Kind.Name, Inputs: map[string][]string{}}
	ports := m.Component.Ports()
	for i, in := range ports.Inputs {
		for _, s := range m.Sources[i] {
			n.Inputs[in.Name.V] = append(n.Inputs[in.Name.V], s.Member.Name()+"."+s.Output.Name.V)
		}
	}
	for _, o := range ports.Outputs {
		n.Outputs = append(n.Outputs, o.Name.V)
	}
	return n
}

func entries(list schema.Entries[schema.Value[string]]) map[string]string {
	out := map[string]string{}
	for _, e := range list {
		out[e.Key.V] = e.Value.V
	}
	return out
}

// plannedGraph shows a Graph.
type plannedGraph struct {
	Pipeline    string         `json:"pipeline"`
	Environment string         `json:"environment,omitempty"`
	Nodes       []plannedNode  `json:"nodes"`
	Topics      []plannedTopic `json:"topics,omitempty"`
}

type plannedNode struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Object string `json:"object"`
	User   string `json:"user,omitempty"`
	Hash   string `json:"hash,omitempty"`
	// Contract is the document as the runner reads it.
	Contract json.RawMessage `json:"contract,omitempty"`
}

type plannedTopic struct {
	Name              string            `json:"name"`
	Object            string            `json:"object,omitempty"`
	Managed           bool              `json:"managed"`
	Partitions        int32             `json:"partitions"`
	ReplicationFactor int32             `json:"replicationFactor,omitempty"`
	Config            map[string]string `json:"config,omitempty"`
	ContentType       string            `json:"contentType,omitempty"`
}

func dumpGraphs(w io.Writer, ws *workspace, pipelines []*compiler.Pipeline) error {
	for _, pl := range pipelines {
		for _, g := range ws.program.GraphsOf(pl.Name.V) {
			out := plannedGraph{Pipeline: pl.Name.V, Environment: environmentName(g)}
			for _, n := range g.Nodes {
				out.Nodes = append(out.Nodes, plannedNode{Name: n.Name, Kind: n.Kind, Object: n.Object, User: n.User, Hash: n.Hash, Contract: n.Contract})
			}
			for _, t := range g.Topics {
				out.Topics = append(out.Topics, plannedTopic{
					Name: t.Name, Object: t.Object, Managed: t.Managed, Partitions: t.Partitions,
					ReplicationFactor: t.ReplicationFactor, Config: t.Config, ContentType: t.ContentType,
				})
			}
			if err := document(w, out, "%s", place(pl, environmentName(g))); err != nil {
				return err
			}
		}
	}
	return nil
}

func environmentName(g *compiler.Graph) string {
	if g.Environment == nil {
		return ""
	}
	return g.Environment.Name.V
}
