package emit

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pipelinectl/pipelinectl/compiler"
)

// Emitter is what a kind's compiler.Component implements beside the compiler's own interface: it adds the objects of
// one node. An error is an internal fault.
type Emitter interface {
	Emit(*Builder, *compiler.Node) error
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
