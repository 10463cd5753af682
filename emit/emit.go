package emit

import (
	"cmp"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/pipelinectl/pipelinectl/compiler"
)

// Emitter is what a kind's compiler.Component implements beside the compiler's own interface: it adds the objects of
// one node. An error is an internal fault.
type Emitter interface {
	Emit(*Builder, *compiler.Node) error
}

// Engine gives what the GitOps engine of a graph's environment gets, beside the tree, for its pipeline: nothing, or one
// file, clusters/<environment>/<pipeline>.yaml. The bundle is what the graph emits. An error is an internal fault.
type Engine func(*compiler.Graph, *Bundle) (Tree, error)

// Compile emits pipelines into one tree of a layout. The graphs are all those of each pipeline, in any order; one of
// them has no environment. What the engine adds is in the ledgers like everything else; it may be nil. An error is an
// internal fault.
func Compile(layout Layout, graphs []*compiler.Graph, engine Engine) (Tree, error) {
	pipelines := map[string][]*compiler.Graph{}
	for _, g := range graphs {
		pipelines[g.Pipeline.Name.V] = append(pipelines[g.Pipeline.Name.V], g)
	}
	names := slices.Sorted(maps.Keys(pipelines))
	trees := make([]Tree, len(names))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		group.Go(func() (err error) {
			trees[i], err = layout.compile(pipelines[name], engine)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	all := Tree{}
	for _, t := range trees {
		maps.Copy(all, t) // a path names its pipeline
	}
	return all, nil
}

// compile makes the tree of one pipeline.
func (l Layout) compile(graphs []*compiler.Graph, engine Engine) (Tree, error) {
	var base *Bundle
	var environments []*Bundle
	beside := Tree{}
	for _, g := range graphs {
		b, err := Emit(g)
		if err != nil {
			return nil, err
		}
		if g.Environment == nil {
			base = b
			continue
		}
		environments = append(environments, b)
		if engine == nil {
			continue
		}
		files, err := engine(g, b)
		if err != nil {
			return nil, err
		}
		maps.Copy(beside, files)
	}
	if base == nil {
		return nil, fmt.Errorf("emit: pipeline %s has no graph without environment", graphs[0].Pipeline.Name.V)
	}
	return l.join(base, environments, beside)
}

// join makes of bundles a tree that has the engines' files, too.
func (l Layout) join(base *Bundle, environments []*Bundle, beside Tree) (Tree, error) {
	files, err := l.files(base, environments)
	if err != nil {
		return nil, err
	}
	u := Unit(base.Pipeline)
	for name, text := range beside {
		rest := u.relative(name)
		if !u.isEngineFile(rest) {
			return nil, fmt.Errorf("emit: %s is no file that an engine gets for %s", name, u)
		}
		files[rest] = text
	}
	return l.seal(u, base.Source, files)
}

// Emit gives the complete objects of a graph: those of every node, in order of name, then what the pipeline's extras make
// of them. An error is an internal fault: a node whose kind cannot emit, two nodes with one object, extras that
// Check refuses.
func Emit(g *compiler.Graph) (*Bundle, error) {
	bundle, err := emitNodes(g)
	if err != nil || g.Pipeline.Extras == nil {
		return bundle, err
	}
	return extend(g.Pipeline.Extras, bundle)
}

func emitNodes(g *compiler.Graph) (*Bundle, error) {
	b := NewBuilder(g)
	nodes := slices.SortedFunc(slices.Values(g.Nodes), func(x, y *compiler.Node) int { return cmp.Compare(x.Name, y.Name) })
	for _, n := range nodes {
		emitter, ok := n.Component.(Emitter)
		if !ok {
			return nil, fmt.Errorf("emit: node %s of pipeline %s: kind %s emits nothing", n.Name, g.Pipeline.Name.V, n.Kind)
		}
		if err := emitter.Emit(b, n); err != nil {
			return nil, fmt.Errorf("emit: node %s of pipeline %s: %w", n.Name, g.Pipeline.Name.V, err)
		}
	}
	bundle, err := b.Bundle()
	if err != nil {
		return nil, fmt.Errorf("emit: pipeline %s: %w", g.Pipeline.Name.V, err)
	}
	return bundle, nil
}
