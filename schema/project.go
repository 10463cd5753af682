package schema

import (
	"path/filepath"
	"slices"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Project is everything that one command reads.
type Project struct {
	// Root is the folder that sources are relative to: that of the ProjectFileName, else the current one. It is written as
	// files are in positions: with forward slashes, relative to the current folder; but absolute, as all that lies outside
	// that folder, where a path given was.
	Root     string
	Settings Settings
	// Strict counts every warning as an error, as AllWarnings among the settings does.
	Strict bool
	// Documents are those of all files, by file and position.
	Documents []*Document
	// Sources holds the bytes of each file that was parsed, by the name in positions.
	Sources map[string][]byte

	naming naming
	// folder is Root, absolute; files are those read, in order; early is what was found before they were.
	folder string
	files  []file
	early  diag.List
}

// Settings are what the document of kind Project says.
type Settings struct {
	// Sources are the files, folders and globs that hold the project's documents, relative to Root; never empty.
	Sources []Value[string] `yaml:"sources"`
	// Output is the folder that build writes to, relative to Root; empty when nothing says it.
	Output Value[string] `yaml:"output"`
	// Layout says how the output folder is laid out, in a word of the schema; empty when nothing says it.
	Layout Value[string] `yaml:"layout"`
	// Warnings says what becomes of warnings.
	Warnings Warnings `yaml:"warnings"`
	// Pos is where the document begins; not valid when there is none.
	Pos diag.Pos
}

// Warnings says what becomes of the findings that are warnings.
type Warnings struct {
	// Errors are the codes of those that count as errors; AllWarnings stands for every one.
	Errors []Value[string] `yaml:"errors"`
	// Silenced are the codes of those that are not reported.
	Silenced []Value[string] `yaml:"silenced"`
}

// AllWarnings is the word that stands for every code in Warnings.Errors.
const AllWarnings = "all"

// Reported gives those findings of a list that concern the paths that Load was given: their place, or a related one, is
// in one of them, in a file that a document there names, in the project's file, or nowhere. With the project's root among
// the paths, or no project file, that is all of them.
func (p *Project) Reported(list diag.List, paths []string) diag.List {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	if !p.Settings.Pos.IsValid() || p.Holds(paths, p.Root) {
		return list
	}
	named := map[string]bool{}
	for _, doc := range p.Documents {
		if len(doc.Attachments) > 0 && p.Holds(paths, doc.Pos.File) {
			for _, part := range doc.Attachments {
				named[part.file] = true
			}
		}
	}
	concerned := func(pos diag.Pos) bool {
		return pos.File == "" || pos.File == p.Settings.Pos.File || named[pos.File] || p.Holds(paths, pos.File)
	}
	var out diag.List
	for _, d := range list {
		if concerned(d.Pos) || slices.ContainsFunc(d.Related, func(r diag.Related) bool { return concerned(r.Pos) }) {
			out = append(out, d)
		}
	}
	return out
}

// Holds says whether a file, called as in positions, is one of the paths that Load was given or below one.
func (p *Project) Holds(paths []string, file string) bool {
	file = p.naming.path(file)
	return slices.ContainsFunc(paths, func(path string) bool {
		path, err := filepath.Abs(path)
		return err == nil && filepath.IsLocal(relative(path, file))
	})
}
