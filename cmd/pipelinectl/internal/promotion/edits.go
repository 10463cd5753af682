package promotion

import (
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Edits gives the edits of an environment's document, of which each may make a move: the least first. They are to be
// tried in turn, since a later override may win over the one that an edit changes. Source is the text of the
// document's file.
func (m Move) Edits(source []byte, environment *schema.Document, pipeline string) []diag.Mend {
	var out []diag.Mend
	add := func(mend diag.Mend, ok bool) {
		if ok {
			out = append(out, mend)
		}
	}
	spec := environment.Root.Get("spec")
	overrides := spec.Get("overrides")
	if overrides == nil {
		add(spec.Insert(source, "overrides", m.list(spec, pipeline)))
		return out
	}
	for _, o := range slices.Backward(overrides.Items) {
		if matches(o, pipeline, m.Node) {
			add(m.within(source, o.Get("set")))
		}
	}
	add(overrides.Append(source, m.item(overrides, pipeline)))
	return out
}

// within gives the edit that has an override of the node alone set the value.
func (m Move) within(source []byte, set *schema.Node) (diag.Mend, bool) {
	n := set
	for i, key := range m.Path {
		inner := n.Get(key)
		if inner == nil {
			return n.Insert(source, word(key), nested(m.Path[i+1:], m.After.Flow()))
		}
		n = inner
	}
	return n.Rewrite(m.After)
}

// nested is a value within maps of one field each, on one line.
func nested(path []string, value string) string {
	for _, key := range slices.Backward(path) {
		value = "{" + word(key) + ": " + value + "}"
	}
	return value
}

// list is a list of overrides that holds the one for the node, as the value of a field of spec.
func (m Move) list(spec *schema.Node, pipeline string) string {
	if spec.IsFlow() {
		return "[" + m.onLine(pipeline) + "]"
	}
	return "\n  - " + m.onLine(pipeline)
}

// onLine is the override on one line.
func (m Move) onLine(pipeline string) string {
	return "{match: " + m.match(pipeline) + ", set: " + nested(m.Path, m.After.Flow()) + "}"
}

func (m Move) match(pipeline string) string {
	return "{pipeline: " + word(pipeline) + ", node: " + word(m.Node) + "}"
}

// word is a name as YAML, in quotes where it would be another thing without: a node may be called `true`.
func word(name string) string { return (&schema.Node{Kind: schema.String, Text: name}).Flow() }

// item is the override written as the last one of the list is.
func (m Move) item(list *schema.Node, pipeline string) string {
	if list.IsFlow() || len(list.Items) == 0 || list.Items[len(list.Items)-1].IsFlow() {
		return m.onLine(pipeline)
	}
	last := list.Items[len(list.Items)-1]
	var out strings.Builder
	if match := last.Get("match"); match != nil && !match.IsFlow() {
		out.WriteString("match:\n  pipeline: " + word(pipeline) + "\n  node: " + word(m.Node))
	} else {
		out.WriteString("match: " + m.match(pipeline))
	}
	if set := last.Get("set"); set == nil || set.IsFlow() {
		out.WriteString("\nset: " + nested(m.Path, m.After.Flow()))
		return out.String()
	}
	out.WriteString("\nset:")
	indent := "\n  "
	for _, key := range m.Path[:len(m.Path)-1] {
		out.WriteString(indent + word(key) + ":")
		indent += "  "
	}
	out.WriteString(indent + word(m.Path[len(m.Path)-1]) + ": " + m.After.Flow())
	return out.String()
}
