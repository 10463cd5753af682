package compiler

import (
	"slices"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// CodeOverrideUnmatched is reported when an override changes nothing: no node matches it, no node that matches has the
// field, or a list has no item of the name.
//
// Example:
//
//	overrides: [{match: {pipeline: photos, node: resiez}, set: {replicas: 3}}]
const CodeOverrideUnmatched diag.Code = "override-unmatched"

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
	for _, p := range r.project.Pipelines {
		for _, m := range p.Members {
			if !o.Match.selects(p, m) {
				continue
			}
			matched++
			base := m.node
			if earlier := changed[m]; earlier != nil {
				base = earlier
			}
			set := r.applicable(o.Set, m.Kind, reached)
			if len(set.Entries) > 0 {
				changed[m] = r.merge(base, set)
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
				WithHint("remove it, or match a node whose kind has it")
		}
	}
}

// applicable gives the fields of set that a kind has: an override by label may meet several kinds.
func (r *resolver) applicable(set *schema.Node, kind Kind, reached map[string]bool) *schema.Node {
	fields := r.set.Fields(kind.Section)
	out := &schema.Node{Kind: schema.Map, Pos: set.Pos}
	for _, e := range set.Entries {
		if slices.Contains(fields, e.Key) {
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
	}
	r.bind(&v)
	return &v
}

// merge lays set over base: maps key by key, lists of named items by name, all else replaced. Neither changes.
func (r *resolver) merge(base, set *schema.Node) *schema.Node {
	switch {
	case base == nil:
		return set
	case base.Kind == schema.Map && set.Kind == schema.Map:
		return r.mergeMap(base, set)
	case named(base, OutputDefault) && named(set, ""):
		return r.mergeList(base, set)
	default:
		return set
	}
}

func (r *resolver) mergeMap(base, set *schema.Node) *schema.Node {
	out := &schema.Node{Kind: schema.Map, Pos: base.Pos, Entries: slices.Clone(base.Entries)}
	for _, e := range set.Entries {
		i := slices.IndexFunc(out.Entries, func(b schema.Entry) bool { return b.Key == e.Key })
		if i < 0 {
			out.Entries = append(out.Entries, e)
			continue
		}
		out.Entries[i] = schema.Entry{Key: e.Key, KeyPos: e.KeyPos, Value: r.merge(out.Entries[i].Value, e.Value)}
	}
	return out
}

func (r *resolver) mergeList(base, set *schema.Node) *schema.Node {
	out := &schema.Node{Kind: schema.List, Pos: base.Pos, Items: slices.Clone(base.Items)}
	names := make([]string, len(base.Items))
	for i, item := range base.Items {
		names[i] = itemName(item, OutputDefault)
	}
	for _, item := range set.Items {
		name := item.Get("name")
		if i := slices.Index(names, name.Text); i >= 0 {
			out.Items[i] = r.merge(out.Items[i], item)
			continue
		}
		d := r.findings.Errorf(CodeOverrideUnmatched, name.Pos, "the override matches no item named `%s`", name.Text).
			WithRelated(base.Pos, "the list that it changes")
		if near := schema.Nearest(name.Text, names); near != "" {
			d.WithHint("did you mean `%s`?", near)
		}
	}
	return out
}

// named says whether a node is a list of maps that all have a name; unnamed is that of an item which states none, since
// a sole output need not.
func named(n *schema.Node, unnamed string) bool {
	return n.Kind == schema.List && len(n.Items) > 0 &&
		!slices.ContainsFunc(n.Items, func(item *schema.Node) bool { return itemName(item, unnamed) == "" })
}

func itemName(item *schema.Node, unnamed string) string {
	switch name := item.Get("name"); {
	case item.Kind != schema.Map:
		return ""
	case name == nil:
		return unnamed
	default:
		return name.Text
	}
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
		}
		return
	}
	r.findings.Errorf(CodeOverrideUnmatched, o.Pos, "the override matches no node").
		WithHint("each field of `match` is there, but no node has all of them")
}
