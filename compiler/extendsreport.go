package compiler

import (
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// report gives what is wrong with the names that environments extend.
func (in inheritance) report() diag.List {
	var findings diag.List
	walked := map[*schema.Document]bool{}
	used := map[string]bool{}
	for _, doc := range in.all {
		parent := extended(doc)
		if parent == nil {
			continue
		}
		used[parent.Text] = true
		if in.parent(doc) == nil {
			in.unknown(doc, parent, &findings)
		} else if cycle := in.cycle(doc, walked); cycle != nil {
			reportExtendsCycle(cycle, &findings)
		}
	}
	for _, doc := range in.all {
		if IsAbstract(doc) && !used[doc.Name.V] {
			findings.Warnf(CodeAbstractUnused, doc.Name.Pos, "no environment extends `%s`, which is abstract: nothing is built of it", doc.Name.V).
				WithHint("extend it, as in `extends: %s`, or remove `abstract`", doc.Name.V)
		}
	}
	return findings
}

// cycle gives the circle that an environment leads into, nil where it leads into none, or only by those that were walked
// already.
func (in inheritance) cycle(doc *schema.Document, walked map[*schema.Document]bool) []*schema.Document {
	var path []*schema.Document
	for ; doc != nil && !walked[doc]; doc = in.parent(doc) {
		walked[doc] = true
		path = append(path, doc)
	}
	if i := slices.Index(path, doc); i >= 0 {
		return path[i:]
	}
	return nil
}

func (in inheritance) unknown(doc *schema.Document, parent *schema.Node, findings *diag.List) {
	d := findings.Errorf(CodeExtendsUnknown, parent.Pos, "environment `%s` extends `%s`, which is not there", doc.Name.V, parent.Text)
	var names []string
	for _, other := range in.all {
		if other != doc {
			names = append(names, other.Name.V)
		}
	}
	slices.Sort(names)
	if near := schema.Nearest(parent.Text, names); near != "" {
		d.WithHint("did you mean `%s`?", near).WithRelated(in.byName[near].Name.Pos, "`%s` is declared here", near)
	} else if len(names) > 0 {
		d.WithHint("the environments are `%s`", strings.Join(names[:min(len(names), maxKnown)], "`, `"))
	}
}

func reportExtendsCycle(cycle []*schema.Document, findings *diag.List) {
	if len(cycle) == 1 {
		findings.Errorf(CodeExtendsCycle, extended(cycle[0]).Pos, "environment `%s` extends itself", cycle[0].Name.V).
			WithHint("remove `extends`, or name another environment")
		return
	}
	names := make([]string, 0, len(cycle)+1)
	for _, doc := range cycle {
		names = append(names, doc.Name.V)
	}
	names = append(names, cycle[0].Name.V)
	d := findings.Errorf(CodeExtendsCycle, extended(cycle[0]).Pos, "environments extend one another in a circle: %s", strings.Join(names, " -> ")).
		WithHint("remove one `extends` of them")
	for _, doc := range cycle[1:] {
		d.WithRelated(extended(doc).Pos, "`%s` extends `%s` here", doc.Name.V, extended(doc).Text)
	}
}
