package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/compiler"
)

type graphOptions struct {
	factory *Factory
	cmd     *cobra.Command
	paths   []string
	format  string
}

const formatMermaid = "mermaid"

func newGraphCmd(f *Factory, runF func(*graphOptions) error) *cobra.Command {
	opts := &graphOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "graph [PATH...] [--format mermaid]",
		Short: "Print a picture of pipelines",
		Long: "Print a Mermaid flowchart of the pipelines in the files and folders given: a subgraph for each, its nodes, and\n" +
			"between them the topics that join them. Dead letters are left out.",
		Example:               "  pipelinectl graph pipelines/photos.yaml",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if runF != nil {
				return runF(opts)
			}
			return runGraph(opts)
		},
	}
	choiceFlag(cmd, &opts.format, "format", formatMermaid, "`FORM` of the picture", formatMermaid)
	return cmd
}

func runGraph(opts *graphOptions) error {
	w, err := compiled(opts.factory, opts.cmd, opts.paths, reporter{streams: opts.factory.Streams, form: formatText})
	if err != nil {
		return err
	}
	pipelines, err := w.pipelines(opts.cmd)
	if err != nil {
		return err
	}
	graphs := make([]*compiler.Graph, len(pipelines))
	for i, pl := range pipelines {
		if graphs[i], err = w.graph(opts.cmd, pl.Name.V, ""); err != nil {
			return err
		}
	}
	_, err = io.WriteString(opts.factory.Streams.Out, mermaid(graphs))
	return err
}

// mermaid draws graphs as one flowchart (https://mermaid.js.org/syntax/flowchart.html). Ids are a letter, the
// pipeline and the node, so they change with nothing else, and none is a word of Mermaid's language.
func mermaid(graphs []*compiler.Graph) string {
	out := &strings.Builder{}
	fmt.Fprintln(out, "flowchart LR")
	for _, g := range graphs {
		pipeline := g.Pipeline.Name.V
		id := func(node string) string { return "n_" + pipeline + "_" + node }
		fmt.Fprintf(out, "  subgraph p_%s[%s]\n", pipeline, mermaidText(pipeline))
		for _, n := range g.Nodes {
			left, right := shape(n)
			fmt.Fprintf(out, "    %s%s%s%s\n", id(n.Name), left, mermaidText(n.Name+"\n"+n.Kind), right)
		}
		for _, e := range g.Edges {
			fmt.Fprintf(out, "    %s -->|%s| %s\n", id(e.From.Node), mermaidText(e.Topic.Name), id(e.To.Node))
		}
		fmt.Fprintln(out, "  end")
	}
	return out.String()
}

// shape gives the brackets of a node by what it does in the graph, whatever its kind: a cylinder for what only holds
// records, a stadium where they come in, a parallelogram where they leave, a box in between.
func shape(n *compiler.Node) (left, right string) {
	switch {
	case n.Runner == nil:
		return "[(", ")]"
	case len(n.Inputs) == 0:
		return "([", "])"
	case len(n.Outputs) == 0:
		return "[/", "/]"
	default:
		return "[", "]"
	}
}

// mermaidText quotes a text; a line end breaks the line.
func mermaidText(text string) string {
	escape := strings.NewReplacer("&", "#amp;", `"`, "#quot;", "#", "#35;", "<", "#lt;", ">", "#gt;", "\n", "<br/>")
	return `"` + escape.Replace(text) + `"`
}
