package schema

import (
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// APIVersion is the apiVersion of the documents that are read.
const APIVersion = Group + "/v1alpha1"

// Group is the part of APIVersion that makes a document ours, whatever its version.
const Group = "pipelinectl.dev"

// The kinds of documents.
const (
	KindDefaults    = "Defaults"
	KindEnvironment = "Environment"
	KindPipeline    = "Pipeline"
	KindProject     = "Project"
)

func documentKinds() []string {
	return []string{KindDefaults, KindEnvironment, KindPipeline, KindProject}
}

// Document is one YAML document of ours: its apiVersion and kind are known to be good, the rest is not yet checked.
type Document struct {
	APIVersion string
	Kind       string
	KindPos    diag.Pos
	// Name is metadata.name; not set when it is absent or not a string.
	Name Value[string]
	// Pos is where the document begins.
	Pos  diag.Pos
	Root *Node
	// Source is the file's path relative to the project's root, with forward slashes. Load sets it; after Parse it is
	// the name that Parse was given.
	Source string
	// Attachments are the files that the document names under extras and that can serve, by the path as written. Load
	// sets them; a document that Parse gives has none.
	Attachments map[string]*Attachment
}

// Parse reads the documents of one file; file is its name in positions. It reports all that keeps the text from being
// documents of ours, and returns the documents that are, even beside findings. A missing metadata.name is left to
// Set.Validate. Parse never panics, and its time and memory are bounded for any bytes.
func Parse(file string, data []byte) ([]*Document, diag.List) {
	trees, list := parseTrees(file, data)
	var docs []*Document
	for _, t := range trees {
		list = append(list, t.findings...)
		if t.root == nil || t.root.Kind == Null {
			continue
		}
		if doc := newDocument(t.root, &list); doc != nil {
			doc.Source = file
			docs = append(docs, doc)
		}
	}
	return docs, list
}

// newDocument reads the envelope of a tree; nil when it is not one of ours, which is then reported.
func newDocument(root *Node, list *diag.List) *Document {
	if root.Kind != Map {
		list.Errorf(CodeDocumentKind, root.Pos, "a document is a map with apiVersion, kind, metadata and spec, found %s", describe(root))
		return nil
	}
	version, versionOK := root.Get("apiVersion"), false
	switch {
	case version == nil:
		lacks(list, CodeDocumentVersion, root, "apiVersion").WithHint("add `apiVersion: %s`", APIVersion)
	case version.Kind == String && version.Text == APIVersion:
		versionOK = true
	default:
		unknownVersion(list, version)
	}
	kind := root.Entry("kind")
	if kind == nil {
		lacks(list, CodeDocumentKind, root, "kind").WithHint("add `kind: ...`, which is one of %s", strings.Join(documentKinds(), ", "))
		return nil
	}
	if !validKind(kind.Value, list) || !versionOK {
		return nil
	}
	doc := &Document{APIVersion: version.Text, Kind: kind.Value.Text, KindPos: kind.Value.Pos, Pos: root.Pos, Root: root}
	if name := root.Get("metadata").Get("name"); name != nil && name.Kind == String {
		doc.Name = Value[string]{V: name.Text, Pos: name.Pos}
	}
	return doc
}

// lacks reports a field of the envelope that is absent, where it was most likely meant to stand.
func lacks(list *diag.List, code diag.Code, root *Node, field string) *diag.Diagnostic {
	for _, e := range root.Entries[:min(len(root.Entries), maxCompared)] {
		if Nearest(e.Key, []string{field}) != "" {
			d := list.Errorf(code, e.KeyPos, "the document lacks `%s`; did you mean it by `%s`?", field, clip(e.Key)).WithPath(field)
			if old, ok := e.form.written(e.Key); ok {
				d.WithMend(e.KeyPos, old, e.form.rewritten(field))
			}
			return d
		}
	}
	return list.Errorf(code, root.Pos, "the document lacks `%s`", field).WithPath(field)
}

func validKind(kind *Node, list *diag.List) bool {
	if kind.Kind != String {
		list.Errorf(CodeDocumentKind, kind.Pos, "`kind` must be a string, found %s", describe(kind)).WithPath("kind")
		return false
	}
	if slices.Contains(documentKinds(), kind.Text) {
		return true
	}
	d := list.Errorf(CodeDocumentKind, kind.Pos, "unknown kind `%s`", clip(kind.Text)).WithHint("the kinds are %s", strings.Join(documentKinds(), ", ")).WithPath("kind")
	if near, unique := nearest(kind.Text, documentKinds()); near != "" {
		d.Message += "; did you mean `" + near + "`?"
		if unique {
			rewrite(d, kind, near)
		}
	}
	return false
}

// aVersion is the name of a version of an API, as Kubernetes has them.
var aVersion = lazy(`^v[1-9][0-9]*((alpha|beta)[1-9][0-9]*)?$`)

// unknownVersion reports an apiVersion that is not read. A slip of the pen is mended, another version is not: it would
// be another language.
func unknownVersion(list *diag.List, version *Node) {
	if version.Kind != String {
		list.Errorf(CodeDocumentVersion, version.Pos, "`apiVersion` must be a string, found %s", describe(version)).WithHint("write `%s`", APIVersion).WithPath("apiVersion")
		return
	}
	d := list.Errorf(CodeDocumentVersion, version.Pos, "unknown apiVersion `%s`", clip(version.Text)).WithHint("write `%s`", APIVersion).WithPath("apiVersion")
	_, name, _ := strings.Cut(version.Text, "/")
	if Nearest(version.Text, []string{APIVersion}) != "" && (!aVersion().MatchString(name) || Group+"/"+name == APIVersion) {
		rewrite(d, version, APIVersion)
	}
}

// claimed says whether a tree wants to be a document of ours: its apiVersion is of our group, or nearly; or, where there
// is none or it names no group, it has a kind and the fields of our documents. Of Kubernetes' own kinds none is so called.
func claimed(root *Node) bool {
	version := root.Get("apiVersion")
	if version == nil || version.Kind == String && !strings.Contains(version.Text, "/") {
		kind, named := root.Get("kind"), root.Get("metadata") != nil
		return kind != nil && (kind.Text == KindPipeline && named || kind.Text == KindEnvironment && named || kind.Text == KindDefaults) && root.Get("spec") != nil
	}
	group, _, _ := strings.Cut(version.Text, "/")
	return strings.EqualFold(group, Group) || Nearest(version.Text, []string{APIVersion}) != "" && Nearest(group, []string{Group}) != ""
}

// foreign says whether a tree says that it is another tool's.
func foreign(root *Node) bool { return root.Get("apiVersion") != nil && !claimed(root) }
