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

// Compile emits and factors pipelines into one tree. The graphs are all those of each pipeline, in any order; one of
// them has no environment. An error is an internal fault.
func Compile(graphs []*compiler.Graph) (Tree, error) {
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
			trees[i], err = compile(pipelines[name])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	all := Tree{}
	for _, t := range trees {
		maps.Copy(all, t) // paths begin with the pipeline's name
	}
	return all, nil
}

// compile makes the tree of one pipeline.
func compile(graphs []*compiler.Graph) (Tree, error) {
	var base *Bundle
	var environments []*Bundle
	for _, g := range graphs {
		b, err := Emit(g)
		if err != nil {
			return nil, err
		}
		if g.Environment == nil {
			base = b
		} else {
			environments = append(environments, b)
		}
	}
	if base == nil {
		return nil, fmt.Errorf("emit: pipeline %s has no graph without environment", graphs[0].Pipeline.Name.V)
	}
	return Factor(base, environments)
}

// Emit gives the complete objects of a graph: those of every node, in order of name. An error is an internal fault: a
// node whose kind cannot emit, two nodes with one object.
func Emit(g *compiler.Graph) (*Bundle, error) {
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
