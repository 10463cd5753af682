package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// maxCompared is how many unknown fields of one document are compared with the known ones. People make fewer mistakes.
const maxCompared = 2000

// unknownFields reports each key of a map that its closed schema does not have.
func (r *reporter) unknownFields(f fault) {
	known := fieldsOf(f.schema)
	subject := r.subject(f.path)
	for i := range f.node.Entries {
		e := &f.node.Entries[i]
		if known[e.Key] != nil || r.isStray(f, e) {
			continue
		}
		d := r.add(CodeFieldUnknown, e.KeyPos, append(slices.Clone(f.path), pathStep{key: e.Key, index: -1}), "unknown field `%s` in %s", clip(e.Key), subject)
		if (!r.mayCompare() || !r.suggest(d, f, e)) && len(known) > 0 {
			d.WithHint("the fields here are %s", strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
	}
}

// hasUnknown says whether a map has a field that its closed schema does not have.
func (r *reporter) hasUnknown(f fault) bool {
	known := fieldsOf(f.schema)
	return f.schema["additionalProperties"] == false && slices.ContainsFunc(f.node.Entries, func(e Entry) bool { return known[e.Key] == nil })
}

// mayCompare says whether one more unknown field is compared.
func (r *reporter) mayCompare() bool {
	r.compared++
	return r.compared <= maxCompared
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
		} else if field := fieldsOf(schema)[t.key]; field != nil {
			next = field
		} else {
			next = schema["additionalProperties"]
		}
		schema = r.deref(next)
	}
	return schema
}

// nodeAt gives the value that a path leads to.
func (r *reporter) nodeAt(path []pathStep) *Node {
	n := r.root
	for _, t := range path {
		if t.index >= 0 {
			n = n.Items[t.index]
		} else {
			n = n.Get(t.key)
		}
	}
	return n
}

// missingFields reports each required field that a map lacks, at the map's place. A field whose misspelt name stands
// in the map is reported as unknown already.
func (r *reporter) missingFields(f fault) {
	known, whole := fieldsOf(f.schema), f.schema
	if f.schema["type"] == nil { // a condition demands them, and only the map's own schema says what they are
		whole = r.schemaAt(f.path)
		known = fieldsOf(whole)
	}
	misspelt := map[string]bool{}
	for i := range f.node.Entries {
		if e := &f.node.Entries[i]; known[e.Key] == nil && r.mayCompare() {
			misspelt[r.meant(f.node, e, known).name] = true
		}
	}
	if isVariable(f.node, known) {
		misspelt["name"] = true
	}
	for _, h := range r.headings(f.node, whole) {
		misspelt[h.name] = true
		r.missingHeading(f, h)
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
		if rule, ok := f.schema["errorMessage"].(string); ok && f.schema["type"] == nil {
			d.Hint = strings.TrimPrefix(d.Hint+"; "+rule, "; ")
		}
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
			d := r.add(CodeFieldMissing, e.KeyPos, append(slices.Clone(f.path), pathStep{key: name, index: -1}),
				"`%s` of %s needs `%s` beside it", field, r.subject(f.path), name)
			r.hintExample(d, fieldsOf(f.schema)[name], name)
		}
	}
}

// hintExample shows how a missing field is written.
func (r *reporter) hintExample(d *diag.Diagnostic, schema any, name string) {
	if text := r.example(schema); text != "" {
		d.WithHint("add it, as in `%s: %s`", name, text)
	}
}

// maxExample is the length of an example that fits into a hint.
const maxExample = 120

// example gives a value of a schema as a document has it: the schema's own example, or a map of the examples of the
// fields that it needs. It is empty where there is none, or none that is short.
func (r *reporter) example(schema any) string {
	for _, s := range r.chain(schema) {
		if examples, _ := s["examples"].([]any); len(examples) > 0 {
			return flowText(examples[0])
		}
	}
	s := r.deref(schema)
	var fields []string
	for _, name := range stringsOf(s["required"]) {
		text := r.example(fieldsOf(s)[name])
		if text == "" {
			return ""
		}
		fields = append(fields, name+": "+text)
	}
	text := "{" + strings.Join(fields, ", ") + "}"
	if len(fields) == 0 || len(text) > maxExample {
		return ""
	}
	return text
}

// flowText gives an example of a schema on one line, in YAML; empty for what is not simple.
func flowText(value any) string {
	var parts []string
	switch v := value.(type) {
	case string:
		if strings.ContainsAny(v, `,[]{}"'`) || resolve(v) != String {
			return quoted(v)
		}
		return v
	case []any:
		for _, item := range v {
			parts = append(parts, flowText(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case object:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, name+": "+flowText(v[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	default:
		return fmt.Sprint(v)
	}
}
