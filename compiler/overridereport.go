package compiler

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	// CodeOverrideUnmatched is reported when an override changes nothing: no node matches it, no node that matches has the
	// field, or a list has no item of the name.
	CodeOverrideUnmatched diag.Code = "override-unmatched"
	// CodeOverrideIdle is a warning about a field of an override that every node it matches has with the same value already.
	CodeOverrideIdle diag.Code = "override-idle"
)

// reportOverrides reports what overrides do not reach in any environment that has them.
func (r *resolver) reportOverrides() {
	for _, pos := range slices.SortedFunc(maps.Keys(r.outcomes), diag.Pos.Compare) {
		o := r.outcomes[pos]
		if !o.matched {
			r.unmatched(o.Override, o.environment)
			continue
		}
		for _, e := range o.Set.Entries {
			if !o.reached[e.Key] {
				r.findings.Errorf(CodeOverrideUnmatched, e.KeyPos, "`%s` is a field of none of the nodes that the override matches", e.Key).
					WithHint("remove it, or match a node whose kind has it").
					WithRelated(o.Pos, "the override begins here, with what it matches")
			} else if !o.changes[e.Key] && !isPromoted(e.Key) {
				r.findings.Warnf(CodeOverrideIdle, e.KeyPos, "the override sets `%s` to what it is without it", e.Key).
					WithHint("remove it, or set another value").
					WithRelated(o.there[e.Key], "it has the value here")
			}
		}
	}
}

// isPromoted says whether a field is one that promotion moves between environments: to pin it to what holds today has a
// meaning, since what is below moves on.
func isPromoted(field string) bool { return field == FieldImage || field == FieldParameters }

// effects is what one override does to the nodes that it matches, by field.
type effects struct {
	changes map[string]bool
	// there is where the value stands that a field has already.
	there map[string]diag.Pos
}

// note compares a node before and after. A faulty override has its findings, and counts as one that changes something.
func (e effects) note(before, after, set *schema.Node, faulty bool) {
	for _, field := range set.Entries {
		have := before.Entry(field.Key)
		if have == nil || faulty || !reflect.DeepEqual(have.Value.JSON(), after.Get(field.Key).JSON()) {
			e.changes[field.Key] = true
			continue
		}
		e.there[field.Key] = have.KeyPos
	}
}

// unmatched reports an override without a node in an environment, at the first field of its match that no node fulfils.
func (r *resolver) unmatched(o Override, env *Environment) {
	for _, field := range r.matchable(o.Match) {
		if field.value.IsSet() && !slices.Contains(field.known, field.value.V) {
			field.unknown(&r.findings)
			return
		}
	}
	if len(env.checkPresence(r.project)) > 0 {
		return // who runs there is not who was meant: that is the finding
	}
	absent := slices.IndexFunc(r.project.Pipelines, func(p *Pipeline) bool { return p.Name.V == o.Match.Pipeline.V && !env.Runs(p) })
	if absent >= 0 {
		r.findings.Errorf(CodeOverrideUnmatched, o.Match.Pipeline.Pos, "the override matches nothing: pipeline `%s` does not run in environment `%s`", o.Match.Pipeline.V, env.Name.V).
			WithHint("remove it, or let the pipeline in").
			WithRelated(env.Pipelines.Pos, "the pipelines that run there")
		return
	}
	if env.Pipelines != nil && !slices.ContainsFunc(r.project.Pipelines, env.Runs) {
		r.findings.Errorf(CodeOverrideUnmatched, o.Pos, "the override matches nothing: no pipeline runs in environment `%s`", env.Name.V).
			WithHint("remove it, or let a pipeline in").
			WithRelated(env.Pipelines.Pos, "the pipelines that run there")
		return
	}
	selected := func(p *Pipeline) bool { return selects(o.Match.Labels, p.Labels) }
	if len(o.Match.Labels) > 0 && !slices.ContainsFunc(r.project.Pipelines, selected) {
		d := r.findings.Errorf(CodeOverrideUnmatched, o.Match.Labels[0].Key.Pos, "the override matches nothing: no pipeline has its labels")
		hintLabels(d, r.project.labelled(), o.Match.Labels)
		return
	}
	r.findings.Errorf(CodeOverrideUnmatched, o.Pos, "the override matches no node").
		WithHint("each field of `match` is there, but no node that runs there has all of them")
}

// matchField is a field of a Match with the values that would match something.
type matchField struct {
	what  string
	value schema.Value[string]
	known []string
}

// matchable gives the fields of a match with what there is in the project; of nodes, those of the pipeline that is matched.
func (r *resolver) matchable(m Match) []matchField {
	var pipelines, nodes, kinds []string
	for _, p := range r.project.Pipelines {
		pipelines = append(pipelines, p.Name.V)
		if m.Pipeline.IsSet() && m.Pipeline.V != p.Name.V {
			continue
		}
		for _, member := range p.Members {
			nodes = append(nodes, member.Name())
		}
	}
	for _, k := range r.kinds {
		kinds = append(kinds, k.Name)
	}
	return []matchField{{"pipeline", m.Pipeline, pipelines}, {"node", m.Node, nodes}, {"kind", m.Kind, kinds}}
}

// maxKnown bounds the names that a hint lists.
const maxKnown = 20

// unknown reports a value that matches nothing, with what was most likely meant.
func (f matchField) unknown(findings *diag.List) {
	d := findings.Errorf(CodeOverrideUnmatched, f.value.Pos, "the override matches nothing: there is no %s `%s`", f.what, f.value.V)
	if near := schema.Nearest(f.value.V, f.known); near != "" {
		d.WithHint("did you mean `%s`?", near)
		return
	}
	if len(f.known) == 0 {
		d.WithHint("the project has no %s at all: is a file empty, or outside its `sources`?", f.what)
		return
	}
	known := slices.Compact(slices.Sorted(slices.Values(f.known)))
	d.WithHint("known are `%s`", strings.Join(known[:min(len(known), maxKnown)], "`, `"))
}
