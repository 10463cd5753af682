package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// maxMended is how many unknown fields of one map are compared with the known ones.
const maxMended = 100

// unknownFields reports each key of a map that its closed schema does not have.
func (r *reporter) unknownFields(f fault) {
	known, _ := f.schema["properties"].(object)
	n := neighbours{names: slices.Sorted(maps.Keys(known)), below: r.fieldsBelow(known)}
	if up := len(f.path) - 1; up >= 0 && f.path[up].index < 0 {
		n.above, _ = r.schemaAt(f.path[:up])["properties"].(object)
		n.parent = r.subject(f.path[:up])
		n.beside = r.fieldsBelow(n.above)
	}
	subject, reported := r.subject(f.path), 0
	for _, e := range f.node.Entries {
		if known[e.Key] != nil {
			continue
		}
		message, mend := fmt.Sprintf("unknown field `%s` in %s", clip(e.Key), subject), ""
		if reported++; reported <= maxMended {
			mend = n.mend(e.Key)
		}
		if mend != "" {
			message += "; " + mend
		}
		d := r.add(CodeFieldUnknown, e.KeyPos, append(slices.Clone(f.path), pathStep{key: e.Key, index: -1}), "%s", message)
		if mend == "" && len(n.names) > 0 {
			d.WithHint("the fields here are %s", strings.Join(n.names, ", "))
		}
	}
}

// fieldsBelow maps each field one level down, in a map or in the items of a list, to the field that it stands in.
func (r *reporter) fieldsBelow(fields object) map[string]string {
	below := map[string]string{}
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(fields))) {
		schema := r.deref(fields[name])
		items := r.deref(schema["items"])
		if items != nil {
			schema = items
		}
		inner, _ := schema["properties"].(object)
		for field := range inner {
			if items == nil || field != "name" { // what has no name is no item that lost its list
				below[field] = name
			}
		}
	}
	return below
}

// neighbours are the fields that the author of an unknown one may have meant.
type neighbours struct {
	// names are the fields of the same map, sorted.
	names []string
	// below are those one level down, above those of the map around, and parent says what that is; beside are those one
	// level down from there. below and beside say which field each stands in.
	below, beside map[string]string
	above         object
	parent        string
}

// mend says which field was most likely meant: one of the same name a level down or up, or one here with nearly that name.
func (n neighbours) mend(key string) string {
	if name := n.below[key]; name != "" {
		return fmt.Sprintf("did you mean to indent this under `%s`?", name)
	}
	if n.above[key] != nil {
		return fmt.Sprintf("did you mean the field of %s, one level up?", n.parent)
	}
	if near := Nearest(key, n.names); near != "" {
		return fmt.Sprintf("did you mean `%s`?", near)
	}
	if name := n.beside[key]; name != "" {
		return fmt.Sprintf("did you mean to put it under `%s`?", name)
	}
	return ""
}

// chain gives a schema and those that it refers to, one after the other: the first says most about the field, the last
// what its value looks like.
func (r *reporter) chain(schema any) []object {
	var out []object
	for len(out) < 10 { // no reference of ours leads further
		s, ok := schema.(object)
		if !ok {
			break
		}
		out = append(out, s)
		ref, ok := s["$ref"].(string)
		if !ok {
			break
		}
		schema = r.lookup(pointer(strings.TrimPrefix(ref, "#")))
	}
	return out
}

// deref gives the schema that says what a value looks like; nil when there is none.
func (r *reporter) deref(schema any) object {
	if chain := r.chain(schema); len(chain) > 0 {
		return chain[len(chain)-1]
	}
	return nil
}

// schemaAt gives the schema of the value that a path leads to; nil when alternatives stand in the way.
func (r *reporter) schemaAt(path []pathStep) object {
	schema := r.schema
	for _, t := range path {
		var next any
		if t.index >= 0 {
			next = schema["items"]
		} else if fields, _ := schema["properties"].(object); fields[t.key] != nil {
			next = fields[t.key]
		} else {
			next = schema["additionalProperties"]
		}
		schema = r.deref(next)
	}
	return schema
}

// missingFields reports each required field that a map lacks, at the map's place. A field whose misspelt name stands
// in the map is reported as unknown already.
func (r *reporter) missingFields(f fault) {
	known, _ := f.schema["properties"].(object)
	names := slices.Sorted(maps.Keys(known))
	misspelt := map[string]bool{}
	for _, e := range f.node.Entries[:min(len(f.node.Entries), maxMended)] {
		if known[e.Key] == nil {
			misspelt[Nearest(e.Key, names)] = true
		}
	}
	for _, name := range stringsOf(f.schema["required"]) {
		if f.node.Get(name) != nil || misspelt[name] {
			continue
		}
		path := append(slices.Clone(f.path), pathStep{key: name, index: -1})
		if r.document && (fieldPath(path) == "metadata" || fieldPath(path) == "metadata.name") {
			r.add(CodeDocumentName, f.node.Pos, path, "the %s lacks a name", r.kind).WithHint("add `metadata: {name: ...}`")
			continue
		}
		d := r.add(CodeFieldMissing, f.node.Pos, path, "%s lacks `%s`", r.subject(f.path), name)
		r.hintExample(d, known[name], name)
	}
}

func (r *reporter) dependentFields(f fault, field string) {
	dependent, _ := f.schema["dependentRequired"].(object)
	e := f.node.Entry(field)
	if e == nil {
		return
	}
	for _, name := range stringsOf(dependent[field]) {
		if f.node.Get(name) == nil {
			r.add(CodeFieldMissing, e.KeyPos, append(slices.Clone(f.path), pathStep{key: name, index: -1}),
				"`%s` of %s needs `%s` beside it", field, r.subject(f.path), name)
		}
	}
}

// hintExample shows how a missing field is written, from the schema's own example.
func (r *reporter) hintExample(d *diag.Diagnostic, schema any, name string) {
	for _, s := range r.chain(schema) {
		examples, _ := s["examples"].([]any)
		if len(examples) == 0 {
			continue
		}
		if text, ok := examples[0].(string); ok {
			d.WithHint("add it, as in `%s: %s`", name, text)
		}
		return
	}
}
