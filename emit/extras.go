package emit

import (
	"cmp"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	// CodeExtrasClash is reported for an object of a pipeline's own that the pipeline has already.
	CodeExtrasClash diag.Code = "extras-clash"
	// CodeExtrasPatch is reported for a patch that cannot be applied to an object that it selects, or that makes of it what
	// it must not be.
	CodeExtrasPatch diag.Code = "extras-patch"
	// CodeExtrasUnmatched is reported for a patch that selects nothing, or changes nothing, in any environment.
	CodeExtrasUnmatched diag.Code = "extras-unmatched"
)

// Check adds to the findings of a compilation those that show in the emitted objects alone: of the pipelines' extras. Where
// the findings keep the plans from being whole, it adds nothing.
func Check(program *compiler.Program, findings diag.List) diag.List {
	if findings.Blocks() {
		return findings
	}
	return append(findings, checkExtras(program.Graphs)...)
}

// checkExtras reports what in the extras of pipelines does not fit the objects that their nodes emit. The graphs are all
// those of each pipeline, since a patch may be meant for what some environment alone has. They have no errors.
func checkExtras(graphs []*compiler.Graph) diag.List {
	pipelines := map[string][]*compiler.Graph{}
	for _, g := range graphs {
		if g.Pipeline.Extras != nil {
			pipelines[g.Pipeline.Name.V] = append(pipelines[g.Pipeline.Name.V], g)
		}
	}
	names := slices.Sorted(maps.Keys(pipelines))
	findings := make([]diag.List, len(names))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		group.Go(func() error {
			findings[i] = checkExtrasOf(pipelines[name])
			return nil
		})
	}
	_ = group.Wait() // there is nothing to fail
	return slices.Concat(findings...).Sorted()
}

// checkExtrasOf is checkExtras for the graphs of one pipeline that has extras.
func checkExtrasOf(graphs []*compiler.Graph) diag.List {
	x := newExtension(graphs[0].Pipeline.Extras)
	for _, g := range graphs {
		bundle, err := emitNodes(g)
		if err != nil {
			continue // an internal fault, which Emit reports
		}
		x.apply(bundle)
	}
	if x.findings.HasErrors() {
		return x.findings
	}
	return append(x.findings, x.idle()...)
}

// extend gives a bundle with a pipeline's extras in it.
func extend(extras *compiler.ExtrasSpec, bundle *Bundle) (*Bundle, error) {
	x := newExtension(extras)
	extended := x.apply(bundle)
	if x.findings.HasErrors() {
		return nil, fmt.Errorf("emit: extras of pipeline %s: %s", bundle.Pipeline, x.findings[0].Message)
	}
	return extended, nil
}

// extension is the work of one pipeline's extras on some bundles.
type extension struct {
	extras   *compiler.ExtrasSpec
	patches  []*patch
	findings diag.List
	// kinds and names are those of all objects so far.
	kinds, names map[string]bool
}

func newExtension(extras *compiler.ExtrasSpec) *extension {
	x := &extension{extras: extras, kinds: map[string]bool{}, names: map[string]bool{}}
	for _, object := range extras.Objects {
		x.findings = append(x.findings, checkType(object)...)
	}
	for _, spec := range extras.Patches {
		x.patches = append(x.patches, newPatch(spec, &x.findings))
	}
	return x
}

// apply gives a bundle with the objects added and all patches applied, in order.
func (x *extension) apply(bundle *Bundle) *Bundle {
	out := *bundle
	out.Resources = slices.Clone(bundle.Resources)
	x.add(&out)
	if x.findings.HasErrors() {
		return &out
	}
	for _, r := range out.Resources {
		x.kinds[r.Object.GetObjectKind().GroupVersionKind().Kind] = true
		x.names[r.Object.GetName()] = true
	}
	for _, p := range x.patches {
		var kept []Resource
		for _, r := range out.Resources {
			if !p.selects(r) {
				kept = append(kept, r)
				continue
			}
			if changed := p.apply(r, &x.findings); changed != nil {
				kept = append(kept, *changed)
			}
		}
		out.Resources = kept
	}
	slices.SortFunc(out.Resources, func(a, b Resource) int {
		return cmp.Or(cmp.Compare(a.Layer, b.Layer), a.ID().Compare(b.ID()))
	})
	return &out
}

// idle reports patches that no bundle has needed.
func (x *extension) idle() diag.List {
	var findings diag.List
	kinds, names := slices.Sorted(maps.Keys(x.kinds)), slices.Sorted(maps.Keys(x.names))
	for _, p := range x.patches {
		switch {
		case !p.matched:
			d := findings.Errorf(CodeExtrasUnmatched, p.at(), "the patch's target selects no object of the pipeline, in any environment")
			if near := p.near(kinds, names); near != "" {
				d.WithHint("did you mean `%s`?", near)
			} else {
				d.WithHint("`pipelinectl build --dump emit` lists them; names are matched as a whole, and `.*` stands for any text")
			}
		case !p.changed:
			findings.Errorf(CodeExtrasUnmatched, p.spec.Patch.Pos, "the patch changes nothing: each object that it selects is so already").
				WithHint("remove it")
		}
	}
	return findings
}
