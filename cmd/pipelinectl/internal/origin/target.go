package origin

import (
	"reflect"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Object names a Kubernetes object of the compiled tree. Namespaces are left out: in one environment, kind and name tell
// all objects of a project apart.
type Object struct {
	Kind, Name string
}

// String gives Kind/name, as people write it.
func (o Object) String() string { return o.Kind + "/" + o.Name }

// ParseObject reads KIND/NAME, the kind in any case of letters and with or without its API group, as kubectl prints it
// (deployment.apps/photos-resize); false when there is no slash in it.
func ParseObject(text string) (Object, bool) {
	kind, name, ok := strings.Cut(text, "/")
	kind, _, _ = strings.Cut(kind, ".")
	return Object{kind, name}, ok && kind != "" && name != ""
}

func objectOf(m emit.Manifest) Object { return Object{m.ID.Kind, m.ID.Name} }

// target is one value of one object, with what it takes to find it again in a world that differs.
type target struct {
	object Object
	// from is the place of the name of the node that emits the object: it stays when the node is renamed. It is not valid
	// for an object of the environment's GitOps engine.
	from diag.Pos
	// siblings are the objects of the same kind that are made with it, sorted.
	siblings []Object
	// tree is the object, at the place of the value in it, value what stands there.
	tree  map[string]any
	at    place
	value any
}

// state is what a target is in some world.
type state struct {
	// compiled is false for a world with errors, about which nothing can be said.
	compiled bool
	// there says that the object exists and has the field.
	there bool
	value any
}

// same says whether two states cannot be told apart.
func (s state) same(o state) bool {
	return s.there == o.there && (!s.there || reflect.DeepEqual(s.value, o.value))
}

// read compiles a world and finds the target in it.
func (x *Explainer) read(w world, t *target) state {
	g, _ := x.graph(w)
	if g == nil {
		return state{}
	}
	made, err := x.made(g, t.from)
	if err != nil {
		return state{}
	}
	s := state{compiled: true}
	if m, ok := t.find(made); ok {
		s.value, s.there = follow(t.tree, m.Value, t.at)
	}
	return s
}

// find gives the target's object among those that are made with it: the one of its name, else the one that has come in its
// place.
func (t *target) find(made []emit.Manifest) (emit.Manifest, bool) {
	var fresh []emit.Manifest
	have := map[Object]bool{}
	for _, m := range made {
		o := objectOf(m)
		if o == t.object {
			return m, true
		}
		if o.Kind == t.object.Kind {
			have[o] = true
			if !slices.Contains(t.siblings, o) {
				fresh = append(fresh, m)
			}
		}
	}
	var gone []Object
	for _, o := range t.siblings {
		if !have[o] {
			gone = append(gone, o)
		}
	}
	if len(gone) != len(fresh) {
		return emit.Manifest{}, false
	}
	return fresh[slices.Index(gone, t.object)], true
}

// nodeNamedAt gives the node whose name stands at a place, nil when there is none.
func nodeNamedAt(g *compiler.Graph, pos diag.Pos) *compiler.Node {
	for _, n := range g.Nodes {
		if n.Pos == pos {
			return n
		}
	}
	return nil
}

// makers are what a graph's objects come from, as made takes them: its nodes, then the engine.
func makers(g *compiler.Graph) []diag.Pos {
	var out []diag.Pos
	for _, n := range g.Nodes {
		out = append(out, n.Pos)
	}
	return append(out, diag.Pos{})
}

// made gives the objects that come from the node whose name stands at a place, none without the node; or with no valid
// place those of the engine.
func (x *Explainer) made(g *compiler.Graph, from diag.Pos) ([]emit.Manifest, error) {
	if !from.IsValid() {
		return x.engineObjects(g)
	}
	n := nodeNamedAt(g, from)
	if n == nil {
		return nil, nil
	}
	return emitNode(g, n)
}

// emitNode gives the objects of one node, sorted.
func emitNode(g *compiler.Graph, n *compiler.Node) ([]emit.Manifest, error) {
	alone := *g
	alone.Nodes = []*compiler.Node{n}
	bundle, err := emit.Emit(&alone)
	if err != nil {
		return nil, err
	}
	return bundle.Manifests().Objects, nil
}

// aim finds an object of a graph, with where it comes from; nil when it is none of the graph's.
func (x *Explainer) aim(g *compiler.Graph, object Object) (*target, error) {
	for _, from := range makers(g) {
		made, err := x.made(g, from)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(made, func(m emit.Manifest) bool {
			o := objectOf(m)
			return strings.EqualFold(o.Kind, object.Kind) && o.Name == object.Name
		})
		if i < 0 {
			continue
		}
		t := &target{object: objectOf(made[i]), from: from, tree: made[i].Value}
		for _, m := range made {
			if o := objectOf(m); o.Kind == t.object.Kind {
				t.siblings = append(t.siblings, o)
			}
		}
		return t, nil
	}
	return nil, nil
}
