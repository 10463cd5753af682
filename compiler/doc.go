// Package compiler owns the way from validated Documents to the plan: Resolve makes typed pipelines and environments
// and binds every name, Plan makes the Graph of one pipeline in one environment. It must not know what kinds of node
// there are, which it sees only as the interfaces Kind and Component, nor Kubernetes' objects, which emission makes.
//
// Start reading at Compile, whose table lists the phases; then kind.go (what a kind is asked), pipeline.go (what
// Resolve gives), graph.go (what Plan gives), names.go (every name).
//
// The phases, each a function from a value to a new value and a list of findings:
//
//	schema.Parse     bytes                  -> Documents
//	schema.Validate  Document               -> findings of its JSON Schema
//	Layer            Documents              -> Documents: defaults and inherited settings laid under them
//	Resolve          Documents              -> Project: typed, names bound, overrides applied
//	Plan             Pipeline, Environment  -> Graph: topics, groups, edges, and a contract.Node per runner
//	emit.Emit        Graph                  -> Bundle of typed objects
//	emit.Factor      Bundles                -> Tree: base and overlays
//	emit.Write       Tree                   -> disk
package compiler
