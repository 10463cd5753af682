package fields

import (
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
)

// Suggestion is what can be said of a path that Find does not know.
type Suggestion struct {
	// Known are the fields that the path leads to before Unknown, its first name that is none; none where that is its
	// first name of all.
	Known   []*Field
	Unknown string
	// Meant are the paths that may have been meant, the best first: in the kind of document that the path begins in, where
	// it does in one. Elsewhere are those of other kinds, given where no path is meant.
	Meant, Elsewhere []string
}

// Suggest says of a path that Find does not know how far it leads, and what may have been meant.
func (t *Tree) Suggest(path string) Suggestion {
	names := split(path)
	for i := len(names) - 1; i > 0; i-- {
		if known := t.Find(strings.Join(names[:i], ".")); len(known) > 0 {
			s := Suggestion{Known: known, Unknown: names[i]}
			t.near(&s, names[i+1:])
			return s
		}
	}
	if len(names) == 0 {
		return Suggestion{}
	}
	var candidates []string
	for _, root := range t.roots() {
		candidates = append(candidates, root.Name)
		candidates = appendNames(candidates, root)
	}
	s := Suggestion{Unknown: names[0]}
	if near := schema.Nearest(names[0], candidates); near != "" {
		s.Meant = short(t.Find(strings.Join(append([]string{near}, names[1:]...), ".")))
	}
	return s
}

// near adds fields that the unknown name within one of the known ones may mean: a child of nearly that name, a field
// further down, or one elsewhere. Rest are the names behind it.
func (t *Tree) near(s *Suggestion, rest []string) {
	for _, f := range s.Known {
		var children []string
		for _, c := range f.Fields {
			children = append(children, c.Name)
		}
		if near := f.child(schema.Nearest(s.Unknown, children)); near != nil {
			if whole := walk(near, rest); whole != nil {
				near = whole
			}
			s.Meant = []string{near.Short()}
			return
		}
	}
	for _, f := range s.Known {
		for _, g := range t.named(s.Unknown) {
			if strings.HasPrefix(g.Path, f.Path+".") && !slices.Contains(s.Meant, g.Short()) {
				s.Meant = append(s.Meant, g.Short())
			}
		}
		if len(s.Meant) > 0 {
			return
		}
	}
	var same, other []*Field
	for _, f := range t.anywhere(append([]string{s.Unknown}, rest...)) {
		if slices.ContainsFunc(s.Known, func(known *Field) bool { return known.document() == f.document() }) {
			same = append(same, f)
		} else {
			other = append(other, f)
		}
	}
	s.Meant = short(distinct(same))
	if len(same) == 0 {
		s.Elsewhere = short(distinct(other))
	}
}

// document is the kind of document that a field stands in.
func (f *Field) document() string {
	kind, _, _ := strings.Cut(f.Path, ".")
	return kind
}

// short gives the shortest paths of fields.
func short(found []*Field) []string {
	var out []string
	for _, f := range found {
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
