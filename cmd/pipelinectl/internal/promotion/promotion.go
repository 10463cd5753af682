// Package promotion owns what moves when a pipeline is promoted from one environment to another: which images and
// parameters differ, and the edits of the second environment's document that make them the same.
//
// It must not read or write files, nor compile: whoever applies an edit compiles again, looks whether the value is there
// and takes the next edit where it is not. Start reading at Compare, then at Edits.
package promotion

import (
	"reflect"
	"slices"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
)

// Move is one value that differs between two environments.
type Move struct {
	// Node is the node's name, Path the field: image, or parameters and the name of one.
	Node string
	Path []string
	// Before is what the second environment has, nil for nothing; After what the first one has.
	Before, After *schema.Node
}

// Field is the path as people write it, as in parameters.width.
func (m Move) Field() string {
	if len(m.Path) == 1 {
		return m.Path[0]
	}
	return m.Path[0] + "." + m.Path[1]
}

// Compare gives what differs between a pipeline as it is in one environment and in another, by node: images, and
// parameters where they are asked for. A parameter that only the second has stays as it is. With node not empty it
// looks at that one alone.
func Compare(from, to *compiler.Pipeline, node string, parameters bool) []Move {
	var out []Move
	for _, m := range from.Members {
		other := to.Member(m.Name())
		if other == nil || node != "" && m.Name() != node {
			continue
		}
		out = append(out, compare(m.Name(), m.Node(), other.Node(), compiler.FieldImage)...)
		set := m.Node().Get(compiler.FieldParameters)
		if !parameters || set == nil {
			continue
		}
		for _, e := range set.Entries {
			out = append(out, compare(m.Name(), m.Node(), other.Node(), compiler.FieldParameters, e.Key)...)
		}
	}
	return out
}

func compare(name string, from, to *schema.Node, path ...string) []Move {
	m := Move{Node: name, Path: path, Before: at(to, path), After: at(from, path)}
	if m.After == nil || m.Before != nil && same(m.Before, m.After) {
		return nil
	}
	return []Move{m}
}

// Done says whether a pipeline has what a move brings.
func (m Move) Done(to *compiler.Pipeline) bool {
	member := to.Member(m.Node)
	if member == nil {
		return false
	}
	have := at(member.Node(), m.Path)
	return have != nil && same(have, m.After)
}

func same(a, b *schema.Node) bool { return reflect.DeepEqual(a.JSON(), b.JSON()) }

// at walks keys of maps; nil where one is missing.
func at(n *schema.Node, path []string) *schema.Node {
	for _, key := range path {
		n = n.Get(key)
	}
	return n
}

// matches says whether an override is for one node of one pipeline and no other.
func matches(override *schema.Node, pipeline, node string) bool {
	match := override.Get("match")
	is := func(field, name string) bool {
		value := match.Get(field)
		return value != nil && value.Text == name
	}
	return is("pipeline", pipeline) && is("node", node) && !slices.ContainsFunc(match.Entries, func(e schema.Entry) bool {
		return e.Key != "pipeline" && e.Key != "node"
	})
}
