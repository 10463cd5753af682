package compiler

import (
	"slices"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Layer makes documents whole that say only a part themselves: pipelines get what the files hold that their extras name,
// and what documents of kind Defaults say for their folder; environments what those say that they extend. Each value keeps
// its place. Documents of kind Defaults are left out of the result; a document that nothing is added to is the same one.
func Layer(docs []*schema.Document, kinds []Kind, set *schema.Set) ([]*schema.Document, diag.List) {
	d := newDefaulter(docs, kinds, set)
	in := newInheritance(docs, set)
	in.join()
	out := make([]*schema.Document, len(docs))
	findings := sideBySide(docs, func(i int, doc *schema.Document) (findings diag.List) {
		switch doc.Kind {
		case schema.KindPipeline:
			doc, findings = withAttachments(doc)
			filled, more := d.pipeline(doc)
			out[i], findings = filled, append(findings, more...)
		case schema.KindEnvironment:
			out[i], findings = in.environment(doc)
		case schema.KindDefaults:
		default:
			out[i] = doc
		}
		return findings
	})
	findings = append(append(findings, d.report()...), in.report()...)
	return slices.DeleteFunc(out, func(doc *schema.Document) bool { return doc == nil }), findings
}

// withSpec gives a document with another spec.
func withSpec(doc *schema.Document, spec *schema.Node) *schema.Document {
	out, root := *doc, *doc.Root
	root.Entries = slices.Clone(root.Entries)
	root.Entry("spec").Value = spec
	out.Root = &root
	return &out
}
