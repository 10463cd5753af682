package schema

import (
	"path/filepath"
	"slices"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Project is everything that one command reads.
type Project struct {
	// Root is the folder that sources are relative to: that of the ProjectFileName, else the current one. It is written
	// as positions are, relative to the current folder, with forward slashes.
	Root     string
	Settings Settings
	// Documents are those of all files, by file and position.
	Documents []*Document
	// Sources holds the bytes of each file that was parsed, by the name in positions.
	Sources map[string][]byte
	// here is the folder, absolute, that the names in positions are relative to.
	here string
}

// Settings are what the document of kind Project says.
type Settings struct {
	// Sources are the files, folders and globs that hold the project's documents, relative to Root; never empty.
	Sources []Value[string] `yaml:"sources"`
	// Output is the folder that build writes to, relative to Root; empty when nothing says it.
	Output Value[string] `yaml:"output"`
	// Pos is where the document begins; not valid when there is none.
	Pos diag.Pos
}

// relative gives a path relative to a folder, both absolute, with forward slashes. Relative to the current folder that
// is its name in positions.
func relative(folder, path string) string {
	if rel, err := filepath.Rel(folder, path); err == nil {
		path = rel
	}
	return filepath.ToSlash(path)
}

// Reported gives those findings of a list that concern the paths that Load was given: their place, or a related one, is
// in one of them, in the project's file, or nowhere. With the project's root among the paths, or no project file, that
// is all of them.
func (p *Project) Reported(list diag.List, paths []string) diag.List {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	paths = slices.Clone(paths)
	for i, path := range paths {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return list
		}
		if paths[i] = absolute; relative(p.here, absolute) == p.Root {
			return list
		}
	}
	if !p.Settings.Pos.IsValid() {
		return list
	}
	concerned := func(pos diag.Pos) bool {
		file := filepath.Join(p.here, filepath.FromSlash(pos.File))
		return pos.File == "" || pos.File == p.Settings.Pos.File || slices.ContainsFunc(paths, func(path string) bool {
			return filepath.IsLocal(relative(path, file))
		})
	}
	var out diag.List
	for _, d := range list {
		if concerned(d.Pos) || slices.ContainsFunc(d.Related, func(r diag.Related) bool { return concerned(r.Pos) }) {
			out = append(out, d)
		}
	}
	return out
}
