package compiler

import (
	"slices"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	// CodeTypeUnused is a warning about a type that no input and no output has.
	CodeTypeUnused diag.Code = "type-unused"
	// CodeParameterUnused is a warning about a parameter that nothing refers to, so that its value changes nothing.
	CodeParameterUnused diag.Code = "parameter-unused"
)

// Parameterized is implemented by a Component with parameters that its other fields refer to.
type Parameterized interface {
	// ParameterUse gives the names that are set, with their places, and those that are referred to.
	ParameterUse() (set []schema.Value[string], used []string)
}

// checkUnused reports what no node uses, neither as its pipeline has it nor as an environment's overrides change it.
func checkUnused(p *Project, findings *diag.List) {
	for _, pl := range p.Pipelines {
		variants := []*Pipeline{pl}
		for _, env := range p.Environments {
			if v := p.In(env, pl); v != pl {
				variants = append(variants, v)
			}
		}
		checkTypesUsed(variants, findings)
		for i := range pl.Members {
			checkParametersUsed(variants, i, findings)
		}
	}
}

func checkTypesUsed(variants []*Pipeline, findings *diag.List) {
	used := map[string]bool{}
	for _, v := range variants {
		for _, m := range v.Members {
			ports := m.Component.Ports()
			for _, in := range ports.Inputs {
				used[in.Type.V] = true
			}
			for _, out := range ports.Outputs {
				used[out.Type.V] = true
			}
		}
	}
	for _, t := range variants[0].Types {
		if !used[t.Name.V] {
			findings.Warnf(CodeTypeUnused, t.Name.Pos, "no input and no output of pipeline `%s` has type `%s`", variants[0].Name.V, t.Name.V).
				WithHint("name it where it flows, as in `outputs: [{name: out, type: %s}]`, or remove it", t.Name.V)
		}
	}
}

// checkParametersUsed looks at one node, the i-th of each variant of its pipeline: a parameter counts as used when any
// variant refers to it, wherever it is set.
func checkParametersUsed(variants []*Pipeline, i int, findings *diag.List) {
	var set []schema.Value[string]
	var used []string
	for _, v := range variants {
		if component, ok := v.Members[i].Component.(Parameterized); ok {
			moreSet, moreUsed := component.ParameterUse()
			set, used = append(set, moreSet...), append(used, moreUsed...)
		}
	}
	var missing []string
	for _, name := range used {
		if !slices.ContainsFunc(set, func(s schema.Value[string]) bool { return s.V == name }) {
			missing = append(missing, name)
		}
	}
	for _, s := range set {
		if slices.Contains(used, s.V) || schema.Nearest(s.V, missing) != "" { // the unknown reference is reported as such
			continue
		}
		d := findings.Warnf(CodeParameterUnused, s.Pos, "nothing in node `%s` refers to parameter `%s`", variants[0].Members[i].Name(), s.V)
		if near := schema.Nearest(s.V, used); near != "" {
			d.WithHint("did you mean `%s`, which is referred to? else write `$(parameters.%s)` where its value belongs, or remove it", near, s.V)
		} else {
			d.WithHint("write `$(parameters.%s)` where its value belongs, or remove it", s.V)
		}
	}
}
