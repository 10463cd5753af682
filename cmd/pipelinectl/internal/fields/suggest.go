package fields

import (
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
)

// Suggest says of a path that Find does not know how far it leads, and what may have been meant: paths, the best first.
// Known is empty, and fields nil, when not even its first name is one.
func (t *Tree) Suggest(path string) (known []*Field, unknown string, meant []string) {
	names := split(path)
	for i := len(names) - 1; i > 0; i-- {
		known = t.Find(strings.Join(names[:i], "."))
		if len(known) == 0 {
			continue
		}
		return known, names[i], t.near(known, names[i], names[i+1:])
	}
	if len(names) == 0 {
		return nil, "", nil
	}
	var candidates []string
	for _, root := range t.roots() {
		candidates = append(candidates, root.Name)
		candidates = appendNames(candidates, root)
	}
	if near := schema.Nearest(names[0], candidates); near != "" {
		meant = t.paths(append([]string{near}, names[1:]...))
	}
	return nil, names[0], meant
}

// near gives fields that a name within one of the known ones may mean: a child of nearly that name, a field further
// down, or one elsewhere.
func (t *Tree) near(known []*Field, name string, rest []string) []string {
	for _, f := range known {
		var children []string
		for _, c := range f.Fields {
			children = append(children, c.Name)
		}
		if near := f.child(schema.Nearest(name, children)); near != nil {
			if whole := walk(near, rest); whole != nil {
				return []string{whole.Short()}
			}
			return []string{near.Short()}
		}
	}
	for _, f := range known {
		var below []string
		for _, g := range t.named(name) {
			if strings.HasPrefix(g.Path, f.Path+".") && !slices.Contains(below, g.Short()) {
				below = append(below, g.Short())
			}
		}
		if len(below) > 0 {
			return below
		}
	}
	return t.paths(append([]string{name}, rest...))
}

// paths gives the shortest paths of what Find finds.
func (t *Tree) paths(names []string) []string {
	var out []string
	for _, f := range t.Find(strings.Join(names, ".")) {
		out = append(out, f.Short())
	}
	return out
}

func appendNames(names []string, f *Field) []string {
	for _, c := range f.Fields {
		if c.Name != anyKey {
			names = append(names, c.Name)
		}
		names = appendNames(names, c)
	}
	return names
}

// Complete gives the fields whose paths begin with what has been typed, as paths that begin likewise.
func (t *Tree) Complete(typed string) map[string]*Field {
	out := map[string]*Field{}
	head, last := "", typed
	candidates := t.roots()
	if i := strings.LastIndex(typed, "."); i >= 0 {
		head, last = typed[:i+1], typed[i+1:]
		candidates = nil
		for _, f := range t.Find(typed[:i]) {
			candidates = append(candidates, f.Fields...)
		}
	}
	for _, f := range candidates {
		if f.Name != anyKey && len(f.Name) >= len(last) && strings.EqualFold(f.Name[:len(last)], last) {
			out[head+f.Name] = f
		}
	}
	return out
}
