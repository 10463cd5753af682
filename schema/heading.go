package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// heading is a required map that is not there, though its fields are: somebody dropped the line `spec:`.
type heading struct {
	name string
	// strays are its fields, in the map that lacks it or, where within is not empty, in that field of the map.
	strays []*Entry
	within string
}

// headings gives those that a map lacks.
func (r *reporter) headings(n *Node, schema object) []heading {
	if known, done := r.lost[n]; done {
		return known
	}
	var out []heading
	fields := fieldsOf(schema)
	for _, name := range demanded(schema) {
		missing := fieldsOf(r.deref(fields[name]))
		if len(missing) == 0 || n.Get(name) != nil {
			continue
		}
		if strays := unknownOf(n, fields, missing); len(strays) > 0 {
			out = append(out, heading{name: name, strays: strays})
			continue
		}
		for i := range n.Entries {
			e := &n.Entries[i]
			beside := fieldsOf(r.deref(fields[e.Key]))
			if strays := unknownOf(e.Value, beside, missing); len(beside) > 0 && len(strays) > 0 {
				out = append(out, heading{name: name, strays: strays, within: e.Key})
				break
			}
		}
	}
	if r.lost == nil {
		r.lost = map[*Node][]heading{}
	}
	r.lost[n] = out
	return out
}

// demanded gives the names of the fields that a map needs, on some condition or on none.
func demanded(schema object) []string {
	otherwise, _ := schema["else"].(object)
	return slices.Concat(stringsOf(schema["required"]), stringsOf(otherwise["required"]))
}

// unknownOf gives the entries of a map that are no fields of it, but of another.
func unknownOf(n *Node, fields, other object) []*Entry {
	var out []*Entry
	for i := range n.Entries {
		if e := &n.Entries[i]; fields[e.Key] == nil && other[e.Key] != nil {
			out = append(out, e)
		}
	}
	return out
}

// isStray says whether an entry of a map is reported with the heading that is missing before it.
func (r *reporter) isStray(f fault, e *Entry) bool {
	isIn := func(h heading) bool { return slices.Contains(h.strays, e) }
	if slices.ContainsFunc(r.headings(f.node, f.schema), isIn) {
		return true
	}
	up := len(f.path) - 1
	return up >= 0 && f.path[up].index < 0 && slices.ContainsFunc(r.headings(r.nodeAt(f.path[:up]), r.schemaAt(f.path[:up])), isIn)
}

// missingHeading reports a heading once, however many fields lack it.
func (r *reporter) missingHeading(f fault, h heading) {
	names := make([]string, len(h.strays))
	for i, e := range h.strays {
		names[i] = "`" + clip(e.Key) + "`"
	}
	first := h.strays[0]
	where := "without it"
	if h.within != "" {
		where = "in `" + h.within + "`"
	}
	verb := "stand"
	if len(names) == 1 {
		verb = "stands"
	}
	d := r.add(CodeFieldMissing, first.KeyPos, append(slices.Clone(f.path), pathStep{key: h.name, index: -1}),
		"%s lacks `%s`: %s %s %s", r.subject(f.path), h.name, joinAnd(names), verb, where)
	if h.within == "" {
		d.WithHint("put `%s:` before %s, and indent what belongs to it", h.name, names[0])
		return
	}
	d.WithHint("put `%s:` on a line of its own before %s", h.name, names[0])
	if line, ok := headingLine(f.node.Entry(h.within), h); ok {
		d.WithMend(diag.Pos{File: first.KeyPos.File, Line: first.KeyPos.Line, Col: 1}, "", line)
	}
}

// headingLine gives the line that turns the end of a map into a map of its own, where the strays are that end.
func headingLine(within *Entry, h heading) (string, bool) {
	entries := within.Value.Entries
	begin := len(entries) - len(h.strays)
	if begin == 0 || within.Value.flow || &entries[begin] != h.strays[0] || entries[begin-1].KeyPos.Line == h.strays[0].KeyPos.Line {
		return "", false
	}
	return fmt.Sprintf("%s%s:\n", strings.Repeat(" ", within.KeyPos.Col-1), h.name), true
}
