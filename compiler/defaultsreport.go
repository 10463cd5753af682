package compiler

import (
	"slices"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// report gives what is wrong with the defaults, once they are laid under all pipelines.
func (d *defaulter) report() diag.List {
	for _, file := range d.files {
		for _, entry := range file.entries {
			if !entry.matched {
				d.unmatched(file, entry)
				continue
			}
			for _, e := range entry.Set.Entries {
				d.checkField(entry, e)
			}
		}
	}
	return d.findings
}

// unmatched reports a default without a node.
func (d *defaulter) unmatched(file *defaultsFile, entry *reach) {
	if kind := entry.Match.Kind; kind.IsSet() {
		d.findings.Errorf(CodeDefaultsUnmatched, kind.Pos, "the default matches nothing: no pipeline%s has such a node of kind `%s`", file.below(), kind.V).
			WithHint("remove it, or put it into a folder above the pipelines that it is for")
		return
	}
	found := d.findings.Errorf(CodeDefaultsUnmatched, entry.Pos, "the default matches no node of any pipeline%s", file.below())
	if len(entry.Match.Labels) > 0 {
		found.Pos = entry.Match.Labels[0].Key.Pos
		var pipelines []labelled
		for _, doc := range d.pipelines {
			pipelines = append(pipelines, labelled{doc.Name.V, labelsOf(doc)})
		}
		hintLabels(found, pipelines, entry.Match.Labels)
		return
	}
	found.WithHint("put it into a folder above the pipelines that it is for")
}

// below says in words where the pipelines lie that the defaults are for.
func (f *defaultsFile) below() string {
	if f.folder == "." {
		return ""
	}
	return " in `" + f.folder + "`"
}

// checkField reports a field of a default that reaches nothing, or that gives nothing.
func (d *defaulter) checkField(entry *reach, e schema.Entry) {
	r := entry.fields[e.Key]
	switch {
	case !r.exists:
		d.findings.Errorf(CodeDefaultsUnmatched, e.KeyPos, "`%s` is a field of none of the nodes that the default matches", e.Key).
			WithHint("remove it, or match a kind that has it").
			WithRelated(entry.Pos, "the default begins here, with what it matches")
		return
	case e.Key == fieldInputs || e.Key == fieldOutputs:
		if missing := d.checkPorts(entry, e); missing {
			return
		}
	}
	if !r.applied {
		found := d.findings.Warnf(CodeDefaultsIdle, e.KeyPos, "nothing gets `%s` from this default: each node that it matches has a value of its own, or of a nearer default", e.Key).
			WithHint("remove it, or remove what the nodes say themselves")
		if r.other.IsValid() {
			found.WithRelated(r.other, "one of them has it here")
		}
	}
}

// checkPorts reports ports that no node has; true when there are such.
func (d *defaulter) checkPorts(entry *reach, e schema.Entry) bool {
	missing := slices.DeleteFunc(slices.Clone(e.Value.Items), func(item *schema.Node) bool { return entry.items[item] })
	for _, item := range missing {
		pos := item.Pos
		if name := item.Get("name"); name != nil {
			pos = name.Pos
		}
		d.findings.Errorf(CodeDefaultsUnmatched, pos, "the default matches none of the %s: no node has one named `%s`", e.Key, itemName(item)).
			WithHint("a default adds no %s: give the name of one that a node has", e.Key)
	}
	return len(missing) > 0
}
