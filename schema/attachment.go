package schema

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Attachment is a file of Kubernetes' objects, or of a patch on some, that a pipeline names under extras. It is part of
// each document that names it, and never a document itself.
type Attachment struct {
	// Source is the file's path relative to the project's root, with forward slashes.
	Source string
	// Roots are its YAML documents, without the empty ones.
	Roots []*Node
	// file is what positions call it.
	file string
}

// CodeExtrasFile is a file that a pipeline names under extras and that cannot serve: it is not there, lies outside the
// project, or holds something else.
const CodeExtrasFile diag.Code = "extras-file"

// extrasFiles gives the paths under spec.extras of a pipeline's document, as written: those of files of objects, and
// those of files that hold a patch each. Paths of the wrong form are left out: they are the schema's to report.
func (d *Document) extrasFiles() (objects, patches []*Node) {
	if d.Kind != KindPipeline {
		return nil, nil
	}
	extras := d.Root.Get("spec").Get("extras")
	if list := extras.Get("files"); list != nil {
		objects = slices.Clone(list.Items)
	}
	if list := extras.Get("patches"); list != nil {
		for _, item := range list.Items {
			if at := item.Get("file"); at != nil {
				patches = append(patches, at)
			}
		}
	}
	unusable := func(n *Node) bool { return n.Kind != String || n.Text == "" }
	return slices.DeleteFunc(objects, unusable), slices.DeleteFunc(patches, unusable)
}

// beside gives the path of a file that a document names, absolute like the project's folder, and the folder that it must
// lie in: the project's, or for a document outside of that the document's own.
func (p *Project) beside(doc *Document, name string) (bound, file string) {
	own := filepath.Join(p.folder, filepath.FromSlash(path.Dir(doc.Source)))
	bound = p.folder
	if !filepath.IsLocal(filepath.FromSlash(doc.Source)) {
		bound = own
	}
	return bound, filepath.Join(own, filepath.FromSlash(name))
}

// readAttached reads the files that documents name, and says whether there are any: those that are not among the project's
// files yet join them.
func (p *Project) readAttached() bool {
	known := make(map[string]int, len(p.files))
	for i, f := range p.files {
		known[f.path] = i
	}
	read := map[string]bool{}
	for _, doc := range p.Documents {
		objects, patches := doc.extrasFiles()
		for _, n := range slices.Concat(objects, patches) {
			bound, at := p.beside(doc, n.Text)
			if read[at] || !filepath.IsLocal(relative(bound, at)) {
				continue
			}
			read[at] = true
			data, err := readWithin(bound, at)
			i, isKnown := known[at]
			switch {
			case isKnown: // as a source of the project it may be a link to anywhere, but not as a part of a document
				p.files[i].unreadable = err
			case !errors.Is(err, fs.ErrNotExist):
				p.files = append(p.files, file{path: at, name: p.naming.name(at), data: data, unreadable: err})
			}
		}
	}
	return len(read) > 0
}

// readWithin reads a regular file below a folder, and follows no symbolic link out of it.
func readWithin(folder, file string) ([]byte, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	data, err := readRegular(root, relative(folder, file))
	return data, errors.Join(err, root.Close())
}

func readRegular(root *os.Root, name string) ([]byte, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNoRegularFile // to open one may wait for ever
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	return readOpen(f)
}

var errNoRegularFile = errors.New("it is no regular file")
