package origin

import "github.com/pipelinectl/pipelinectl/schema"

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

// world is all that a pipeline is compiled from in one environment, with defaults and inherited settings laid under its
// documents. environment is nil for none.
type world struct {
	pipeline, environment *schema.Document
	// defaults are the documents whose defaults the pipeline has, in the order in which they fill what is missing.
	defaults []*schema.Document
	// stands says where the nodes of the documents stand as a user has them.
	stands map[*schema.Node]standing
}

// side says which document of a world is meant.
type side uint8

const (
	ofPipeline side = iota + 1
	ofEnvironment
)

// newWorld gives the world of layered documents, whose nodes are those of the documents as written, the parts of the
// former that were not merged.
func newWorld(pipeline, environment *schema.Document, written []*schema.Document) world {
	w := world{pipeline: pipeline, environment: environment, stands: map[*schema.Node]standing{}}
	for _, doc := range append(written, w.documents()...) {
		w.stand(doc, doc.Root, nil)
	}
	return w
}

func (w world) document(s side) *schema.Document {
	if s == ofPipeline {
		return w.pipeline
	}
	return w.environment
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

// withRoot gives the world with another tree in one of its documents.
func (w world) withRoot(s side, root *schema.Node) world {
	changed := *w.document(s)
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
