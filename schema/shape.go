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
		return gluedMap(d, f) || assignment(d, f) || r.soleField(d, f)
	case f.node.Kind == List && slices.Contains(types, "object"):
		return listForMap(d, f)
	case f.node.Kind == Map && f.entry != nil && f.entry.Key == "matchLabels": // as in a selector of Kubernetes
		d.WithHint("labels stand in a selector as they are, as in `{team: media}`: leave out `matchLabels`")
		return true
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
		d.Message += fmt.Sprintf("; write each entry as an item: `- {name: %s, value: %s}`", clip(first.Key), clip(asText(first.Value)))
	case items["name"] != nil:
		d.Message += fmt.Sprintf("; write each entry as an item: `- name: %s`", clip(first.Key))
	default:
		return false
	}
	return true
}

// asText gives a scalar as a document has it where a string is wanted.
func asText(n *Node) string {
	if n.Kind == String && simple().MatchString(n.Text) && resolve(n.Text) == String {
		return n.Text
	}
	return quoted(n.Text)
}

// listForMap describes a list in the place of a map: entries with a dash or in brackets, or items of name and value.
func listForMap(d *diag.Diagnostic, f fault) bool {
	if len(f.node.Items) == 0 {
		d.WithHint("write `{}` for a map without entries")
		return true
	}
	first := f.node.Items[0]
	name, value := first.Get("name"), first.Get("value")
	switch {
	case name != nil && value != nil && len(first.Entries) == 2 && isScalar(name) && isScalar(value):
		d.Message += fmt.Sprintf("; write each item as an entry: `%s: %s`", clip(name.Text), clip(asText(value)))
	case first.Kind != Map || len(first.Entries) == 0:
		d.WithHint("write each item as an entry, `key: value`")
	case f.node.flow:
		d.Message += fmt.Sprintf("; did you mean `{%s: ...}`, in braces?", clip(first.Entries[0].Key))
	default:
		d.Message += fmt.Sprintf("; did you mean `%s` without the dash before it?", clip(first.Entries[0].Key))
	}
	return true
}

// anAssignment is a variable as a shell has it.
var anAssignment = lazy(`^([A-Za-z_][A-Za-z0-9_]*)=(.*)$`)

// assignment describes NAME=VALUE in the place of a map of a name and a value.
func assignment(d *diag.Diagnostic, f fault) bool {
	m := anAssignment().FindStringSubmatch(f.node.Text)
	if fields := fieldsOf(f.schema); m == nil || fields["name"] == nil || fields["value"] == nil {
		return false
	}
	text := "{name: " + m[1] + ", value: " + asText(&Node{Kind: String, Text: m[2]}) + "}"
	d.Message += "; did you mean `" + clip(text) + "`?"
	if old, ok := f.node.form.written(f.node.Text); ok {
		d.WithMend(f.node.Pos, old, text)
	}
	return true
}

// soleField describes a text in the place of a map that has a single field, as a reference by name is.
func (r *reporter) soleField(d *diag.Diagnostic, f fault) bool {
	fields, required := fieldsOf(f.schema), stringsOf(f.schema["required"])
	if len(fields) != 1 || len(required) != 1 || curly(f.node) || !r.fits(fields[required[0]], f.node) {
		return false
	}
	text := "{" + required[0] + ": " + asText(f.node) + "}"
	d.Message += "; did you mean `" + clip(text) + "`?"
	if old, ok := f.node.form.written(f.node.Text); ok {
		d.WithMend(f.node.Pos, old, text)
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
