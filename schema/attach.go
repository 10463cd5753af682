package schema

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// attaching gives documents the files that they name.
type attaching struct {
	project *Project
	// files are those of the project, attached those that some document has, both by path.
	files    map[string]*file
	attached map[string]*attached
	findings diag.List
}

// attached is a file as an Attachment, with what was found in reading it. ours is a document of ours in it.
type attached struct {
	Attachment
	ours     *Node
	findings diag.List
}

// attach gives each document the files that it names.
func (p *Project) attach(docs []*Document) *attaching {
	a := &attaching{project: p, files: make(map[string]*file, len(p.files)), attached: map[string]*attached{}}
	for i := range p.files {
		a.files[p.files[i].path] = &p.files[i]
	}
	for _, doc := range docs {
		objects, patches := doc.extrasFiles()
		for _, n := range objects {
			a.add(doc, n)
		}
		for _, n := range patches {
			if part := a.add(doc, n); part != nil && len(part.Roots) > 1 {
				a.findings.Errorf(CodeExtrasFile, n.Pos, "the file `%s` of a patch holds %d YAML documents", clip(n.Text), len(part.Roots)).
					WithHint("write one file for each patch").
					WithRelated(part.Roots[1].Pos, "the second one")
			}
		}
	}
	return a
}

// add gives a document one file, and returns it; nil for one that cannot serve, which is reported.
func (a *attaching) add(doc *Document, n *Node) *attached {
	bound, at := a.project.beside(doc, n.Text)
	f := a.files[at]
	switch {
	case !filepath.IsLocal(relative(bound, at)):
		a.findings.Errorf(CodeExtrasFile, n.Pos, "the file `%s` lies outside the project", clip(n.Text)).
			WithHint("a path is relative to the folder of this document: copy the file into the project")
		return nil
	case f == nil:
		a.findings.Errorf(CodeExtrasFile, n.Pos, "there is no file `%s`", clip(n.Text)).
			WithHint("%sa path is relative to the folder of this document", a.project.nearestTo(bound, at, n.Text))
		return nil
	case f.unreadable != nil:
		a.findings.Errorf(CodeExtrasFile, n.Pos, "the file `%s` cannot be read: %v", clip(n.Text), withoutPath(f.unreadable)).
			WithHint("it must be a file in the project, and no symbolic link out of it")
		return nil
	}
	part := a.attached[at]
	if part == nil {
		part = f.attached(relative(a.project.folder, at))
	}
	switch {
	case part.ours != nil:
		a.findings.Errorf(CodeExtrasFile, n.Pos, "the file `%s` holds a document of pipelinectl", clip(n.Text)).
			WithHint("name files of Kubernetes' objects here: documents of ours are found by the `sources` of the project").
			WithRelated(part.ours.Pos, "the document")
		return nil
	case len(part.Roots) == 0 && len(part.findings) == 0:
		a.findings.Errorf(CodeExtrasFile, n.Pos, "the file `%s` holds nothing", clip(n.Text)).
			WithHint("write an object into it, or remove it from the list")
		return nil
	}
	a.attached[at] = part
	if doc.Attachments == nil {
		doc.Attachments = map[string]*Attachment{}
	}
	doc.Attachments[n.Text] = &part.Attachment
	return part
}

// attached reads a file whose objects are another tool's.
func (f *file) attached(source string) *attached {
	trees, findings := parseTrees(f.name, f.data)
	out := &attached{Attachment: Attachment{Source: source, file: f.name}, findings: findings}
	for _, t := range trees {
		out.findings = append(out.findings, t.findings...)
		switch {
		case t.root == nil || t.root.Kind == Null:
		case claimed(t.root):
			out.ours = t.root
		default:
			out.Roots = append(out.Roots, t.root)
		}
	}
	return out
}

// nearestTo begins a hint with the name that was most likely meant by that of a file which is not there, if any is. It looks
// no further than the folder that the file must lie in; the texts of Read lie in none.
func (p *Project) nearestTo(bound, file, written string) string {
	if p.folder == "" {
		return ""
	}
	root, err := os.OpenRoot(bound)
	if err != nil {
		return ""
	}
	entries, err := fs.ReadDir(root.FS(), path.Dir(filepath.ToSlash(relative(bound, file))))
	if errors.Join(err, root.Close()) != nil {
		return ""
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	if near := Nearest(filepath.Base(file), names); near != "" {
		return "did you mean `" + path.Join(path.Dir(written), near) + "`? "
	}
	return ""
}

// withoutPath is an error of the file system less the path, which the message around it has.
func withoutPath(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	return err
}
