package schema

import "slices"

// fieldsOf gives the fields of a map, as its schema has them.
func fieldsOf(schema object) object {
	fields, _ := schema["properties"].(object)
	return fields
}

// maxFitted is how many items of a list are looked at.
const maxFitted = 10

// fits says whether a value, and each item where it is a list, is of a type that a schema takes; what is in a map is not
// looked at.
func (r *reporter) fits(schema any, n *Node) bool {
	s := r.deref(schema)
	if items := s["items"]; items != nil && n.Kind == List {
		for _, item := range n.Items[:min(len(n.Items), maxFitted)] {
			if !r.fits(items, item) {
				return false
			}
		}
	}
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

// suits says whether a value fits, or surely would in another type: the text "4" where a number belongs.
func (r *reporter) suits(schema any, n *Node) bool {
	return r.fits(schema, n) || isScalar(n) && castTo(n, stringsOf(r.deref(schema)["type"])).text != ""
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
