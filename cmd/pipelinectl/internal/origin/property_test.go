package origin

import (
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
	"github.com/pipelinectl/pipelinectl/schema"
)

// load compiles a project without errors.
func load(t testing.TB, paths ...string) *compiler.Program {
	t.Helper()
	project, findings, err := schema.Load(paths)
	if err != nil || findings.HasErrors() {
		t.Fatal(err, findings)
	}
	program, findings := compiler.Compile(project.Documents, kinds.All())
	if findings.HasErrors() {
		t.Fatal(findings)
	}
	return program
}

// sample is one leaf of one object of a project.
type sample struct {
	explainer   *Explainer
	program     *compiler.Program
	environment string
	target      *target
}

// readSamples gives every leaf of every object of the examples and of the fixtures under testdata/idle in each
// environment, those of its GitOps engine among them, by kind of object and path; leaves that are alike in several stand
// under one key.
func readSamples(t *testing.T) map[string][]sample {
	t.Helper()
	const root = "../../../../"
	var projects []string
	for pattern, least := range map[string]int{"testdata/idle/*.yaml": 3, "examples/*": 2} {
		found, err := filepath.Glob(root + pattern)
		if err != nil || len(found) < least {
			t.Fatal(err, found)
		}
		projects = append(projects, found...)
	}
	slices.Sort(projects)
	out := map[string][]sample{}
	for _, layout := range emit.Layouts() {
		x := New(kinds.All(), layout)
		for _, path := range projects {
			program := load(t, path)
			for _, g := range program.Graphs {
				for _, target := range x.targets(t, g) {
					k := fmt.Sprint(target.object.Kind, named(target.tree, target.at))
					out[k] = append(out[k], sample{x, program, g.Environment.Name.V, target})
				}
			}
		}
	}
	return out
}

// targets gives every leaf of a graph's objects; where the layout is not the default, of the engine's only, since nodes
// emit the same in each. Without an environment there are none.
func (x *Explainer) targets(t *testing.T, g *compiler.Graph) []*target {
	t.Helper()
	if g.Environment == nil {
		return nil
	}
	var out []*target
	for _, from := range makers(g) {
		if x.layout != emit.Kustomize && from.IsValid() {
			continue
		}
		made, err := x.made(g, from)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range made {
			for _, at := range leaves(m.Value, nil) {
				out = append(out, &target{object: objectOf(m), tree: m.Value, at: at})
			}
		}
	}
	return out
}

var all = flag.Bool("all", false, "explain a leaf of every kind and path (a minute), not a sample of them")

// TestEverythingIsExplained demands an origin, a default or a rule for a sample of leaves: the first of every kind of
// object, and one of every stride that follow.
func TestEverythingIsExplained(t *testing.T) {
	t.Parallel()
	stride := 12
	if *all {
		stride = 1
	}
	samples := readSamples(t)
	keys := slices.Sorted(maps.Keys(samples))
	if len(keys) < 300 {
		t.Fatalf("found only %d leaves", len(keys))
	}
	kind := ""
	for i, k := range keys {
		s := samples[k][0]
		if i%stride != 0 && s.target.object.Kind == kind {
			continue
		}
		kind = s.target.object.Kind
		e, err := s.explainer.Explain(s.program, s.environment, s.target.object, pathOf(s.target.at))
		switch {
		case err != nil:
			t.Errorf("%s %s: %v", s.target.object, s.target.at, err)
		case !e.Given() && len(e.Defaults) == 0 && e.Rule == "":
			t.Errorf("%s %s = %v in %s is unexplained", e.Object, e.Path, Text(e.Value), e.Environment)
		case len(e.Layers) == 0:
			t.Errorf("%s %s has no layer", e.Object, e.Path)
		}
	}
}

// TestRulesAreNeeded holds the rules to what is emitted: each fits some value.
func TestRulesAreNeeded(t *testing.T) {
	t.Parallel()
	samples := readSamples(t)
	for _, r := range rulings() {
		if path, err := ParsePath(r.path); err != nil || len(path) == 0 {
			t.Errorf("%s: %v", r.path, err)
			continue
		}
		if !slices.ContainsFunc(slices.Collect(maps.Values(samples)), func(s []sample) bool {
			return r.fits(s[0].target.object.Kind, named(s[0].target.tree, s[0].target.at))
		}) {
			t.Errorf("no object of kind %s has a value at %s", r.kinds, r.path)
		}
	}
}

// pathOf gives a place as a user would.
func pathOf(at place) Path {
	path := make(Path, len(at))
	for i, s := range at {
		path[i] = s.key
		if s.index >= 0 {
			path[i] = strconv.Itoa(s.index)
		}
	}
	return path
}

// leaves gives every place of a value that holds a scalar, or an empty map or list.
func leaves(value any, at place) []place {
	below := children(value)
	if len(below) == 0 {
		return []place{at}
	}
	var out []place
	for _, c := range below {
		out = append(out, leaves(c.value, at.with(c.step))...)
	}
	return out
}
