package fields

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Where the fields of nodes stand a second time, without their defaults.
const (
	inOverrides = "Environment.spec.overrides.set."
	inDefaults  = "Defaults.spec.nodes.set."
)

// index is the place of an item in a list, as paths in findings have it.
var index = regexp.MustCompile(`\[[^\]]*\]`)

// split gives the names in a path. Signs of lists mean nothing here: a field is that of each item.
func split(path string) []string {
	path = index.ReplaceAllString(path, "")
	return strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '/' })
}

// Find gives the fields that a path may mean: one, where it begins with a kind of document or of node, or where only one
// field is so called. A path may begin at any field, and the case of letters does not matter. Fields that stand in
// several places and are the same everywhere are one, of which the shortest path is given.
func (t *Tree) Find(path string) []*Field {
	names := split(path)
	if len(names) == 0 {
		return nil
	}
	for _, root := range t.roots() {
		if strings.EqualFold(root.Name, names[0]) {
			if f := walk(root, names[1:]); f != nil {
				return []*Field{f}
			}
		}
	}
	return distinct(t.anywhere(names))
}

// anywhere gives every field that names lead to, wherever the first of them stands.
func (t *Tree) anywhere(names []string) []*Field {
	var found []*Field
	for _, anchor := range t.named(names[0]) {
		if f := walk(anchor, names[1:]); f != nil && !slices.Contains(found, f) {
			found = append(found, f)
		}
	}
	return found
}

// roots are what a path may begin with.
func (t *Tree) roots() []*Field { return slices.Concat(t.Documents, t.Nodes) }

// named gives every field of a name, node by node before documents.
func (t *Tree) named(name string) []*Field {
	var out []*Field
	var visit func(f *Field)
	visit = func(f *Field) {
		for _, c := range f.Fields {
			if strings.EqualFold(c.Name, name) {
				out = append(out, c)
			}
			visit(c)
		}
	}
	for _, root := range slices.Concat(t.Nodes, t.Documents) {
		visit(root)
	}
	return out
}

func walk(f *Field, names []string) *Field {
	for _, name := range names {
		if f = f.child(name); f == nil {
			return nil
		}
	}
	return f
}

// distinct leaves out fields in overrides and defaults where there are others, and those that are like one with a shorter
// path.
func distinct(found []*Field) []*Field {
	slices.SortStableFunc(found, func(a, b *Field) int {
		return cmp.Compare(strings.Count(a.Short(), "."), strings.Count(b.Short(), "."))
	})
	elsewhere := func(f *Field) bool {
		return !strings.HasPrefix(f.Path, inOverrides) && !strings.HasPrefix(f.Path, inDefaults)
	}
	var out []*Field
	for _, f := range found {
		if (elsewhere(f) || !slices.ContainsFunc(found, elsewhere)) && !slices.ContainsFunc(out, f.same) {
			out = append(out, f)
		}
	}
	return out
}

// same says whether two fields are described alike, wherever they stand.
func (f *Field) same(g *Field) bool {
	return f.Sort == g.Sort && f.Description == g.Description && f.Required == g.Required && f.Default == g.Default &&
		slices.Equal(f.Choices, g.Choices) && slices.Equal(f.Rules, g.Rules) && slices.Equal(f.Examples, g.Examples) &&
		slices.EqualFunc(f.Fields, g.Fields, func(a, b *Field) bool { return a.Name == b.Name && a.same(b) })
}
