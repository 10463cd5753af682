package compiler

import (
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
)

// mergeNode lays the fields of an override over a node, as Kind.Merge says. Neither changes.
func (r *resolver) mergeNode(m *Member, base, set *schema.Node) *schema.Node {
	named := r.section(m.Kind).Named
	return mergeMap(base, set, func(key string, base, set *schema.Node) *schema.Node {
		if own := m.Kind.Merge[key]; own != nil {
			return own(base, set)
		}
		if named[key] && base.Kind == schema.List && len(base.Items) > 0 && set.Kind == schema.List {
			return r.mergeList(m, key, base, set)
		}
		return merge(base, set)
	})
}

func merge(base, set *schema.Node) *schema.Node {
	if base.Kind != schema.Map || set.Kind != schema.Map {
		return set
	}
	return mergeMap(base, set, func(_ string, base, set *schema.Node) *schema.Node { return merge(base, set) })
}

// mergeMap lays one map over another; values merges two of one key.
func mergeMap(base, set *schema.Node, values func(key string, base, set *schema.Node) *schema.Node) *schema.Node {
	out := &schema.Node{Kind: schema.Map, Pos: base.Pos, Entries: slices.Clone(base.Entries)}
	for _, e := range set.Entries {
		i := slices.IndexFunc(out.Entries, func(b schema.Entry) bool { return b.Key == e.Key })
		if i < 0 {
			out.Entries = append(out.Entries, e)
			continue
		}
		out.Entries[i] = schema.Entry{Key: e.Key, KeyPos: e.KeyPos, Value: values(e.Key, out.Entries[i].Value, e.Value)}
	}
	return out
}

// Fields of nodes that list ports.
const (
	fieldInputs  = "inputs"
	fieldOutputs = "outputs"
)

// mergeList lays the items of a list over those of the same names. An override changes a node, and never gives it ports
// that its pipeline does not show; variables it may add.
func (r *resolver) mergeList(m *Member, field string, base, set *schema.Node) *schema.Node {
	out := &schema.Node{Kind: schema.List, Pos: base.Pos, Items: slices.Clone(base.Items)}
	names := make([]string, len(base.Items))
	for i, item := range base.Items {
		names[i] = itemName(item)
	}
	for _, item := range set.Items {
		name := itemName(item)
		switch i := slices.Index(names, name); {
		case i >= 0:
			out.Items[i] = merge(out.Items[i], item)
		case field == fieldInputs || field == fieldOutputs:
			r.unmatchedItem(m, field, item, base, names)
		default:
			out.Items = append(out.Items, item)
		}
	}
	return out
}

// itemName is the name of an item; that of a sole output may be left out.
func itemName(item *schema.Node) string {
	if name := item.Get("name"); name != nil {
		return name.Text
	}
	return OutputDefault
}

func (r *resolver) unmatchedItem(m *Member, field string, item, base *schema.Node, names []string) {
	known := "`" + strings.Join(names, "`, `") + "`"
	name := item.Get("name")
	if name == nil {
		r.findings.Errorf(CodeOverrideUnmatched, item.Pos, "the override does not say which of the %s of `%s` it changes", field, m.Name()).
			WithHint("add the `name` of one of them: %s", known).
			WithRelated(base.Pos, "the list that it changes")
		return
	}
	d := r.findings.Errorf(CodeOverrideUnmatched, name.Pos, "the override matches none of the %s of `%s`: there is no `%s`", field, m.Name(), name.Text).
		WithRelated(base.Pos, "the list that it changes")
	if near := schema.Nearest(name.Text, names); near != "" {
		d.WithHint("did you mean `%s`?", near)
	} else {
		d.WithHint("it has %s", known)
	}
}
