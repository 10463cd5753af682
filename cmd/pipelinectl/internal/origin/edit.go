package origin

import (
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
)

// edit changes one place of a world: by takes the place of what stands there, nil removes it.
type edit struct {
	side side
	at   place
	by   *schema.Node
}

// apply gives the world with an edit, and false when the document is not valid then. Where the edit renames something,
// what refers to it is renamed too.
func (x *Explainer) apply(w world, e edit) (world, bool) {
	was := nodeAt(w.root(e.side), e.at)
	changed := w.withRoot(e.side, replaced(w.root(e.side), e.at, e.by))
	if !x.valid(changed, e) {
		return w, false
	}
	if was != nil && e.by != nil {
		changed = x.rename(changed, e, was.Text)
	}
	return changed, true
}

// valid says whether the schema accepts the part of a world that an edit changed.
func (x *Explainer) valid(w world, e edit) bool {
	if e.side == ofEnvironment {
		return !x.set.Validate(w.environment).Blocks()
	}
	if section, i, ok := x.item(e.at); ok {
		return !x.set.ValidateItem(section, w.pipeline.Root.Get(fieldSpec).Get(section).Items[i]).Blocks()
	}
	return !x.set.Validate(w.pipeline).Blocks()
}

// item says which node of a pipeline a place is in: its section and index.
func (x *Explainer) item(at place) (section string, i int, ok bool) {
	if len(at) < 3 || at[0].key != fieldSpec || at[2].index < 0 {
		return "", 0, false
	}
	for _, kind := range x.kinds {
		if kind.Section == at[1].key {
			return kind.Section, at[2].index, true
		}
	}
	return "", 0, false
}

// rename follows an edit that gave another name to the pipeline, a node or a port: whatever refers to the old name is
// made to refer to the new one.
func (x *Explainer) rename(w world, e edit, old string) world {
	if e.side != ofPipeline || lastKey(e.at) != fieldName {
		return w
	}
	r := renaming{old: old, new: e.by.Text}
	section, i, inNode := x.item(e.at)
	switch {
	case inNode && len(e.at) == 4: // spec.algos[0].name
		r.isNode = true
	case inNode && len(e.at) == 6 && e.at[4].index >= 0: // spec.algos[0].outputs[0].name
		r.node, r.list = nameOf(w.pipeline.Root.Get(fieldSpec).Get(section).Items[i]), e.at[3].key
	case e.at.below(fieldMetadata) && len(e.at) == 2:
		r.isPipeline = true
	default:
		return w
	}
	w = w.withRoot(ofPipeline, mapped(w.pipeline.Root, nil, r.reference))
	if w.environment != nil {
		w = w.withRoot(ofEnvironment, mapped(w.environment.Root, nil, r.reference))
	}
	return w
}

// renaming is another name for a pipeline, a node, or a port of a node.
type renaming struct {
	old, new           string
	isPipeline, isNode bool
	// node has the port, and list is the field that it stands in.
	node, list string
}

// reference gives a scalar with what refers to the old name changed.
func (r renaming) reference(at place, n *schema.Node) *schema.Node {
	text := n.Text
	switch last := lastKey(at); {
	case last == fieldFrom && r.isNode:
		if node, output, dotted := strings.Cut(text, "."); node == r.old && dotted {
			text = r.new + "." + output
		} else if node == r.old {
			text = r.new
		}
	case last == fieldFrom && r.list == fieldOutputs && text == r.node+"."+r.old:
		text = r.node + "." + r.new
	case at.below(fieldSpec, fieldOverrides) && len(at) > 4 && text == r.old && r.renames(at[3:]):
		text = r.new
	}
	if text == n.Text {
		return n
	}
	out := *n
	out.Text = text
	return &out
}

// renames says whether a place in an override names what was renamed.
func (r renaming) renames(at place) bool {
	switch {
	case r.isPipeline:
		return at.below(fieldMatch, "pipeline")
	case r.isNode:
		return at.below(fieldMatch, "node")
	default:
		return len(at) == 4 && at.below(fieldSet, r.list) && lastKey(at) == fieldName
	}
}
