package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxLevels is how far from an unknown field its place is looked for.
const maxLevels = 3

// place is a map, or the items of a list, that a field may belong to.
type place struct {
	path   []string
	schema object
	// node is what the document has there, nil for nothing.
	node *Node
}

// below finds the field in the maps within the map of a fault, down to some level, those of the document first.
func (r *reporter) below(f fault, e *Entry, levels int) string {
	level := []place{{schema: f.schema, node: f.node}}
	for range levels {
		var next, found []place
		for _, p := range level {
			fields := fieldsOf(p.schema)
			for _, name := range slices.Sorted(maps.Keys(fields)) {
				inner := place{path: append(slices.Clone(p.path), name), schema: r.deref(fields[name]), node: p.node.Get(name)}
				items := r.deref(inner.schema["items"])
				if items != nil {
					inner.schema = items
				} else {
					next = append(next, inner)
				}
				// What has no name is no item that lost its list.
				if field := fieldsOf(inner.schema)[e.Key]; field != nil && (items == nil || e.Key != "name") && r.suits(field, e.Value) {
					found = append(found, inner)
				}
			}
		}
		if len(found) > 0 {
			return likeliest(found)
		}
		level = next
	}
	return ""
}

// likeliest asks for the first place that the document has, else for the first one.
func likeliest(found []place) string {
	best, verb := found[0], "put it"
	if i := slices.IndexFunc(found, func(p place) bool { return p.node != nil }); i >= 0 {
		best, verb = found[i], "indent this"
	}
	return fmt.Sprintf("did you mean to %s under `%s`?", verb, strings.Join(best.path, "."))
}

// above finds the field in the maps around that of a fault, unless it is given there.
func (r *reporter) above(f fault, e *Entry) string {
	levels := 0
	for up := range slices.Backward(f.path) {
		fields := fieldsOf(r.schemaAt(f.path[:up]))
		if fields == nil {
			continue
		}
		if levels++; levels > maxLevels {
			break
		}
		if fields[e.Key] == nil || !r.fits(fields[e.Key], e.Value) || r.nodeAt(f.path[:up]).Get(e.Key) != nil || e.Key == "name" && levels > 1 {
			continue
		}
		distance := "one level"
		if levels > 1 {
			distance = fmt.Sprintf("%d levels", levels)
		}
		return fmt.Sprintf("did you mean the field of %s, %s up?", r.subject(f.path[:up]), distance)
	}
	return ""
}

// within says that the map under an unknown field holds fields of the map around it, as Kubernetes' valueFrom does.
func (r *reporter) within(f fault, e *Entry) string {
	fields := fieldsOf(f.schema)
	if e.Value.Kind != Map || len(e.Value.Entries) == 0 {
		return ""
	}
	names := make([]string, len(e.Value.Entries))
	for i, inner := range e.Value.Entries {
		if fields[inner.Key] == nil || !r.suits(fields[inner.Key], inner.Value) || f.node.Get(inner.Key) != nil {
			return ""
		}
		names[i] = "`" + inner.Key + "`"
	}
	return fmt.Sprintf("did you mean %s here, without `%s` around?", joinAnd(names), clip(e.Key))
}

// beside finds the field in the maps next to that of a fault.
func (r *reporter) beside(f fault, e *Entry) string {
	up := len(f.path) - 1
	if up < 0 || f.path[up].index >= 0 {
		return ""
	}
	around := fault{schema: r.schemaAt(f.path[:up]), node: r.nodeAt(f.path[:up]), path: f.path[:up]}
	return strings.Replace(r.below(around, e, 1), "indent this", "put it", 1)
}

// elsewhere finds the kinds of nodes that have the field, when the map of a fault is a node.
func (r *reporter) elsewhere(f fault, e *Entry) string {
	if _, rest := r.owner(f.path); !r.document || len(f.path) != 3 || len(rest) > 0 {
		return ""
	}
	var kinds []string
	for _, fragment := range r.fragments {
		if fieldsOf(at(r.source, "$defs", fragment.Kind))[e.Key] != nil {
			kinds = append(kinds, fragment.Section)
		}
	}
	if len(kinds) == 0 {
		return ""
	}
	return "it is a field of " + joinAnd(kinds)
}
