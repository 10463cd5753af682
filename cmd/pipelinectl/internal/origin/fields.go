package origin

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
)

// object is a JSON object of a JSON Schema, which has no Go type: its keywords hold any JSON.
type object = map[string]any

// field is what the schema says of one place: a schema, then those that it refers to or offers as alternatives. What
// stands first says most about the place.
type field struct {
	root    object
	schemas []object
}

// rootField gives the schema of a whole document.
func rootField(set *schema.Set, kind string) (field, error) {
	text, err := set.JSON(kind)
	if err != nil {
		return field{}, err
	}
	var root object
	if err := json.Unmarshal(text, &root); err != nil {
		return field{}, fmt.Errorf("origin: schema of %s: %w", kind, err)
	}
	return field{root, []object{root}}, nil
}

// maxChain bounds references: none of ours leads further.
const maxChain = 10

// of gives the field that a schema describes.
func (f field) of(value any) field {
	out := field{root: f.root}
	queue := []any{value}
	for len(queue) > 0 && len(out.schemas) < maxChain {
		s, ok := queue[0].(object)
		queue = queue[1:]
		if !ok {
			continue
		}
		out.schemas = append(out.schemas, s)
		if ref, ok := s["$ref"].(string); ok {
			defs, _ := f.root["$defs"].(object)
			queue = append(queue, defs[strings.TrimPrefix(ref, "#/$defs/")])
		}
		alternatives, _ := s["anyOf"].([]any)
		queue = append(queue, alternatives...)
	}
	return out
}

// at gives the field at a place below this one.
func (f field) at(p place) field {
	for _, s := range p {
		f = f.step(s)
	}
	return f
}

func (f field) step(s step) field {
	for _, sch := range f.schemas {
		if s.index >= 0 {
			if items, ok := sch["items"].(object); ok {
				return f.of(items)
			}
			continue
		}
		properties, _ := sch["properties"].(object)
		if property, ok := properties[s.key].(object); ok {
			return f.of(property)
		}
		if values, ok := sch["additionalProperties"].(object); ok {
			return f.of(values)
		}
	}
	return field{root: f.root}
}

// properties are the names of the fields of a map, sorted.
func (f field) properties() []string {
	for _, s := range f.schemas {
		if properties, ok := s["properties"].(object); ok {
			return slices.Sorted(maps.Keys(properties))
		}
	}
	return nil
}

// hasItems says whether values are lists whose items are maps.
func (f field) hasItems() bool { return len(f.step(index(0)).properties()) > 0 }

// keyword gives what the first schema that has a keyword says.
func (f field) keyword(name string) any {
	for _, s := range f.schemas {
		if value, ok := s[name]; ok {
			return value
		}
	}
	return nil
}

// description is the schema's own words.
func (f field) description() string {
	text, _ := f.keyword("description").(string)
	return text
}

// def is the default that the schema states, as it would be written; empty when it states none.
func (f field) def() string {
	if value := f.keyword("default"); value != nil {
		return Text(value)
	}
	return ""
}

// examples are all values that the schema shows or lists, in the order of their telling.
func (f field) examples() []any {
	var out []any
	for _, name := range []string{"examples", "enum"} {
		for _, s := range f.schemas {
			values, _ := s[name].([]any)
			out = append(out, values...)
		}
	}
	if def := f.keyword("default"); def != nil {
		out = append(out, def)
	}
	return out
}
