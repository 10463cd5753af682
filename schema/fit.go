package schema

import "slices"

// fieldsOf gives the fields of a map, as its schema has them.
func fieldsOf(schema object) object {
	fields, _ := schema["properties"].(object)
	return fields
}

// fits says whether a value is of a type that a schema takes; what is in it is not looked at.
func (r *reporter) fits(schema any, n *Node) bool {
	s := r.deref(schema)
	for _, alternatives := range []string{"anyOf", "oneOf"} {
		if branches, ok := s[alternatives].([]any); ok && s["type"] == nil {
			return slices.ContainsFunc(branches, func(branch any) bool { return r.fits(branch, n) })
		}
	}
	types := stringsOf(s["type"])
	if len(types) == 0 && (s["enum"] != nil || s["const"] != nil) {
		types = []string{"string"}
	}
	return len(types) == 0 || slices.ContainsFunc(types, func(t string) bool { return isType(n, t) })
}

// isType says whether a value is of a type, in JSON Schema's words.
func isType(n *Node, t string) bool {
	switch n.Kind {
	case Null:
		return t == "null"
	case Bool:
		return t == "boolean"
	case Int:
		return t == "integer" || t == "number"
	case Float:
		return t == "number"
	case List:
		return t == "array"
	case Map:
		return t == "object"
	default:
		return t == "string"
	}
}
