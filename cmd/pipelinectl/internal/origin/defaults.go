package origin

import (
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Default is a field that nobody has written: what holds in its place gave the value.
type Default struct {
	// Document is the document that lacks the field, as in "pipeline `photos`", and Field where in it the field would
	// stand. Pos is what it would stand in.
	Pos      diag.Pos
	Document string
	Field    string
	// Description is what the schema says of the field, Value the default that it states; both may be empty.
	Description, Value string
}

// gap is a field that a document lacks, with edits that would write it.
type gap struct {
	side  side
	field place
	edits []edit
}

// defaults gives the fields, of the target's node and of the environment, that are not written and would change the
// value.
func (x *Explainer) defaults(w world, t *target, now state) []Default {
	var gaps []gap
	if at, ok := x.ownerOf(w, t); ok {
		gaps = append(gaps, x.gaps(w, ofPipeline, at)...)
	}
	if w.environment != nil {
		gaps = append(gaps, x.gaps(w, ofEnvironment, place{key(fieldSpec)})...)
	}
	matters := make([]bool, len(gaps))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, g := range gaps {
		group.Go(func() error {
			matters[i] = x.fills(w, t, now, g)
			return nil
		})
	}
	_ = group.Wait() // no function above fails
	var out []Default
	for i, g := range gaps {
		if matters[i] {
			f := x.field(g.side, g.field)
			in := g.edits[0].at[:len(g.edits[0].at)-1]
			around := nodeAt(w.root(g.side), in)
			stands := w.standing(g.side, around, in)
			field := stands.at.with(g.field[len(in):]...)
			out = append(out, Default{around.Pos, describe(stands.doc), field.String(), f.description(), f.def()})
		}
	}
	return out
}

// fills says whether writing the field changes the target.
func (x *Explainer) fills(w world, t *target, now state, g gap) bool {
	return slices.ContainsFunc(g.edits, func(e edit) bool {
		changed, valid := x.apply(w, e)
		if !valid {
			return false
		}
		then := x.read(changed, t)
		return then.compiled && then.there && !then.same(now)
	})
}

// ownerOf gives the place of the node that emits the target.
func (x *Explainer) ownerOf(w world, t *target) (place, bool) {
	for _, kind := range x.kinds {
		section := w.pipeline.Root.Get(fieldSpec).Get(kind.Section)
		if section == nil {
			continue
		}
		for i, n := range section.Items {
			if name := n.Get(fieldName); name != nil && name.Pos == t.from {
				return place{key(fieldSpec), key(kind.Section), index(i)}, true
			}
		}
	}
	return nil, false
}

// ownerField begins the fields of the node that emits the target.
func (x *Explainer) ownerField(w world, t *target) string {
	at, _ := x.ownerOf(w, t)
	return w.standing(ofPipeline, nodeAt(w.pipeline.Root, at), at).at.String() + "."
}

// gaps gives the fields that a document lacks below a place, other than overrides.
func (x *Explainer) gaps(w world, s side, at place) []gap {
	n, f := nodeAt(w.root(s), at), x.field(s, at)
	var out []gap
	switch n.Kind {
	case schema.List:
		for i := range n.Items {
			out = append(out, x.gaps(w, s, at.with(index(i)))...)
		}
	case schema.Map:
		for _, name := range f.properties() {
			below := at.with(key(name))
			switch {
			case below.below(fieldSpec, fieldOverrides):
			case n.Get(name) != nil:
				out = append(out, x.gaps(w, s, below)...)
			default:
				out = append(out, missing(s, below, place{}, f.step(key(name)), n.Pos)...)
			}
		}
	default: // a scalar lacks nothing
	}
	return out
}

// missing gives the gaps of a field that is not there at all, and of those below it: rest leads from it to the one looked
// at, which f describes.
func missing(s side, root, rest place, f field, pos diag.Pos) []gap {
	var out []gap
	if values := f.examples(); len(values) > 0 {
		g := gap{side: s, field: root.with(rest...)}
		for _, value := range values[:min(len(values), minProbes)] {
			n := nodeOf(value, pos)
			for _, text := range append([]string{n.Text}, similar(n)...)[:min(2, 1+len(similar(n)))] {
				changed := *n
				changed.Text = text
				g.edits = append(g.edits, edit{s, root, wrapped(rest, &changed, pos)})
			}
		}
		out = append(out, g)
	}
	if len(rest) >= maxChain {
		return out
	}
	if f.hasItems() {
		return append(out, missing(s, root, rest.with(index(0)), f.step(index(0)), pos)...)
	}
	for _, name := range f.properties() {
		out = append(out, missing(s, root, rest.with(key(name)), f.step(key(name)), pos)...)
	}
	return out
}

// wrapped gives the maps and lists that lead to a value, each with nothing else in it.
func wrapped(rest place, value *schema.Node, pos diag.Pos) *schema.Node {
	for _, s := range slices.Backward(rest) {
		if s.index >= 0 {
			value = &schema.Node{Kind: schema.List, Pos: pos, Items: []*schema.Node{value}}
		} else {
			value = &schema.Node{Kind: schema.Map, Pos: pos, Entries: []schema.Entry{{Key: s.key, KeyPos: pos, Value: value}}}
		}
	}
	return value
}
