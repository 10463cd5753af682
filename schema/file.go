package schema

import (
	"bytes"
	"path/filepath"
	"slices"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// file is one file of a project and what it gives.
type file struct {
	// path is absolute, name is what positions call it.
	path, name string
	// isNamed says that the file was named, rather than found in a folder.
	isNamed bool
	data    []byte
	// unreadable says why a file that a document names could not be read.
	unreadable error
	docs       []*Document
	findings   diag.List
}

// parse reads the text of the file. What other tools keep in a folder is passed over.
func (f *file) parse(data []byte) {
	f.data, f.docs, f.findings = data, nil, nil
	mentioned := bytes.Contains(data, []byte(Group+"/"))
	if !f.isNamed && !mentioned && !bytes.Contains(data, []byte("kind")) {
		return
	}
	trees, faults := parseTrees(f.name, data)
	if f.isNamed || mentioned {
		f.findings = faults
	}
	ours := slices.ContainsFunc(trees, func(t tree) bool { return claimed(t.root) })
	for _, t := range trees {
		if foreign(t.root) && (ours || !f.isNamed) || !ours && !f.isNamed && (t.root != nil || !mentioned) {
			continue
		}
		f.findings = append(f.findings, t.findings...)
		if t.root == nil || t.root.Kind == Null {
			continue
		}
		if doc := newDocument(t.root, &f.findings); doc != nil {
			f.docs = append(f.docs, doc)
		}
	}
	if f.isNamed && len(f.docs) == 0 && !f.findings.HasErrors() {
		f.findings.Errorf(CodeDocumentNone, diag.Pos{File: f.name, Line: 1, Col: 1}, "the file holds no document of pipelinectl").
			WithHint("a document begins with `apiVersion: %s`", APIVersion)
	}
}

// gather fills the project with what its files give, and returns all that was found in reading it.
func (p *Project) gather() diag.List {
	p.Documents, p.Sources = nil, map[string][]byte{}
	for _, f := range p.files {
		for _, doc := range f.docs {
			own := *doc // the project that this one is a mended copy of has the same files
			own.Source = relative(p.folder, f.path)
			p.Documents = append(p.Documents, &own)
		}
	}
	slices.SortStableFunc(p.Documents, func(a, b *Document) int { return a.Pos.Compare(b.Pos) })
	parts := p.attach(p.Documents)
	findings := slices.Concat(p.early, parts.findings)
	for _, f := range p.files {
		switch part := parts.attached[f.path]; {
		case part != nil: // what it lacks to be a document of ours is no fault
			p.Sources[f.name] = f.data
			findings = append(findings, part.findings...)
		case len(f.docs)+len(f.findings) > 0:
			p.Sources[f.name] = f.data
			findings = append(append(findings, f.findings...), p.checkProjectKind(f)...)
		}
	}
	return findings
}

// Mended gives the project as it would be with other texts, by the name of their file in positions, and what is found in
// reading it. The files stay those that Load found; a text of another is left out.
func (p *Project) Mended(texts map[string][]byte) (*Project, diag.List) {
	out := *p
	out.files = slices.Clone(p.files)
	for i := range out.files {
		f := &out.files[i]
		text, changed := texts[f.name]
		if !changed {
			continue
		}
		f.parse(text)
		if out.isOwn(*f) {
			out.Settings = Settings{Sources: []Value[string]{{V: "."}}}
			out.Settings.read(f.docs)
		}
	}
	return &out, out.gather()
}

// Path gives the path of a file that positions call by a name, and whether it is one of the project.
func (p *Project) Path(name string) (string, bool) {
	i := slices.IndexFunc(p.files, func(f file) bool { return f.name == name })
	if i < 0 {
		return "", false
	}
	return p.files[i].path, true
}

// isOwn says whether a file is the project's own, which says where the others are.
func (p *Project) isOwn(f file) bool { return f.path == filepath.Join(p.folder, ProjectFileName) }

// checkProjectKind reports a document of kind Project outside the project's file, and a project's file without one.
func (p *Project) checkProjectKind(f file) diag.List {
	var findings diag.List
	var first *Document
	for _, doc := range f.docs {
		switch {
		case doc.Kind != KindProject:
		case !p.isOwn(f):
			findings.Errorf(CodeProjectFile, doc.KindPos, "a document of kind %s stands in the file %s at the project's root", KindProject, ProjectFileName).
				WithHint("for the project of another folder, give that folder as the path")
		case first != nil:
			findings.Errorf(CodeProjectFile, doc.KindPos, "a project has one document of kind %s", KindProject).
				WithRelated(first.KindPos, "the first one is here")
		default:
			first = doc
		}
	}
	if p.isOwn(f) && first == nil && !f.findings.HasErrors() {
		findings.Errorf(CodeProjectFile, diag.Pos{File: f.name, Line: 1, Col: 1}, "the file holds no document of kind %s", KindProject).
			WithHint("add `apiVersion: %s` and `kind: %s`", APIVersion, KindProject)
	}
	return findings
}
