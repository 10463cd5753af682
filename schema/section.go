package schema

import "strings"

// Section says what the nodes of a section can hold, as far as an override needs to know it.
type Section struct {
	// Fields are the names of the fields.
	Fields map[string]bool
	// Named are those fields that are lists whose items have names.
	Named map[string]bool
}

// Section describes the nodes of a section; the result is empty for an unknown one. It panics, as Validate does, when a
// fragment is no valid schema.
func (s *Set) Section(section string) Section {
	source, err := s.assembled()
	if err != nil {
		panic(err)
	}
	defs := source["$defs"].(object)
	out := Section{Fields: map[string]bool{}, Named: map[string]bool{}}
	for _, f := range s.fragments {
		if f.Section != section {
			continue
		}
		fields, _ := defs[f.Kind].(object)["properties"].(object)
		for name, field := range fields {
			out.Fields[name] = true
			items := definition(defs, definition(defs, field)["items"])
			properties, _ := items["properties"].(object)
			out.Named[name] = properties["name"] != nil
		}
	}
	return out
}

// definition gives a schema, or the definition that it refers to.
func definition(defs object, schema any) object {
	s, _ := schema.(object)
	ref, _ := s["$ref"].(string)
	if def, ok := defs[strings.TrimPrefix(ref, "#/$defs/")].(object); ok {
		return def
	}
	return s
}
