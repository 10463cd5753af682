package origin

import (
	"slices"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// The fields of documents that are told apart here; all others are alike.
const (
	fieldSpec      = "spec"
	fieldMetadata  = "metadata"
	fieldName      = "name"
	fieldOverrides = "overrides"
	fieldMatch     = "match"
	fieldSet       = "set"
	fieldFrom      = "from"
	fieldType      = "type"
	fieldTypes     = "types"
	fieldInputs    = "inputs"
	fieldOutputs   = "outputs"
)

// world is all that a pipeline is compiled from in one environment. environment is nil for none.
type world struct {
	pipeline, environment *schema.Document
	// places says where the nodes of the documents stood before any was left out.
	places map[*schema.Node]place
}

// side says which document of a world is meant.
type side uint8

const (
	ofPipeline side = iota + 1
	ofEnvironment
)

// newWorld gives the world of documents as they are.
func newWorld(pipeline, environment *schema.Document) world {
	w := world{pipeline, environment, map[*schema.Node]place{}}
	var walk func(n *schema.Node, at place)
	walk = func(n *schema.Node, at place) {
		if _, again := w.places[n]; again { // by an alias: the first place stands for all
			return
		}
		w.places[n] = at
		for i, item := range n.Items {
			walk(item, at.with(index(i)))
		}
		for _, e := range n.Entries {
			walk(e.Value, at.with(key(e.Key)))
		}
	}
	for _, doc := range w.documents() {
		walk(doc.Root, nil)
	}
	return w
}

// place gives where a node of the world stands in its document as a user has it.
func (w world) place(n *schema.Node, at place) place {
	if was, ok := w.places[n]; ok {
		return was
	}
	return at
}

func (w world) root(s side) *schema.Node {
	switch {
	case s == ofPipeline:
		return w.pipeline.Root
	case w.environment == nil:
		return nil
	default:
		return w.environment.Root
	}
}

// describe names a document of a world.
func (w world) describe(s side) string {
	if s == ofPipeline {
		return "pipeline `" + w.pipeline.Name.V + "`"
	}
	return "environment `" + w.environment.Name.V + "`"
}

// withRoot gives the world with another tree in one of its documents.
func (w world) withRoot(s side, root *schema.Node) world {
	doc := w.pipeline
	if s == ofEnvironment {
		doc = w.environment
	}
	changed := *doc
	changed.Root = root
	if name := root.Get(fieldMetadata).Get(fieldName); name != nil {
		changed.Name = schema.Value[string]{V: name.Text, Pos: name.Pos}
	}
	if s == ofPipeline {
		w.pipeline = &changed
	} else {
		w.environment = &changed
	}
	return w
}

func (w world) documents() []*schema.Document {
	if w.environment == nil {
		return []*schema.Document{w.pipeline}
	}
	return []*schema.Document{w.pipeline, w.environment}
}

// overrides gives the environment's overrides, none without an environment.
func (w world) overrides() []*schema.Node {
	if list := w.root(ofEnvironment).Get(fieldSpec).Get(fieldOverrides); list != nil {
		return list.Items
	}
	return nil
}

// withOverrides gives the world with only these overrides.
func (w world) withOverrides(items []*schema.Node) world {
	list := w.root(ofEnvironment).Get(fieldSpec).Get(fieldOverrides)
	if list == nil {
		return w
	}
	changed := *list
	changed.Items = items
	at := place{key(fieldSpec), key(fieldOverrides)}
	return w.withRoot(ofEnvironment, replaced(w.environment.Root, at, &changed))
}

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
