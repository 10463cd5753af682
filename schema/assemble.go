package schema

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

//go:embed envelope.schema.json
var envelope []byte

// object is a JSON object of a schema. A schema has no Go type: its keywords hold any JSON.
type object = map[string]any

// maxNodes is how many nodes of one kind a pipeline can have. Names are looked up among all of them, so that time grows
// with the square of their number.
const maxNodes = 1000

// assemble puts the fragments into the envelope: their schemas as definitions, their sections into Pipeline, the union
// of their fields into what overrides and defaults set.
func assemble(fragments []Fragment) (object, error) {
	var source object
	if err := json.Unmarshal(envelope, &source); err != nil {
		return nil, fmt.Errorf("schema: envelope: %w", err)
	}
	defs := source["$defs"].(object)
	sections := at(defs, KindPipeline, "properties", "spec", "properties")
	set := object{}
	var kinds []any
	for _, f := range fragments {
		var fragment object
		if err := json.Unmarshal(f.JSON, &fragment); err != nil {
			return nil, fmt.Errorf("schema: fragment of kind %s: %w", f.Kind, err)
		}
		if defs[f.Kind] != nil || sections[f.Section] != nil {
			return nil, fmt.Errorf("schema: kind %s, section %s: the name is taken", f.Kind, f.Section)
		}
		if fragment["$defs"] != nil {
			return nil, fmt.Errorf("schema: fragment of kind %s has definitions of its own", f.Kind)
		}
		delete(fragment, "$schema")
		delete(fragment, "$id")
		defs[f.Kind] = fragment
		sections[f.Section] = object{
			"description": "The nodes of kind " + f.Kind + ".",
			"type":        "array",
			"maxItems":    maxNodes,
			"items":       object{"$ref": "#/$defs/" + f.Kind},
		}
		kinds = append(kinds, f.Kind)
		addOptional(set, fragment)
	}
	for _, name := range []string{"override", "nodeDefaults"} {
		fields := at(defs, name, "properties")
		at(fields, "set")["properties"] = set
		if len(kinds) > 0 {
			at(fields, "match", "properties", "kind")["enum"] = kinds
		}
	}
	return source, nil
}

// at walks into a schema of our own, whose shape is known.
func at(schema object, path ...string) object {
	for _, key := range path {
		schema = schema[key].(object)
	}
	return schema
}

// addOptional adds a fragment's fields, but its name, to those of an override, where none is required: an override
// gives parts, and the node that results is validated as a whole.
func addOptional(set, fragment object) {
	fields, _ := fragment["properties"].(object)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name == "name" {
			continue
		}
		set[name] = union(set[name], optional(fields[name]))
	}
}

// optional gives a copy of a schema that demands no fields of maps. Items of lists keep theirs: lists are replaced whole.
func optional(schema any) any {
	in, ok := schema.(object)
	if !ok {
		return schema
	}
	out := object{}
	for keyword, value := range in {
		switch keyword {
		case "required", "minProperties", "dependentRequired", "oneOf", "anyOf", "allOf", "not", "if", "then", "else", "default":
		case "properties", "patternProperties":
			fields := object{}
			for name, field := range value.(object) {
				fields[name] = optional(field)
			}
			out[keyword] = fields
		case "additionalProperties":
			out[keyword] = optional(value)
		default:
			out[keyword] = value
		}
	}
	return out
}

// union gives a schema that takes what either takes: a is nil for none.
func union(a, b any) any {
	if a == nil || reflect.DeepEqual(a, b) {
		return b
	}
	left, _ := a.(object)
	right, _ := b.(object)
	leftFields, leftOK := left["properties"].(object)
	rightFields, rightOK := right["properties"].(object)
	if !leftOK || !rightOK {
		return object{"anyOf": append(branches(left), branches(right)...)}
	}
	fields := maps.Clone(leftFields)
	for _, name := range slices.Sorted(maps.Keys(rightFields)) {
		fields[name] = union(fields[name], rightFields[name])
	}
	out := maps.Clone(left)
	out["properties"] = fields
	return out
}

// branches gives the alternatives of a schema that union made, or the schema itself as the only one.
func branches(schema object) []any {
	if alternatives, ok := schema["anyOf"].([]any); ok && len(schema) == 1 {
		return slices.Clone(alternatives)
	}
	return []any{schema}
}

// standalone gives the schema of one kind, or of any when kind is empty, with the definitions that it needs.
func standalone(source object, kind string) object {
	defs := source["$defs"].(object)
	out := object{}
	name := "schema.json"
	if kind != "" {
		out = maps.Clone(defs[kind].(object))
		name = strings.ToLower(kind) + ".schema.json"
	} else {
		alternatives := make([]any, 0, len(documentKinds()))
		for _, k := range documentKinds() {
			alternatives = append(alternatives, object{"$ref": "#/$defs/" + k})
		}
		out["description"] = "A document of pipelinectl."
		out["anyOf"] = alternatives
	}
	needed := object{}
	addReferences(out, defs, needed)
	out["$schema"] = source["$schema"]
	out["$id"] = "https://" + Group + "/schema/v1alpha1/" + name
	out["$defs"] = needed
	return out
}

// addReferences adds to needed each definition that value refers to, directly or through others.
func addReferences(value any, defs, needed object) {
	switch value := value.(type) {
	case []any:
		for _, v := range value {
			addReferences(v, defs, needed)
		}
	case object:
		if ref, ok := value["$ref"].(string); ok {
			name := strings.TrimPrefix(ref, "#/$defs/")
			if def, known := defs[name]; known && needed[name] == nil {
				needed[name] = def
				addReferences(def, defs, needed)
			}
		}
		for _, v := range value {
			addReferences(v, defs, needed)
		}
	}
}
