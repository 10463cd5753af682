package origin

import (
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

// layers gives the steps at which the target changes: the pipeline with no environment, the environment without its
// overrides, then each of those in order.
func (x *Explainer) layers(w world, t *target) []Layer {
	type stage struct {
		world world
		layer Layer
	}
	stages := []stage{
		{world{pipeline: w.pipeline, places: w.places}, Layer{Name: w.describe(ofPipeline), Pos: w.pipeline.Pos}},
		{w.withOverrides(nil), Layer{Name: w.describe(ofEnvironment), Pos: w.environment.Pos}},
	}
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
		s.layer.Sources = x.sources(s.world, t, now, func(of side, at place) bool {
			// Where there was no value, what earlier layers say has waited for this one.
			return !last.there || layerOf(of, at) == i
		})
		out, last = append(out, s.layer), now
	}
	return out
}

// layerOf is the number of the layer that a leaf belongs to.
func layerOf(s side, at place) int {
	switch {
	case s == ofPipeline:
		return 0
	case at.below(fieldSpec, fieldOverrides):
		return 2 + at[2].index
	default:
		return 1
	}
}

// overrideName names an override by what it matches.
func overrideName(w world, o *schema.Node) string {
	name := "override of " + w.describe(ofEnvironment)
	var matched []string
	for _, l := range scalars(o.Get(fieldMatch), nil) {
		matched = append(matched, lastKey(l.at)+" `"+l.node.Text+"`")
	}
	if len(matched) == 0 {
		return name
	}
	return name + " for " + strings.Join(matched, ", ")
}
