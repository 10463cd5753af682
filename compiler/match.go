package compiler

import (
	"slices"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// selects says whether the node of a pipeline matches.
func (m Match) selects(p *Pipeline, member *Member) bool {
	is := func(want schema.Value[string], have string) bool { return !want.IsSet() || want.V == have }
	return is(m.Pipeline, p.Name.V) && is(m.Node, member.Name()) && is(m.Kind, member.Kind.Name) && selects(m.Labels, p.Labels)
}

// selects says whether labels have every label of a selector.
func selects(selector, labels schema.Entries[schema.Value[string]]) bool {
	for _, want := range selector {
		if !slices.ContainsFunc(labels, func(have schema.EntryOf[schema.Value[string]]) bool {
			return have.Key.V == want.Key.V && have.Value.V == want.Value.V
		}) {
			return false
		}
	}
	return true
}

// labelled is a pipeline as selectors see it.
type labelled struct {
	name   string
	labels schema.Entries[schema.Value[string]]
}

func (p *Project) labelled() []labelled {
	out := make([]labelled, len(p.Pipelines))
	for i, pl := range p.Pipelines {
		out[i] = labelled{pl.Name.V, pl.Labels}
	}
	return out
}

// labelsOf reads the labels of a pipeline's document. What is wrong with them, Resolve finds.
func labelsOf(doc *schema.Document) schema.Entries[schema.Value[string]] {
	var metadata struct {
		Labels schema.Entries[schema.Value[string]] `yaml:"labels"`
	}
	schema.Decode(doc.Root.Get("metadata"), &metadata)
	return metadata.Labels
}

// hintLabels names a pipeline's label that is nearly one of those selected.
func hintLabels(d *diag.Diagnostic, pipelines []labelled, selector schema.Entries[schema.Value[string]]) {
	for _, want := range selector {
		text := want.Key.V + ": " + want.Value.V
		for _, pl := range pipelines {
			for _, have := range pl.labels {
				if near := have.Key.V + ": " + have.Value.V; near != text && schema.Nearest(text, []string{near}) != "" {
					d.WithHint("did you mean `%s`?", near).WithRelated(have.Key.Pos, "a label of pipeline `%s`", pl.name)
					return
				}
			}
		}
	}
	d.WithHint("compare them with `metadata.labels` of the pipelines")
}
