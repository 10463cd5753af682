package typed

import (
	"slices"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Find gives the place of a path: that of its last step, or of the last one that the document has. A step is a key of a
// map, or the name of an item of a list.
func Find(n *schema.Node, path ...string) diag.Pos {
	pos := n.Pos
	for _, step := range path {
		if e := n.Entry(step); e != nil {
			n, pos = e.Value, e.KeyPos
			continue
		}
		i := slices.IndexFunc(n.Items, func(item *schema.Node) bool {
			name := item.Get("name")
			return name != nil && name.Text == step
		})
		if i < 0 {
			return pos
		}
		n, pos = n.Items[i], n.Items[i].Pos
	}
	return pos
}

// FindWord gives the place of the deepest key that is one of some words, the first of several; that of the value where
// none is.
func FindWord(n *schema.Node, words []string) diag.Pos {
	pos, _ := findWord(n, words)
	if !pos.IsValid() {
		return n.Pos
	}
	return pos
}

func findWord(n *schema.Node, words []string) (pos diag.Pos, depth int) {
	consider := func(at diag.Pos, below int) {
		if at.IsValid() && below > depth {
			pos, depth = at, below
		}
	}
	for _, e := range n.Entries {
		if slices.Contains(words, e.Key) {
			consider(e.KeyPos, 1)
		}
		at, below := findWord(e.Value, words)
		consider(at, below+1)
	}
	for _, item := range n.Items {
		at, below := findWord(item, words)
		consider(at, below+1)
	}
	return pos, depth
}
