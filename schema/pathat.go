package schema

import (
	"slices"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// PathAt gives the path of the field that a place lies in, as in spec.algos[0].image: that of the last key or value that
// begins at the place or before it. It is empty for a place before the value, and for the value itself.
func (n *Node) PathAt(pos diag.Pos) string {
	best := found{at: n.Pos}
	n.search(pos, nil, &best)
	return fieldPath(best.path)
}

// found is where a search for a place has come to.
type found struct {
	at   diag.Pos
	path []pathStep
}

func (n *Node) search(pos diag.Pos, path []pathStep, best *found) {
	visit := func(at diag.Pos, step pathStep, value *Node) {
		below := slices.Concat(path, []pathStep{step})
		for _, p := range []diag.Pos{at, value.Pos} {
			if p.Compare(pos) <= 0 && p.Compare(best.at) >= 0 {
				*best = found{at: p, path: below}
			}
		}
		value.search(pos, below, best)
	}
	for _, e := range n.Entries {
		visit(e.KeyPos, pathStep{key: e.Key, index: -1}, e.Value)
	}
	for i, item := range n.Items {
		visit(item.Pos, pathStep{index: i}, item)
	}
}
