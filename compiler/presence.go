package compiler

import (
	"slices"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// CodePipelinesUnmatched is reported when an environment names a pipeline that is not there, or selects by labels that
// none has, to say which of them it runs.
const CodePipelinesUnmatched diag.Code = "pipelines-unmatched"

// PipelinesSpec says which pipelines run in an environment: those that Include names or Selector selects, all where
// neither is there; less those that Exclude names.
type PipelinesSpec struct {
	Include  []schema.Value[string]               `yaml:"include"`
	Selector schema.Entries[schema.Value[string]] `yaml:"selector"`
	Exclude  []schema.Value[string]               `yaml:"exclude"`
	// Pos is where the map begins.
	Pos diag.Pos
}

// DecodeNode implements schema.NodeDecoder.
func (s *PipelinesSpec) DecodeNode(n *schema.Node) diag.List {
	type fields PipelinesSpec
	findings := schema.Decode(n, (*fields)(s))
	s.Pos = n.Pos
	return findings
}

// Runs says whether a pipeline is to run in the environment; with no environment it does.
func (e *Environment) Runs(pl *Pipeline) bool {
	if e == nil || e.Pipelines == nil {
		return true
	}
	s := e.Pipelines
	is := func(name schema.Value[string]) bool { return name.V == pl.Name.V }
	switch {
	case slices.ContainsFunc(s.Exclude, is):
		return false
	case s.Include == nil && s.Selector == nil:
		return true
	default:
		return slices.ContainsFunc(s.Include, is) || s.Selector != nil && selects(s.Selector, pl.Labels)
	}
}

// checkPipelines reports what environments say of pipelines that are not there.
func checkPipelines(p *Project, findings *diag.List) {
	for _, env := range p.Environments {
		*findings = append(*findings, env.checkPresence(p)...)
	}
}

// checkPresence reports what an environment says of pipelines that are not there.
func (e *Environment) checkPresence(p *Project) diag.List {
	if e.Pipelines == nil {
		return nil
	}
	var findings diag.List
	names := make([]string, len(p.Pipelines))
	for i, pl := range p.Pipelines {
		names[i] = pl.Name.V
	}
	for _, name := range slices.Concat(e.Pipelines.Include, e.Pipelines.Exclude) {
		if slices.Contains(names, name.V) {
			continue
		}
		d := findings.Errorf(CodePipelinesUnmatched, name.Pos, "environment `%s` names pipeline `%s`, which is not there", e.Name.V, name.V)
		if near := schema.Nearest(name.V, names); near != "" {
			d.WithHint("did you mean `%s`?", near)
		} else {
			d.WithHint("remove it; or is the pipeline's file outside the project's `sources`?")
		}
	}
	selector := e.Pipelines.Selector
	if len(selector) > 0 && !slices.ContainsFunc(p.Pipelines, func(pl *Pipeline) bool { return selects(selector, pl.Labels) }) {
		d := findings.Errorf(CodePipelinesUnmatched, selector[0].Key.Pos, "no pipeline has the labels that environment `%s` selects", e.Name.V)
		hintLabels(d, p.labelled(), selector)
	}
	return findings
}
