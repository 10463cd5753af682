// Package fields finds and describes the fields of documents, in the words of their published JSON Schema. It knows no
// field by name and prints nothing. Start reading at Tree.
package fields

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/compiler"
)

// maxDepth is how deep fields nest at most, so that a schema that refers to itself comes to an end.
const maxDepth = 20

// anyKey stands in paths for a key that the author of a document chooses.
const anyKey = "NAME"

// Field is one field of documents, or a whole document.
type Field struct {
	// Name is its key; Path leads to it from the kind of document, lists and maps passed through without a sign, as in
	// Pipeline.spec.algos.image.
	Name, Path string
	// Alias is a shorter path for a node and what is in it, as in algo.image; may be empty.
	Alias string
	// Sort is the sort of its value, as in "integer" or "list of maps".
	Sort        string
	Description string
	Required    bool
	// Default is what holds when the field is absent, as one would write it; empty where nothing is said of it.
	Default string
	// Choices are the words that it takes, none where it takes more than a few; Rules what its value must fulfil.
	Choices, Rules []string
	// Examples are values as one would write them.
	Examples []string
	// Fields are those in it or in its items, sorted; the one named NAME stands for any key.
	Fields []*Field
}

// Short gives the shortest path of the field.
func (f *Field) Short() string {
	if f.Alias != "" {
		return f.Alias
	}
	return f.Path
}

// Summary gives the first sentence of the description.
func (f *Field) Summary() string {
	first, _, more := strings.Cut(f.Description, ". ")
	if more {
		first += "."
	}
	return first
}

// child gives the field in f of that name, whatever the case of its letters, or the one that stands for any; nil when
// there is none.
func (f *Field) child(name string) *Field {
	var wild *Field
	for _, c := range f.Fields {
		switch {
		case strings.EqualFold(c.Name, name):
			return c
		case c.Name == anyKey:
			wild = c
		}
	}
	return wild
}

// Tree holds the fields of every kind of document.
type Tree struct {
	// Documents are the kinds of document, sorted; Nodes the kinds of node, as items of their sections.
	Documents, Nodes []*Field
}

// New reads the schemas of documents whose nodes are of these kinds. The error is for a kind whose schema is none.
func New(kinds []compiler.Kind) (*Tree, error) {
	set := compiler.NewSet(kinds)
	t := &Tree{}
	sections := map[string]string{}
	for _, k := range kinds {
		sections["Pipeline.spec."+k.Section] = k.Name
	}
	for _, kind := range set.Kinds() {
		text, err := set.JSON(kind)
		if err != nil {
			return nil, err
		}
		var schema definition
		if err := json.Unmarshal(text, &schema); err != nil {
			return nil, fmt.Errorf("schema of %s: %w", kind, err)
		}
		b := builder{words: words{schema.Definitions}, sections: sections}
		t.Documents = append(t.Documents, b.field(place{name: kind, path: kind}, &schema, 0))
		t.Nodes = append(t.Nodes, b.nodes...)
	}
	return t, nil
}

// builder makes the fields of one kind of document.
type builder struct {
	words
	// sections gives the kind of node by the path of its section.
	sections map[string]string
	nodes    []*Field
}

// place says where a field stands.
type place struct {
	name, path, alias string
	required          bool
}

func (b *builder) field(at place, d *definition, depth int) *Field {
	d = d.resolve(b.definitions)
	f := &Field{
		Name: at.name, Path: at.path, Alias: at.alias, Required: at.required,
		Sort: or(b.sorts(d)), Choices: b.choices(d), Rules: b.rules(d),
	}
	if d.Default != nil {
		f.Default = literal(d.Default)
	}
	for _, a := range append([]*definition{d}, d.alternatives(b.definitions)...) {
		f.Description = cmp.Or(f.Description, a.Description)
		if len(f.Examples) > 0 {
			continue
		}
		for _, example := range a.Examples {
			f.Examples = append(f.Examples, literal(example))
		}
	}
	if kind := b.sections[at.path]; kind != "" && d.Items != nil {
		node := b.field(place{name: kind, path: at.path, alias: kind}, d.Items, depth+1)
		b.nodes = append(b.nodes, node)
		f.Fields = node.Fields
		return f
	}
	if depth < maxDepth {
		f.Fields = b.below(at, d, depth)
	}
	return f
}

// below gives the fields in a map, in the items of a list, or in either of several alternatives.
func (b *builder) below(at place, d *definition, depth int) []*Field {
	found := map[string]*Field{}
	for _, a := range d.alternatives(b.definitions) {
		if a.Items != nil {
			a = a.Items.resolve(b.definitions)
		}
		inner := maps.Clone(a.Properties)
		if entries := a.entries(); entries != nil && inner == nil {
			inner = map[string]*definition{anyKey: entries}
		}
		for _, name := range slices.Sorted(maps.Keys(inner)) {
			schema := inner[name]
			if found[name] != nil || schema.never {
				continue
			}
			in := place{name: name, path: at.path + "." + name, required: slices.Contains(a.Required, name)}
			if at.alias != "" {
				in.alias = at.alias + "." + name
			}
			found[name] = b.field(in, schema, depth+1)
		}
	}
	out := make([]*Field, 0, len(found))
	for _, name := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[name])
	}
	return out
}
