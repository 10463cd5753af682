package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// wrongShape says how a value becomes the list or the map that is wanted, where what stands there shows what was meant.
func (r *reporter) wrongShape(d *diag.Diagnostic, f fault, types []string) bool {
	items := fieldsOf(r.deref(f.schema["items"]))
	switch {
	case f.node.Kind == Map && slices.Contains(types, "array") && len(items) > 0 && len(f.node.Entries) > 0:
		return mapForList(d, f, items)
	case f.node.Kind == String && slices.Contains(types, "object"):
		return gluedMap(d, f)
	default:
		return false
	}
}

// mapForList describes a map in the place of a list of maps: a sole item without its dash, or the items by name.
func mapForList(d *diag.Diagnostic, f fault, items object) bool {
	first := f.node.Entries[0]
	key, isDash := strings.CutPrefix(first.Key, "-")
	switch {
	case isDash && items[key] != nil:
		d.Message += fmt.Sprintf("; did you mean `- %s`, with a space after the dash?", clip(key))
		d.WithMend(diag.Pos{File: first.KeyPos.File, Line: first.KeyPos.Line, Col: first.KeyPos.Col + 1}, "", " ")
	case !slices.ContainsFunc(f.node.Entries, func(e Entry) bool { return items[e.Key] == nil }):
		d.Message += fmt.Sprintf("; did you mean one item: `- ` before `%s`?", clip(first.Key))
		if f.node.flow {
			d.Message = strings.TrimSuffix(d.Message, fmt.Sprintf("`- ` before `%s`?", clip(first.Key))) + "`[{...}]`?"
		} else if column := first.KeyPos.Col - len("- "); f.entry != nil && column >= f.entry.KeyPos.Col && first.KeyPos.Line > f.entry.KeyPos.Line {
			d.WithMend(diag.Pos{File: first.KeyPos.File, Line: first.KeyPos.Line, Col: column}, "  ", "- ")
		}
	case items["name"] != nil && items["value"] != nil && isScalar(first.Value):
		d.Message += fmt.Sprintf("; write each entry as an item: `- {name: %s, value: %s}`", clip(first.Key), clip(first.Value.Text))
	case items["name"] != nil:
		d.Message += fmt.Sprintf("; write each entry as an item: `- name: %s`", clip(first.Key))
	default:
		return false
	}
	return true
}

// gluedMap describes a text such as `name:photos` in the place of a map.
func gluedMap(d *diag.Diagnostic, f fault) bool {
	name, value, found := strings.Cut(f.node.Text, ":")
	if !found || value == "" || strings.HasPrefix(value, "/") || f.node.form != plain || fieldsOf(f.schema)[name] == nil {
		return false
	}
	d.Message += fmt.Sprintf("; did you mean `%s`, with a space after the colon?", clip(name+": "+value))
	d.WithMend(diag.Pos{File: f.node.Pos.File, Line: f.node.Pos.Line, Col: f.node.Pos.Col + len(name) + 1}, "", " ")
	return true
}
