package origin

import (
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Layer is one step of the way to a value: what it was before and is since.
type Layer struct {
	// Name says what the step is: "pipeline `photos`", "environment `prod`", "override 2 of environment `prod`".
	Name string
	// Pos is where it begins.
	Pos diag.Pos
	// Before and After are the values; nil is none.
	Before, After any
	// Sources are what the value hangs on since: what is written in this layer, or in earlier ones that gave none yet.
	Sources []Source
}

// layers gives the steps at which the target changes: the pipeline with no environment, then with each of the defaults
// that fill what it lacks, the environment without its overrides, then each of those in order.
func (x *Explainer) layers(w world, t *target) []Layer {
	type stage struct {
		world world
		layer Layer
	}
	alone := w
	alone.environment = nil
	stages := []stage{{alone.withDefaults(0), Layer{Name: describe(w.pipeline), Pos: w.pipeline.Pos}}}
	for i, doc := range w.defaults {
		stages = append(stages, stage{alone.withDefaults(i + 1), Layer{Name: describe(doc), Pos: doc.Pos}})
	}
	stages = append(stages, stage{w.withOverrides(nil), Layer{Name: describe(w.environment), Pos: w.environment.Pos}})
	overrides := w.overrides()
	for i, o := range overrides {
		stages = append(stages, stage{w.withOverrides(overrides[:i+1]), Layer{Name: overrideName(w, o), Pos: o.Pos}})
	}
	var out []Layer
	last := state{compiled: true}
	for i, s := range stages {
		now := x.read(s.world, t)
		if !now.compiled || now.same(last) { // what does not stand alone is mended by a later layer, which then has the change
			continue
		}
		s.layer.Before, s.layer.After = last.value, now.value
		s.layer.Sources = x.sources(s.world, t, now, func(of side, l leaf) bool {
			// Where there was no value, what earlier layers say has waited for this one.
			return !last.there || w.layerOf(of, l) == i
		})
		out, last = append(out, s.layer), now
	}
	return out
}

// layerOf is the number of the layer that a leaf belongs to.
func (w world) layerOf(s side, l leaf) int {
	switch {
	case s == ofPipeline:
		return 1 + w.defaultOf(l.node)
	case l.at.below(fieldSpec, fieldOverrides):
		return 2 + len(w.defaults) + l.at[2].index
	default:
		return 1 + len(w.defaults)
	}
}

// defaultOf gives the index of the document of defaults that a node of the pipeline comes from, -1 for the pipeline.
func (w world) defaultOf(n *schema.Node) int { return slices.Index(w.defaults, w.stands[n].doc) }

// withDefaults gives the world whose pipeline has only the first documents of defaults.
func (w world) withDefaults(number int) world {
	if number == len(w.defaults) {
		return w
	}
	root := without(w.pipeline.Root, func(n *schema.Node) bool { return w.defaultOf(n) >= number })
	return w.withRoot(ofPipeline, root)
}

// without gives a tree without some of its nodes, and without maps and lists that only held those; nil where that is all.
func without(n *schema.Node, out func(*schema.Node) bool) *schema.Node {
	if out(n) {
		return nil
	}
	if len(n.Items)+len(n.Entries) == 0 {
		return n
	}
	kept := *n
	kept.Items, kept.Entries = nil, nil
	for _, item := range n.Items {
		if item = without(item, out); item != nil {
			kept.Items = append(kept.Items, item)
		}
	}
	for _, e := range n.Entries {
		if e.Value = without(e.Value, out); e.Value != nil {
			kept.Entries = append(kept.Entries, e)
		}
	}
	if len(kept.Items)+len(kept.Entries) == 0 {
		return nil
	}
	return &kept
}

// overrideName names an override by what it matches.
func overrideName(w world, o *schema.Node) string {
	name := "override of " + describe(w.standing(ofEnvironment, o, nil).doc)
	var matched []string
	for _, l := range scalars(o.Get(fieldMatch), nil) {
		matched = append(matched, lastKey(l.at)+" `"+l.node.Text+"`")
	}
	if len(matched) == 0 {
		return name
	}
	return name + " for " + strings.Join(matched, ", ")
}
