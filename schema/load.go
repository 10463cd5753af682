package schema

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// ProjectFileName is the file whose folder is a project's root.
const ProjectFileName = "pipelinectl.yaml"

// Load reads the project that the paths (files or folders; none means the current folder) belong to: that of the
// nearest folder above with a ProjectFileName, else exactly the paths. Folders are walked for *.yaml and *.yml; hidden
// ones, node_modules, vendor and the output are left out, symbolic links to folders are not followed, and files of
// other tools are passed over. A file that is named holds at least one document of ours.
//
// The error is for what cannot be read at all: a path that does not exist, paths of two projects (TwoProjectsError).
func Load(paths []string) (*Project, diag.List, error) { return load(paths, true) }

// LoadFound is Load for files that nobody chose, such as all that a commit changes: like those found in a folder, they
// may be another tool's.
func LoadFound(paths []string) (*Project, diag.List, error) { return load(paths, false) }

func load(paths []string, named bool) (*Project, diag.List, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	here, err := filepath.Abs(".")
	if err != nil {
		return nil, nil, err
	}
	l := loader{naming: newNaming(here, paths), root: here, files: map[string]bool{}}
	if err := l.findRoot(paths); err != nil {
		return nil, nil, err
	}
	p := &Project{Root: l.name(l.root), naming: l.naming, folder: l.root}
	p.Settings.Sources = []Value[string]{{V: "."}}
	if l.found {
		if err := l.readSettings(&p.Settings); err != nil {
			return nil, nil, err
		}
		if err := l.addSources(p.Settings.Sources); err != nil {
			return nil, nil, err
		}
		l.reportAside(p.Settings.Sources)
	}
	for _, path := range paths {
		if err := l.add(path, named); err != nil {
			return nil, nil, err
		}
	}
	p.early = l.findings
	if p.files, err = l.read(); err != nil {
		return nil, nil, err
	}
	findings := p.gather()
	if p.readAttached() {
		findings = p.gather()
	}
	return p, findings, nil
}

// TwoProjectsError is the error of Load for paths that belong to different projects.
type TwoProjectsError struct {
	// Path and Root are one path and the root of its project, OtherPath and OtherRoot another.
	Path, Root, OtherPath, OtherRoot string
}

// Error implements error.
func (e *TwoProjectsError) Error() string {
	return fmt.Sprintf("%s belongs to the project in %s, %s to the one in %s: give paths of one project", e.Path, e.Root, e.OtherPath, e.OtherRoot)
}

// loader gathers the files of a project.
type loader struct {
	naming
	// root is the folder of the project, or the current one when none is found. It is absolute, and so are output ("" for
	// none) and the names of files. A file's value says that it was named, rather than found in a folder.
	root, output string
	found        bool
	files        map[string]bool
	findings     diag.List
}

// findRoot sets the root: the folder of the nearest ProjectFileName above the paths.
func (l *loader) findRoot(paths []string) error {
	first := ""
	for _, path := range paths {
		above, ok, err := Root(path)
		switch {
		case err != nil:
			return err
		case ok && l.found && above != l.root:
			return &TwoProjectsError{Path: first, Root: l.name(l.root), OtherPath: path, OtherRoot: l.name(above)}
		case ok && !l.found:
			l.root, l.found, first = above, true, path
		}
	}
	return nil
}

// Root gives the project's root that a file or folder belongs to: the nearest folder from there upwards with a
// ProjectFileName, absolute; false when there is none. The error is for a path that cannot be read.
func Root(path string) (string, bool, error) {
	dir, err := filepath.Abs(path)
	if err != nil {
		return "", false, err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return "", false, err
	}
	if !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	for {
		if isProject(dir) {
			return dir, true, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false, nil
		}
		dir = parent
	}
}

func isProject(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, ProjectFileName))
	return err == nil && info.Mode().IsRegular()
}

// readSettings reads the project's own file, before its sources are known. Its findings come when all files are parsed.
func (l *loader) readSettings(s *Settings) error {
	file := filepath.Join(l.root, ProjectFileName)
	l.files[file] = true
	data, err := readFile(file)
	if err != nil {
		return err
	}
	docs, _ := Parse(l.name(file), data)
	s.read(docs)
	if s.Output.V != "" {
		l.output = filepath.Join(l.root, filepath.FromSlash(s.Output.V))
	}
	return nil
}

// read reads the Project among the documents of the project's own file. Its findings are the schema's to report.
func (s *Settings) read(docs []*Document) {
	i := slices.IndexFunc(docs, func(d *Document) bool { return d.Kind == KindProject })
	if i < 0 {
		return
	}
	if spec := docs[i].Root.Get("spec"); spec != nil {
		Decode(spec, s)
	}
	s.Pos = docs[i].Pos
	if len(s.Sources) == 0 {
		s.Sources = []Value[string]{{V: "."}}
	}
}

// read reads and parses all files, side by side, in their order.
func (l *loader) read() ([]file, error) {
	names := slices.Sorted(maps.Keys(l.files))
	out := make([]file, len(names))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, path := range names {
		group.Go(func() error {
			data, err := readFile(path)
			if err != nil {
				return err
			}
			out[i] = file{path: path, name: l.name(path), isNamed: l.files[path]}
			out[i].parse(data)
			return nil
		})
	}
	return out, group.Wait()
}

// errNotFile is what is neither a file nor a folder, such as a socket: reading it might never end.
var errNotFile = errors.New("neither a file nor a folder")
