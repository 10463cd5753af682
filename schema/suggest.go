package schema

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// suggest says on the finding of an unknown field which one was most likely meant, and mends it where that is certain. It
// gives false when it has nothing to say.
func (r *reporter) suggest(d *diag.Diagnostic, f fault, e *Entry) bool {
	known := fieldsOf(f.schema)
	m := r.meant(f.node, e, known)
	var text string
	switch {
	case isVariable(f.node, known):
		text = fmt.Sprintf("did you mean `{name: %s, value: %s}`?", clip(e.Key), clip(asText(e.Value)))
	case m.isGlued:
		text = fmt.Sprintf("did you mean `%s`, with a space after the colon?", clip(m.name+": "+e.Key[len(m.name)+1:]))
		d.WithMend(diag.Pos{File: e.KeyPos.File, Line: e.KeyPos.Line, Col: e.KeyPos.Col + len(m.name) + 1}, "", " ")
	case m.isSure:
		text = fmt.Sprintf("did you mean `%s`?", m.name)
	default:
		text = cmp.Or(r.below(f, e, 1), r.above(f, e), m.question(), r.within(f, e), r.below(f, e, maxLevels), r.beside(f, e), r.elsewhere(f, e))
	}
	if old, ok := e.form.written(e.Key); ok && m.isOnly && !m.isGlued && text == m.question() {
		d.WithMend(e.KeyPos, old, e.form.rewritten(m.name))
	}
	if text == "" {
		text = taken(d, f.node, e, known)
	}
	if text != "" {
		d.Message += "; " + text
	}
	return text != ""
}

// isVariable says whether a map is `NAME: VALUE` in the place of a map of a name and a value.
func isVariable(n *Node, known object) bool {
	return len(n.Entries) == 1 && known["name"] != nil && known["value"] != nil && known[n.Entries[0].Key] == nil && isScalar(n.Entries[0].Value)
}

// taken names the field of nearly the same name that the map has already.
func taken(d *diag.Diagnostic, n *Node, e *Entry, known object) string {
	name := Nearest(e.Key, slices.Collect(maps.Keys(known)))
	near := n.Entry(name)
	if name == "" || near == nil {
		return ""
	}
	d.WithRelated(near.KeyPos, "`%s` is here", near.Key)
	return fmt.Sprintf("did you mean `%s`, which is there already?", near.Key)
}

// meaning is the field of the same map that an unknown key stands for; its name is empty when there is none.
type meaning struct {
	name string
	// isGlued says that the key holds the value too, since the space after the colon is missing.
	isGlued bool
	// isSure says that it is the same word in another case, number or separation; isOnly that no other field is as near,
	// and that the field takes such a value, as it is or once it is mended itself.
	isSure, isOnly bool
}

func (m meaning) question() string {
	if m.name == "" {
		return ""
	}
	return fmt.Sprintf("did you mean `%s`?", m.name)
}

// meant gives the field, of those that a map lacks, that an unknown key of it stands for.
func (r *reporter) meant(n *Node, e *Entry, known object) meaning {
	var free, fitting []string
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if n.Get(name) != nil {
			continue
		}
		free = append(free, name)
		if r.suits(known[name], e.Value) {
			fitting = append(fitting, name)
		}
	}
	if name, value, glued := strings.Cut(e.Key, ":"); glued && value != "" && e.form == plain && e.Value.Kind == Null && slices.Contains(free, name) {
		return meaning{name: name, isGlued: true}
	}
	for _, name := range fitting {
		if sameWord(e.Key) == sameWord(name) {
			return meaning{name: name, isSure: true, isOnly: true}
		}
	}
	if near, unique := nearest(e.Key, fitting); near != "" {
		return meaning{name: near, isOnly: unique}
	}
	return meaning{name: Nearest(e.Key, free)}
}

// sameWord gives what names have in common that differ only in case, number or separation: inputs, Input and in_put.
func sameWord(name string) string {
	return strings.TrimSuffix(strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(name)), "s")
}
