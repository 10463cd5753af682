package origin

import (
	"slices"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// graph resolves and plans a world whose documents are valid; nil when that finds errors. An override that matches nothing
// is none here: it may be for another pipeline, and when something is renamed it simply changes nothing. Nor is what only
// shows when the environment is looked at as a whole: a world need not be wise.
func (x *Explainer) graph(w world) (*compiler.Graph, diag.List) {
	project, findings := compiler.Resolve(w.documents(), x.kinds, x.set)
	blocking := slices.DeleteFunc(slices.Clone(findings), func(d diag.Diagnostic) bool { return d.Code == compiler.CodeOverrideUnmatched })
	if blocking.Blocks() {
		return nil, findings
	}
	var env *compiler.Environment
	if w.environment != nil {
		if len(project.Environments) == 0 { // it was made abstract
			return nil, findings
		}
		env = project.Environments[0]
	}
	graph, more := compiler.Plan(project.In(env, project.Pipelines[0]), env)
	if more.Blocks() {
		return nil, findings
	}
	return graph, findings
}

// prune removes the overrides, and the fields of overrides, that are for other pipelines: those that match nothing once
// the pipeline is alone. The project as a whole has no such.
func (x *Explainer) prune(w world) world {
	for {
		_, findings := x.graph(w)
		unmatched := map[diag.Pos]bool{}
		for _, d := range findings {
			if d.Code == compiler.CodeOverrideUnmatched {
				unmatched[d.Pos] = true
			}
		}
		before := w.overrides()
		var kept []*schema.Node
		for _, o := range before {
			if o := matching(o, unmatched); o != nil {
				kept = append(kept, o)
			}
		}
		if slices.Equal(before, kept) {
			return w
		}
		w = w.withOverrides(kept)
	}
}

// matching gives an override without the fields that stand at unmatched places, nil when nothing is left of it.
func matching(override *schema.Node, unmatched map[diag.Pos]bool) *schema.Node {
	if unmatched[override.Pos] {
		return nil
	}
	for _, l := range scalars(override.Get(fieldMatch), nil) {
		if unmatched[l.node.Pos] {
			return nil
		}
	}
	set := override.Get(fieldSet)
	fields := slices.DeleteFunc(slices.Clone(set.Entries), func(e schema.Entry) bool { return unmatched[e.KeyPos] })
	switch len(fields) {
	case len(set.Entries):
		return override
	case 0:
		return nil
	}
	changed := *set
	changed.Entries = fields
	return replaced(override, place{key(fieldSet)}, &changed)
}
