package compiler

import (
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Project is what Resolve makes of all documents: pipelines with their names bound, as written and as each
// environment's overrides change them. Nobody changes it afterwards.
type Project struct {
	// Pipelines and Environments are sorted by name.
	Pipelines    []*Pipeline
	Environments []*Environment
	// variants holds, by environment and pipeline name, the pipelines that overrides changed.
	variants map[variant]*Pipeline
}

type variant struct {
	environment, pipeline string
}

// In gives the pipeline as it is in an environment; env may be nil.
func (p *Project) In(env *Environment, pl *Pipeline) *Pipeline {
	if env == nil {
		return pl
	}
	if changed := p.variants[variant{env.Name.V, pl.Name.V}]; changed != nil {
		return changed
	}
	return pl
}

// Pipeline is a document of kind Pipeline with its nodes decoded and its edges bound.
type Pipeline struct {
	Name   schema.Value[string]
	Labels schema.Entries[schema.Value[string]]
	// Types are sorted by name.
	Types []*Type
	// Members are the nodes, sorted by name.
	Members []*Member
	// Extras are objects and patches of the pipeline's own; nil where there are none.
	Extras *ExtrasSpec
	// Source is the file that holds the document, relative to the project.
	Source string
	Pos    diag.Pos
}

// Member is one node of a Pipeline.
type Member struct {
	Kind      Kind
	Component Component
	// Sources are, for each input in the order of its ports, the outputs that its `from` names.
	Sources [][]Source
	// node is the node as written, for overrides to be merged into.
	node *schema.Node
}

// Name is the node's name.
func (m *Member) Name() string { return m.Component.Name().V }

// Node is the node as written, defaults and the environment's overrides included.
func (m *Member) Node() *schema.Node { return m.node }

// Source is one output that an input reads.
type Source struct {
	Member *Member
	Output OutputSpec
	// Pos is the reference in `from`.
	Pos diag.Pos
}

// Type is a contract of records, named under spec.types.
type Type struct {
	Name        schema.Value[string]
	ContentType schema.Value[string]
}

// Member gives the node of a name, nil when there is none.
func (p *Pipeline) Member(name string) *Member {
	for _, m := range p.Members {
		if m.Name() == name {
			return m
		}
	}
	return nil
}

// Type gives the type of a name, nil when there is none.
func (p *Pipeline) Type(name string) *Type {
	for _, t := range p.Types {
		if t.Name.V == name {
			return t
		}
	}
	return nil
}
