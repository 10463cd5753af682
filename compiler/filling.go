package compiler

import (
	"reflect"
	"slices"

	"github.com/pipelinectl/pipelinectl/schema"
)

// filling lays one default under one node.
type filling struct {
	*defaulter
	entry *reach
	kind  Kind
}

// under gives a node with the fields of the default that it lacks; the node itself where it lacks none.
func (f filling) under(node *schema.Node) *schema.Node {
	section := f.sections[f.kind.Section]
	var fields []schema.Entry
	for _, e := range f.entry.Set.Entries {
		if section.Fields[e.Key] {
			fields = append(fields, e)
		}
	}
	filled := underMap(node, fields, func(key string, value, def *schema.Node) *schema.Node {
		if own := f.kind.Merge[key]; own != nil && value != nil {
			return own(def, value)
		}
		if section.Named[key] && def.Kind == schema.List && (value == nil || value.Kind == schema.List) {
			return f.underList(key, node, value, def)
		}
		return underValue(value, def)
	})
	return f.note(node, filled, fields)
}

// note keeps what the default has come to in a node, and gives the node as it was where that is nothing.
func (f filling) note(before, after *schema.Node, fields []schema.Entry) *schema.Node {
	come := make([]fieldReach, len(fields))
	result := before
	for i, e := range fields {
		come[i].exists = true
		was, is := before.Entry(e.Key), after.Get(e.Key)
		switch {
		case is == nil: // ports that the node does not have
		case was == nil || !reflect.DeepEqual(was.Value.JSON(), is.JSON()):
			come[i].applied, result = true, after
		default:
			come[i].other = was.KeyPos
		}
	}
	f.lock.Lock()
	defer f.lock.Unlock()
	f.entry.matched = true
	for i, e := range fields {
		f.entry.fields[e.Key] = f.entry.fields[e.Key].join(come[i])
	}
	return result
}

// underMap lays fields under a map: values gives what becomes of a field, whose value is nil where the map lacks it.
func underMap(m *schema.Node, fields []schema.Entry, values func(key string, value, def *schema.Node) *schema.Node) *schema.Node {
	out := *m
	out.Entries = slices.Clone(m.Entries)
	for _, e := range fields {
		if have := out.Entry(e.Key); have != nil {
			have.Value = values(e.Key, have.Value, e.Value)
		} else if value := values(e.Key, nil, e.Value); value != nil {
			e.Value = value
			out.Entries = append(out.Entries, e)
		}
	}
	return &out
}

func underValue(value, def *schema.Node) *schema.Node {
	switch {
	case value == nil:
		return def
	case value.Kind == schema.Map && def.Kind == schema.Map:
		return underMap(value, def.Entries, func(_ string, value, def *schema.Node) *schema.Node { return underValue(value, def) })
	default:
		return value
	}
}

// underList adds the items of a list whose names are not there yet, before the others, so that a variable may refer to
// one. A default never gives a node ports that its pipeline does not show, but fields of those.
func (f filling) underList(field string, node, list, def *schema.Node) *schema.Node {
	out := &schema.Node{Kind: schema.List, Pos: def.Pos}
	if list != nil {
		copied := *list
		out = &copied
		out.Items = slices.Clone(list.Items)
	}
	var more []*schema.Node
	for _, item := range def.Items {
		i := slices.IndexFunc(out.Items, func(have *schema.Node) bool { return itemName(have) == itemName(item) })
		port := field == fieldInputs || field == fieldOutputs
		switch {
		case port && i < 0 && (list != nil || !f.hasPort(node, field, itemName(item))):
			continue
		case port:
			if i < 0 {
				more = append(more, item)
				break
			}
			out.Items[i] = underValue(out.Items[i], item)
		case i >= 0: // a variable is one thing: its value and a reference do not go together
		default:
			more = append(more, item)
		}
		if port {
			f.reachItem(item)
		}
	}
	out.Items = append(more, out.Items...)
	if len(out.Items) == 0 {
		return nil
	}
	return out
}

func (f filling) reachItem(item *schema.Node) {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.entry.items[item] = true
}

// hasPort says whether a node has a port without naming it, as an endpoint has its sole output.
func (f filling) hasPort(node *schema.Node, field, name string) bool {
	component, findings := f.kind.Decode(node)
	if component == nil || findings.HasErrors() {
		return false
	}
	ports := component.Ports()
	if field == fieldInputs {
		return slices.ContainsFunc(ports.Inputs, func(in InputSpec) bool { return in.Name.V == name })
	}
	return slices.ContainsFunc(ports.Outputs, func(out OutputSpec) bool { return out.Name.V == name })
}
