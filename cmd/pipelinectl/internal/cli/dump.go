package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// phase is one phase whose result --dump prints.
type phase struct {
	name  string
	print func(w io.Writer, ws *workspace, pipelines []*compiler.Pipeline) error
}

// dumps are the phases in their order. Parsing and validation give the same documents; they differ in what stops them.
func dumps() []phase {
	return []phase{
		{"parse", dumpDocuments},
		{"validate", dumpDocuments},
		{"resolve", dumpProject},
		{"plan", dumpGraphs},
		{"emit", dumpBundles},
		{"factor", dumpTree},
	}
}

func phases() []string {
	var names []string
	for _, p := range dumps() {
		names = append(names, p.name)
	}
	return names
}

// runDump prints what a phase gives for the pipelines named. The documents of parse are printed even when later phases
// would find faults.
func runDump(opts *buildOptions) error {
	s := opts.factory.Streams
	if opts.dump == "parse" {
		w, err := load(opts.cmd, opts.paths)
		if err != nil {
			return err
		}
		if err := diag.WriteText(s.Err, w.findings, w.project.Sources, s.ColorErr); err != nil {
			return err
		}
		if w.findings.HasErrors() {
			return errFindings
		}
		return dumpDocuments(s.Out, w, nil)
	}
	w, err := compiled(opts.factory, opts.cmd, opts.paths)
	if err != nil {
		return err
	}
	pipelines, err := w.pipelines(opts.cmd)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(dumps(), func(p phase) bool { return p.name == opts.dump })
	return dumps()[i].print(s.Out, w, pipelines)
}

// document prints one YAML document under a comment.
func document(w io.Writer, value any, format string, args ...any) error {
	text, err := yaml.Marshal(value)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "---\n# %s\n%s", fmt.Sprintf(format, args...), text)
	return err
}

// dumpDocuments prints the documents in the files given, without their places.
func dumpDocuments(w io.Writer, ws *workspace, _ []*compiler.Pipeline) error {
	for _, doc := range ws.project.Documents {
		if !slices.ContainsFunc(ws.paths, func(path string) bool { return holds(path, doc.Pos.File) }) {
			continue
		}
		if err := document(w, doc.Root.JSON(), "%v", doc.Pos); err != nil {
			return err
		}
	}
	return nil
}

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
	n := resolvedNode{Name: m.Name(), Kind: m.Kind.Name(), Inputs: map[string][]string{}}
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

// place says which plan of a pipeline is meant.
func place(pl *compiler.Pipeline, environment string) string {
	if environment == "" {
		return "pipeline " + pl.Name.V + ", no environment"
	}
	return "pipeline " + pl.Name.V + ", environment " + environment
}

func dumpBundles(w io.Writer, ws *workspace, pipelines []*compiler.Pipeline) error {
	for _, pl := range pipelines {
		bundles, err := ws.bundles(pl)
		if err != nil {
			return err
		}
		for _, b := range bundles {
			for _, r := range b.Resources {
				if err := document(w, r.Tree(), "%s, %v", place(pl, b.Environment), r.Layer); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// dumpTree prints the files as one text (https://pkg.go.dev/golang.org/x/tools/txtar).
func dumpTree(w io.Writer, ws *workspace, pipelines []*compiler.Pipeline) error {
	tree, err := ws.tree(pipelines)
	if err != nil {
		return err
	}
	archive := &txtar.Archive{}
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: tree[name]})
	}
	_, err = w.Write(txtar.Format(archive))
	return err
}
