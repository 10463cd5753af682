package origin

import (
	"math"
	"slices"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
)

// narrow gives a smaller world in which the target is the same: nodes of the pipeline without which the value is what it
// was did not give it, and need not be compiled again and again.
func (x *Explainer) narrow(w world, g *compiler.Graph, t *target, now state) world {
	if !t.from.IsValid() {
		return x.narrowEngine(w, g, t, now)
	}
	for _, depth := range []int{1, 2, math.MaxInt} {
		if smaller := x.upstream(w, g, nodeNamedAt(g, t.from).Name, depth); x.read(smaller, t).same(now) {
			return smaller
		}
	}
	return w
}

// upstream gives the world with only a node and those that its records come through, as many steps back as depth says,
// with one that reads nothing. The farthest read that one instead of those left out.
func (x *Explainer) upstream(w world, g *compiler.Graph, node string, depth int) world {
	keep, cut, source := ancestors(g, node, depth)
	root := w.pipeline.Root
	for _, kind := range x.kinds {
		at := place{key(fieldSpec), key(kind.Section)}
		section := nodeAt(root, at)
		if section == nil {
			continue
		}
		fewer := *section
		fewer.Items = nil
		for _, n := range section.Items {
			switch name := nameOf(n); {
			case cut[name]:
				fewer.Items = append(fewer.Items, reading(n, source))
			case keep[name]:
				fewer.Items = append(fewer.Items, n)
			}
		}
		root = replaced(root, at, &fewer)
	}
	return x.prune(w.withRoot(ofPipeline, root))
}

// ancestors gives the nodes within some steps upstream of one and that itself; those of them that read nodes farther
// away; and an output of a node that reads nothing, which is among the first.
func ancestors(g *compiler.Graph, node string, depth int) (keep, cut map[string]bool, source string) {
	into := map[string][]compiler.Edge{}
	for _, e := range g.Edges {
		into[e.To.Node] = append(into[e.To.Node], e)
	}
	keep, cut = map[string]bool{node: true}, map[string]bool{}
	seen := map[string]bool{node: true}
	for level := []string{node}; len(level) > 0; depth-- {
		var next []string
		for _, name := range level {
			for _, e := range into[name] {
				if depth <= 0 && keep[name] {
					cut[name] = true
				}
				if from := e.From.Node; !seen[from] {
					seen[from] = true
					keep[from] = depth > 0
					next = append(next, from)
				}
				if source == "" && len(into[e.From.Node]) == 0 {
					source = e.From.Node + "." + e.From.Port
					keep[e.From.Node] = true
				}
			}
		}
		level = next
	}
	return keep, cut, source
}

// reading gives a node that reads another output. Its other scalars are the same.
func reading(n *schema.Node, source string) *schema.Node {
	if n.Kind != schema.Map && n.Kind != schema.List {
		return n
	}
	out := *n
	out.Items = slices.Clone(n.Items)
	for i, item := range n.Items {
		out.Items[i] = reading(item, source)
	}
	out.Entries = slices.Clone(n.Entries)
	for i, e := range n.Entries {
		if e.Key == fieldFrom {
			out.Entries[i].Value = &schema.Node{Kind: schema.String, Pos: e.Value.Pos, Text: source}
		} else {
			out.Entries[i].Value = reading(e.Value, source)
		}
	}
	return &out
}

// nameOf is the name of a node of a pipeline.
func nameOf(n *schema.Node) string {
	if name := n.Get(fieldName); name != nil {
		return name.Text
	}
	return ""
}
