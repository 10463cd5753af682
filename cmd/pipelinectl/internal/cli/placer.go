package cli

import (
	"path"
	"slices"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/origin"
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/impact"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// maxTraced is how many changes are traced to the value that made them: each takes some ten milliseconds.
const maxTraced = 20

// placer finds the places in the documents that changes of objects come from.
type placer struct {
	w         *workspace
	explainer *origin.Explainer
}

// of gives the place of each change: what is written that made a value so, else the node, else the pipeline.
func (p placer) of(changes []impact.Change) []diag.Pos {
	traced := len(slices.DeleteFunc(slices.Clone(changes), func(c impact.Change) bool { return c.Decisive == "" })) <= maxTraced
	out := make([]diag.Pos, len(changes))
	for i := range changes {
		pos, found := diag.Pos{}, false
		if traced {
			pos, found = p.leaf(&changes[i])
		}
		if !found {
			pos = p.node(&changes[i])
		}
		out[i] = pos
	}
	return out
}

// leaf gives the place of the value that the decisive field of a changed object has now.
func (p placer) leaf(c *impact.Change) (diag.Pos, bool) {
	if c.Decisive == "" {
		return diag.Pos{}, false
	}
	field, err := origin.ParsePath(c.Decisive)
	if err != nil {
		return diag.Pos{}, false
	}
	e, err := p.explainer.Explain(p.w.program, c.Environment, origin.Object{Kind: c.ID.Kind, Name: c.ID.Name}, field)
	switch {
	case err != nil: // the field is gone, or no object of Kubernetes has it
		return diag.Pos{}, false
	case e.Given():
		return e.Sources[0].Pos, true
	case len(e.Defaults) > 0:
		return e.Defaults[0].Pos, true
	default:
		return diag.Pos{}, false
	}
}

// node gives the place of the node's name, of the pipeline's, or the file that the pipeline was in.
func (p placer) node(c *impact.Change) diag.Pos {
	pipelines := p.w.program.Project.Pipelines
	at := slices.IndexFunc(pipelines, func(pl *compiler.Pipeline) bool { return pl.Name.V == c.Pipeline })
	if at < 0 {
		if c.Source == "" {
			return diag.Pos{}
		}
		return diag.Pos{File: path.Join(p.w.project.Root, c.Source)}
	}
	for _, m := range pipelines[at].Members {
		if label := p.w.program.GraphsOf(c.Pipeline)[0].Names.Label(m.Name()); label == c.Node {
			return m.Component.Name().Pos
		}
	}
	return pipelines[at].Name.Pos
}
