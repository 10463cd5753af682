package compiler

import (
	"reflect"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// CodeOverrideUnmatched is reported when an override changes nothing: no node matches it, no node that matches has the
// field, or a list has no item of the name.
const CodeOverrideUnmatched diag.Code = "override-unmatched"

// CodeOverrideIdle is a warning about a field of an override that every node it matches has with the same value already.
const CodeOverrideIdle diag.Code = "override-idle"

// override makes the variants of the pipelines that an environment's overrides change. Overrides apply in the order
// written: a later one wins.
func (r *resolver) override(env *Environment) {
	changed := map[*Member]*schema.Node{}
	for _, o := range env.Overrides {
		r.apply(o, changed)
	}
	for _, p := range r.project.Pipelines {
		if slices.ContainsFunc(p.Members, func(m *Member) bool { return changed[m] != nil }) {
			r.project.variants[variant{env.Name.V, p.Name.V}] = r.variant(p, changed)
		}
	}
}

// apply merges one override into the nodes that it matches, and reports what it does not reach.
func (r *resolver) apply(o Override, changed map[*Member]*schema.Node) {
	matched := 0
	reached := map[string]bool{}
	effect := effects{changes: map[string]bool{}, there: map[string]diag.Pos{}}
	for _, p := range r.project.Pipelines {
		if o.Match.Pipeline.IsSet() && o.Match.Pipeline.V != p.Name.V {
			continue // before its nodes: there may be as many overrides as pipelines
		}
		for _, m := range p.Members {
			if !o.Match.selects(p, m) {
				continue
			}
			matched++
			base := m.node
			if earlier := changed[m]; earlier != nil {
				base = earlier
			}
			set := applicable(o.Set, r.section(m.Kind), reached)
			if len(set.Entries) > 0 {
				faults := len(r.findings)
				changed[m] = r.mergeNode(m, base, set)
				effect.note(base, changed[m], set, len(r.findings) > faults)
			}
		}
	}
	if matched == 0 {
		r.unmatched(o)
		return
	}
	for _, e := range o.Set.Entries {
		if !reached[e.Key] {
			r.findings.Errorf(CodeOverrideUnmatched, e.KeyPos, "`%s` is a field of none of the nodes that the override matches", e.Key).
				WithHint("remove it, or match a node whose kind has it").
				WithRelated(o.Pos, "the override begins here, with what it matches")
		} else if !effect.changes[e.Key] {
			r.findings.Warnf(CodeOverrideIdle, e.KeyPos, "the override sets `%s` to what it is without it", e.Key).
				WithHint("remove it, or set another value").
				WithRelated(effect.there[e.Key], "it has the value here")
		}
	}
}

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

// section describes the nodes of a kind.
func (r *resolver) section(kind Kind) schema.Section {
	s, known := r.sections[kind.Section]
	if !known {
		s = r.set.Section(kind.Section)
		r.sections[kind.Section] = s
	}
	return s
}

// applicable gives the fields of set that a kind has: an override by label may meet several kinds.
func applicable(set *schema.Node, section schema.Section, reached map[string]bool) *schema.Node {
	out := &schema.Node{Kind: schema.Map, Pos: set.Pos}
	for _, e := range set.Entries {
		if section.Fields[e.Key] {
			reached[e.Key] = true
			out.Entries = append(out.Entries, e)
		}
	}
	return out
}

// variant decodes and binds a pipeline with some of its nodes changed.
func (r *resolver) variant(p *Pipeline, changed map[*Member]*schema.Node) *Pipeline {
	v := *p
	v.Members = make([]*Member, len(p.Members))
	for i, m := range p.Members {
		node := changed[m]
		if node == nil {
			copied := *m
			v.Members[i] = &copied
			continue
		}
		r.findings = append(r.findings, r.set.ValidateItem(m.Kind.Section, node)...)
		v.Members[i] = r.member(m.Kind, node)
		r.checkPorts(v.Members[i])
	}
	r.bind(&v)
	return &v
}

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

// maxKnown bounds the names that a hint lists.
const maxKnown = 20

// unmatched reports an override without a node, at the first field of its match that no node fulfils.
func (r *resolver) unmatched(o Override) {
	pipelines, nodes := []string{}, []string{}
	for _, p := range r.project.Pipelines {
		pipelines = append(pipelines, p.Name.V)
		for _, m := range p.Members {
			if !o.Match.Pipeline.IsSet() || o.Match.Pipeline.V == p.Name.V {
				nodes = append(nodes, m.Name())
			}
		}
	}
	var kinds []string
	for _, k := range r.kinds {
		kinds = append(kinds, k.Name)
	}
	for _, field := range []struct {
		what  string
		value schema.Value[string]
		known []string
	}{{"pipeline", o.Match.Pipeline, pipelines}, {"node", o.Match.Node, nodes}, {"kind", o.Match.Kind, kinds}} {
		if !field.value.IsSet() || slices.Contains(field.known, field.value.V) {
			continue
		}
		d := r.findings.Errorf(CodeOverrideUnmatched, field.value.Pos, "the override matches nothing: there is no %s `%s`", field.what, field.value.V)
		if near := schema.Nearest(field.value.V, field.known); near != "" {
			d.WithHint("did you mean `%s`?", near)
		} else if len(field.known) > 0 {
			known := slices.Compact(slices.Sorted(slices.Values(field.known)))
			d.WithHint("known are `%s`", strings.Join(known[:min(len(known), maxKnown)], "`, `"))
		} else {
			d.WithHint("the project has no %s at all: is a file empty, or outside its `sources`?", field.what)
		}
		return
	}
	r.findings.Errorf(CodeOverrideUnmatched, o.Pos, "the override matches no node").
		WithHint("each field of `match` is there, but no node has all of them")
}
