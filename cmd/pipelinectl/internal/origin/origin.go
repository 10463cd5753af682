// Package origin owns the answer to "why is this value so?": for one value of one compiled object it says where the value
// is written, or which default or rule gave it, and every layer that changed it.
//
// It finds out by trying, not by notes that emitters would have to keep: each scalar of the pipeline and of the environment
// is changed in a copy of the documents, the pipeline is compiled again, and what changes the value is where it comes
// from. So no new field and no new object can be forgotten. What nothing written changes may be the default of a field
// that could be written, which is tried in the same way; what is left are rules of ours, listed by the files rules*.go.
//
// It must not print or read files. Start reading at Explain, then sources.go (what a value hangs on), defaults.go,
// layers.go.
package origin

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/schema"
)

// Explanation says why one value is so. Of Sources, Defaults and Rule at least one says something.
type Explanation struct {
	Object Object
	// Path is the field, with items by their index.
	Path                  string
	Pipeline, Environment string
	// Value is a string, bool, int64 or float64, or an empty map or list.
	Value any
	// Sources are what is written that the value hangs on: the most telling first, of those the ones in the object's own
	// node, then in the files' order.
	Sources []Source
	// Defaults are the fields that would give another value and are not written. They are looked for where no source
	// gives the value.
	Defaults []Default
	// Rule says why the value is so whatever is written; empty where no rule is known.
	Rule string
	// Layers are the steps at which the value changed, in order; the last one gave what holds.
	Layers []Layer
}

// Given says whether something written gives the value, and does not only decide whether it is there.
func (e *Explanation) Given() bool {
	return slices.ContainsFunc(e.Sources, func(s Source) bool { return s.Relation != Presence })
}

// Explainer explains values. It is safe for concurrent use.
type Explainer struct {
	kinds []compiler.Kind
	// layout is that of the tree which the engine's objects lead to.
	layout emit.Layout
	set    *schema.Set
	// roots are the schemas of Pipeline and Environment, by side.
	roots func() (map[side]field, error)
}

// New gives an Explainer for documents whose nodes are of these kinds, compiled into a tree of a layout.
func New(kinds []compiler.Kind, layout emit.Layout) *Explainer {
	x := &Explainer{kinds: kinds, layout: layout, set: compiler.NewSet(kinds)}
	x.roots = sync.OnceValues(func() (map[side]field, error) {
		pipeline, err := rootField(x.set, schema.KindPipeline)
		if err != nil {
			return nil, err
		}
		environment, err := rootField(x.set, schema.KindEnvironment)
		return map[side]field{ofPipeline: pipeline, ofEnvironment: environment}, err
	})
	return x
}

// Explain says why a field of an object is so in an environment. The program holds a project without errors. The error is
// an UnknownError for an object or field that is not there, a MapError for a field that holds others, else an internal
// fault.
func (x *Explainer) Explain(p *compiler.Program, environment string, object Object, path Path) (*Explanation, error) {
	if _, err := x.roots(); err != nil {
		return nil, err
	}
	g, t, err := x.locate(p, environment, object)
	if err != nil {
		return nil, err
	}
	if t.at, t.value, err = resolve(t.tree, path); err != nil {
		return nil, err
	}
	w := x.prune(worldOf(p, g))
	now := x.read(w, t)
	w = x.narrow(w, g, t, now)
	out := &Explanation{
		Object: t.object, Path: t.at.String(), Pipeline: g.Pipeline.Name.V, Environment: environment, Value: t.value,
		Sources: x.sources(w, t, now, func(side, leaf) bool { return true }),
		Layers:  x.layers(w, t),
	}
	if out.Given() {
		return out, nil
	}
	if out.Defaults = x.defaults(w, t, now); len(out.Defaults) == 0 {
		out.Rule = rule(t)
	}
	return out, nil
}

// field gives what the schema says of a place in a document.
func (x *Explainer) field(s side, at place) field {
	roots, err := x.roots()
	if err != nil { // Explain has looked
		panic(err)
	}
	return roots[s].at(at)
}

// worldOf gives the documents that a graph was planned from.
func worldOf(p *compiler.Program, g *compiler.Graph) world {
	named := func(docs []*schema.Document, kind, name string) *schema.Document {
		return docs[slices.IndexFunc(docs, func(d *schema.Document) bool { return d.Kind == kind && d.Name.V == name })]
	}
	environment := named(p.Documents, schema.KindEnvironment, g.Environment.Name.V)
	defaults := compiler.DefaultsFor(p.Documents, g.Pipeline.Source)
	pipeline := named(p.Documents, schema.KindPipeline, g.Pipeline.Name.V)
	written := slices.Concat([]*schema.Document{pipeline, environment}, attached(pipeline), compiler.Ancestors(p.Documents, environment), defaults)
	w := newWorld(named(p.Layered, schema.KindPipeline, g.Pipeline.Name.V), named(p.Layered, schema.KindEnvironment, g.Environment.Name.V), written)
	w.defaults = defaults
	return w
}

// locate finds an object among those of an environment.
func (x *Explainer) locate(p *compiler.Program, environment string, object Object) (*compiler.Graph, *target, error) {
	var graphs []*compiler.Graph
	for _, g := range p.Graphs {
		if g.Environment != nil && g.Environment.Name.V == environment {
			graphs = append(graphs, g)
		}
	}
	// Objects are named after their pipeline, so in a large project the right one is most likely among the first.
	named := func(g *compiler.Graph) bool { return strings.Contains(object.Name, g.Pipeline.Name.V) }
	first := slices.DeleteFunc(slices.Clone(graphs), func(g *compiler.Graph) bool { return !named(g) })
	for _, g := range append(first, slices.DeleteFunc(graphs, named)...) {
		if t, err := x.aim(g, object); t != nil || err != nil {
			return g, t, err
		}
	}
	known, err := x.objects(p, environment)
	if err != nil {
		return nil, nil, err
	}
	return nil, nil, unknownObject(object, known)
}

// objects gives the objects of an environment, by kind and name.
func (x *Explainer) objects(p *compiler.Program, environment string) ([]Object, error) {
	var out []Object
	for _, g := range p.Graphs {
		if g.Environment == nil || g.Environment.Name.V != environment {
			continue
		}
		for _, from := range makers(g) {
			made, err := x.made(g, from)
			if err != nil {
				return nil, err
			}
			for _, m := range made {
				out = append(out, objectOf(m))
			}
		}
	}
	slices.SortFunc(out, func(a, b Object) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(out), nil
}

// unknownObject names the object that was most likely meant: of the kind given where there is such a kind.
func unknownObject(object Object, known []Object) error {
	err := &UnknownError{What: fmt.Sprintf("object `%s`", object)}
	var kinds, names, all []string
	for _, o := range known {
		all = append(all, o.String())
		kinds = append(kinds, o.Kind)
		if strings.EqualFold(o.Kind, object.Kind) {
			names = append(names, o.Name)
			err.Known = append(err.Known, o.String())
			object.Kind = o.Kind
		}
	}
	if near := schema.Nearest(object.Name, names); near != "" {
		err.Near = Object{object.Kind, near}.String()
		return err
	}
	kind := schema.Nearest(object.Kind, kinds)
	if o := (Object{kind, object.Name}); len(names) == 0 && slices.Contains(known, o) {
		err.Near = o.String()
	} else if len(names) == 0 {
		err.Near = schema.Nearest(object.String(), all)
	}
	if len(err.Known) == 0 {
		err.Known = all
	}
	return err
}
