package compiler

import (
	"slices"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// override makes the variants of the pipelines that an environment's overrides change. Overrides apply in the order
// written: a later one wins.
func (r *resolver) override(env *Environment) {
	changed := map[*Member]*schema.Node{}
	for _, o := range env.Overrides {
		r.apply(o, env, changed)
	}
	for _, p := range r.project.Pipelines {
		if slices.ContainsFunc(p.Members, func(m *Member) bool { return changed[m] != nil }) {
			r.project.variants[variant{env.Name.V, p.Name.V}] = r.variant(p, changed)
		}
	}
}

// outcome is what one override does in the environments that have it.
type outcome struct {
	Override
	// environment is one of those.
	environment *Environment
	matched     bool
	reached     map[string]bool
	effects
}

// outcome gives that of an override so far.
func (r *resolver) outcome(o Override, env *Environment) *outcome {
	known := r.outcomes[o.Pos]
	if known == nil {
		known = &outcome{
			Override: o, environment: env, reached: map[string]bool{},
			effects: effects{changes: map[string]bool{}, there: map[string]diag.Pos{}},
		}
		r.outcomes[o.Pos] = known
	}
	return known
}

// apply merges one override into the nodes that it matches.
func (r *resolver) apply(o Override, env *Environment, changed map[*Member]*schema.Node) {
	out := r.outcome(o, env)
	for _, p := range r.project.Pipelines {
		if o.Match.Pipeline.IsSet() && o.Match.Pipeline.V != p.Name.V || !env.Runs(p) {
			continue // before its nodes: there may be as many overrides as pipelines
		}
		for _, m := range p.Members {
			if !o.Match.selects(p, m) {
				continue
			}
			out.matched = true
			base := m.node
			if earlier := changed[m]; earlier != nil {
				base = earlier
			}
			set := applicable(o.Set, r.section(m.Kind), out.reached)
			if len(set.Entries) > 0 {
				faults := len(r.findings)
				changed[m] = r.mergeNode(m, base, set)
				out.note(base, changed[m], set, len(r.findings) > faults)
			}
		}
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
