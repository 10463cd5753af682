package schema

import (
	"go.yaml.in/yaml/v3"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// mapBuilder gathers the entries of one map.
type mapBuilder struct {
	*treeBuilder
	entries []Entry
	index   map[string]int
	// depth is that of the map, 0 for a document's own; isItem says that it is an item of a
	// list, over several lines; second says that
	// another document, or another item, has begun in it.
	depth          int
	isItem, second bool
	// merged says which entries came by a merge key; a key of the map itself takes their place.
	merged map[string]bool
}

func (b *treeBuilder) mapping(n *yaml.Node, pos diag.Pos, depth int) (*Node, int) {
	size := len(n.Content) / 2
	m := mapBuilder{treeBuilder: b, depth: depth, isItem: b.item == n && n.Style&yaml.FlowStyle == 0, entries: make([]Entry, 0, size), index: make(map[string]int, size)}
	height := 0
	var merges diag.Pos
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.ScalarNode && key.Tag == "!!merge" {
			if merges.IsValid() {
				b.duplicate(b.pos(key), "<<", merges).WithHint("merge several maps with a list: `<<: [*a, *b]`")
				continue
			}
			merges = b.pos(key)
			height = max(height, m.merge(value, depth)+1)
			continue
		}
		child, h := b.node(value, depth+1)
		height = max(height, h+1)
		if name, ok := b.key(key, depth); ok {
			m.add(Entry{Key: name, KeyPos: b.pos(key), Value: child, form: formOf(key)})
		}
	}
	return &Node{Kind: Map, Pos: pos, Entries: m.entries, flow: n.Style&yaml.FlowStyle != 0}, height
}

// key gives the text of a key, which must be a string.
func (b *treeBuilder) key(n *yaml.Node, depth int) (string, bool) {
	pos := b.pos(n)
	key, _ := b.node(n, depth+1)
	switch {
	case b.broken:
		return "", false
	case key.Kind == String:
		return key.Text, true
	case key.Kind == Null && key.Text == "":
		b.findings.Errorf(CodeYAMLKey, pos, "a key is missing").WithHint("write `key: value`")
	case key.Kind == Map && key.flow:
		b.findings.Errorf(CodeYAMLKey, pos, "a key must be a string, found a map").
			WithHint("text that begins with `{` needs quotes; documents are no templates, so `{{ ... }}` has no meaning: what differs between environments is an override")
	case key.Kind == List, key.Kind == Map:
		b.findings.Errorf(CodeYAMLKey, pos, "a key must be a string, found a %s", key.Kind).
			WithHint("text that begins with `{` or `[` needs quotes")
	default:
		d := b.findings.Errorf(CodeYAMLKey, pos, "a key must be a string, found the %s `%s`", key.Kind, clip(key.Text)).
			WithHint("put it in quotes: %q", clip(key.Text))
		if text, ok := key.form.written(key.Text); ok {
			d.WithMend(pos, text, quoted(key.Text))
		}
	}
	return "", false
}

// add takes a key of the map itself: it wins over a merged one, wherever the merge key stands.
func (m *mapBuilder) add(e Entry) {
	i, known := m.index[e.Key]
	switch {
	case !known:
		m.index[e.Key] = len(m.entries)
		m.entries = append(m.entries, e)
	case m.merged[e.Key]:
		delete(m.merged, e.Key)
		m.entries[i] = e
	case m.depth == 0 && e.Key == "apiVersion":
		m.second = true
		d := m.duplicate(e.KeyPos, e.Key, m.entries[i].KeyPos).WithHint("put `---` on a line of its own before it, if another document begins here")
		if e.KeyPos.Col == 1 {
			d.WithMend(e.KeyPos, "", "---\n")
		}
	case m.isItem && i == 0:
		m.second = true
		m.duplicate(e.KeyPos, e.Key, m.entries[i].KeyPos).WithHint("put `- ` before it, if another item of the list begins here")
	case !m.second: // else the keys of that document or item would be reported one by one
		m.duplicate(e.KeyPos, e.Key, m.entries[i].KeyPos).WithHint("keep one of them")
	}
}

func (b *treeBuilder) duplicate(pos diag.Pos, key string, earlier diag.Pos) *diag.Diagnostic {
	return b.findings.Errorf(CodeYAMLDuplicateKey, pos, "the key `%s` stands twice in this map", clip(key)).
		WithRelated(earlier, "it stands here first")
}

// merge takes the entries of the map under a merge key, or of the maps of a list there, where the earlier one wins
// (https://yaml.org/type/merge.html). It gives the height of what it took.
func (m *mapBuilder) merge(n *yaml.Node, depth int) int {
	value, height := m.node(n, depth)
	if m.broken {
		return 0
	}
	sources := []*Node{value}
	if value.Kind == List {
		sources = value.Items
	}
	for _, source := range sources {
		if source.Kind != Map {
			m.findings.Errorf(CodeYAMLMerge, m.pos(n), "`<<` merges maps, found %s", describe(source)).
				WithHint("give it an alias of a map, or a list of such aliases")
			return 0
		}
		for _, e := range source.Entries {
			m.inherit(e)
		}
	}
	return height
}

func (m *mapBuilder) inherit(e Entry) {
	if _, known := m.index[e.Key]; known {
		return
	}
	if m.merged == nil {
		m.merged = map[string]bool{}
	}
	m.merged[e.Key] = true
	m.index[e.Key] = len(m.entries)
	m.entries = append(m.entries, e)
}
