package compiler

import (
	"maps"
	"slices"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Fields of a pipeline's extras, and of a patch among them.
const (
	fieldExtras  = "extras"
	fieldObjects = "objects"
	fieldFiles   = "files"
	fieldPatches = "patches"
	fieldPatch   = "patch"
	fieldFile    = "file"
)

// withAttachments gives a pipeline whose extras are all in the document: what stood in a file stands where the file was
// named, and its positions stay those of the file. So no later phase knows of files. A document that names none is the
// same one.
func withAttachments(doc *schema.Document) (*schema.Document, diag.List) {
	spec := doc.Root.Get("spec")
	extras := spec.Get(fieldExtras)
	if extras == nil {
		return doc, nil
	}
	a := attaching{attachments: doc.Attachments}
	whole := *extras
	whole.Entries = slices.Clone(extras.Entries)
	a.objects(&whole)
	a.patches(&whole)
	if !a.changed {
		return doc, a.findings
	}
	changed := *spec
	changed.Entries = slices.Clone(spec.Entries)
	changed.Entry(fieldExtras).Value = &whole
	return withSpec(doc, &changed), a.findings
}

// attaching puts what files hold into extras.
type attaching struct {
	attachments map[string]*schema.Attachment
	changed     bool
	findings    diag.List
}

// objects puts those of all files behind those written.
func (a *attaching) objects(extras *schema.Node) {
	files := extras.Entry(fieldFiles)
	if files == nil {
		return
	}
	list := schema.Node{Kind: schema.List, Pos: files.Value.Pos}
	if objects := extras.Entry(fieldObjects); objects != nil {
		list = *objects.Value
		list.Items = slices.Clone(list.Items)
	}
	for _, at := range files.Value.Items {
		list.Items = append(list.Items, a.roots(at)...)
	}
	a.changed = true
	extras.Entries = slices.DeleteFunc(extras.Entries, func(e schema.Entry) bool { return e.Key == fieldFiles || e.Key == fieldObjects })
	extras.Entries = append(extras.Entries, schema.Entry{Key: fieldObjects, KeyPos: files.KeyPos, Value: &list})
}

// patches puts each that is in a file into the place of the file.
func (a *attaching) patches(extras *schema.Node) {
	patches := extras.Entry(fieldPatches)
	if patches == nil {
		return
	}
	list := *patches.Value
	list.Items = nil
	for _, item := range patches.Value.Items {
		at := item.Entry(fieldFile)
		if at == nil {
			list.Items = append(list.Items, item)
			continue
		}
		a.changed = true
		for _, root := range a.roots(at.Value) {
			whole := *item
			whole.Entries = slices.DeleteFunc(slices.Clone(item.Entries), func(e schema.Entry) bool { return e.Key == fieldFile })
			whole.Entries = append(whole.Entries, schema.Entry{Key: fieldPatch, KeyPos: at.KeyPos, Value: root})
			list.Items = append(list.Items, &whole)
		}
	}
	patches.Value = &list
}

// roots gives what the file holds that a path names.
func (a *attaching) roots(at *schema.Node) []*schema.Node {
	if file := a.attachments[at.Text]; file != nil {
		return file.Roots
	}
	a.findings.Errorf(schema.CodeExtrasFile, at.Pos, "the file `%s` is not there: this document was read by itself", at.Text).
		WithHint("read it as a part of a folder")
	return nil
}

// checkAttachedSecrets is CheckSecrets for the files that documents name, each file once.
func checkAttachedSecrets(docs []*schema.Document) diag.List {
	files := map[string]*schema.Attachment{}
	for _, doc := range docs {
		for _, file := range doc.Attachments {
			files[file.Source] = file
		}
	}
	var s secretScan
	for _, source := range slices.Sorted(maps.Keys(files)) {
		s.owner = "file `" + source + "`"
		for _, root := range files[source].Roots {
			s.value(fieldExtras, root)
		}
	}
	return s.findings
}
