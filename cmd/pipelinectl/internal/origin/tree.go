package origin

import (
	"slices"

	"github.com/pipelinectl/pipelinectl/schema"
)

// leaf is a scalar of a document, or an empty map.
type leaf struct {
	at   place
	node *schema.Node
}

// scalars gives every scalar and empty map under a node, in the order written.
func scalars(n *schema.Node, at place) []leaf {
	var out []leaf
	switch n.Kind {
	case schema.Map:
		if len(n.Entries) == 0 {
			return []leaf{{at, n}}
		}
		for _, e := range n.Entries {
			out = append(out, scalars(e.Value, at.with(key(e.Key)))...)
		}
	case schema.List:
		for i, item := range n.Items {
			out = append(out, scalars(item, at.with(index(i)))...)
		}
	default:
		out = append(out, leaf{at, n})
	}
	return out
}

// nodeAt gives the node at a place, nil when there is none.
func nodeAt(n *schema.Node, p place) *schema.Node {
	for _, s := range p {
		switch {
		case n == nil:
			return nil
		case s.index < 0:
			n = n.Get(s.key)
		case n.Kind == schema.List && s.index < len(n.Items):
			n = n.Items[s.index]
		default:
			return nil
		}
	}
	return n
}

// replaced gives a tree with another node at a place, whose parent is there; nil removes what stands there. What is not
// on the way is shared.
func replaced(n *schema.Node, p place, by *schema.Node) *schema.Node {
	if len(p) == 0 {
		return by
	}
	out := *n
	s := p[0]
	if s.index >= 0 {
		out.Items = slices.Clone(n.Items)
		switch item := replaced(itemAt(n, s.index), p[1:], by); {
		case item == nil:
			out.Items = slices.Delete(out.Items, s.index, s.index+1)
		case s.index == len(out.Items):
			out.Items = append(out.Items, item)
		default:
			out.Items[s.index] = item
		}
		return &out
	}
	out.Entries = slices.Clone(n.Entries)
	i := slices.IndexFunc(out.Entries, func(e schema.Entry) bool { return e.Key == s.key })
	switch value := replaced(n.Get(s.key), p[1:], by); {
	case value == nil && i >= 0:
		out.Entries = slices.Delete(out.Entries, i, i+1)
	case i >= 0:
		out.Entries[i].Value = value
	default:
		out.Entries = append(out.Entries, schema.Entry{Key: s.key, KeyPos: n.Pos, Value: value})
	}
	return &out
}

func itemAt(n *schema.Node, i int) *schema.Node {
	if i < len(n.Items) {
		return n.Items[i]
	}
	return nil
}

// mapped gives a tree with each scalar replaced by what f gives for it.
func mapped(n *schema.Node, at place, f func(place, *schema.Node) *schema.Node) *schema.Node {
	out := *n
	switch n.Kind {
	case schema.Map:
		out.Entries = slices.Clone(n.Entries)
		for i, e := range n.Entries {
			out.Entries[i].Value = mapped(e.Value, at.with(key(e.Key)), f)
		}
	case schema.List:
		out.Items = slices.Clone(n.Items)
		for i, item := range n.Items {
			out.Items[i] = mapped(item, at.with(index(i)), f)
		}
	default:
		return f(at, n)
	}
	return &out
}
