// Package scaffold owns what `init` writes: the files of a new project, embedded as they will stand, and the rules by
// which they are written. A file is a complete example of its own language; all that differs from project to project is
// three words in it (see words). The package must not know the command line, nor what the documents mean.
//
// Start reading at Plan, then look at the folder files.
package scaffold

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
)

//go:embed all:files
var embedded embed.FS

// None is the engine, and the CI, of a project that has none.
const None = "none"

// Templates are the names of the first pipelines to choose from, the default first.
func Templates() []string { return []string{"minimal", "http"} }

// Engines are the names of the GitOps engines to choose from, the default first.
func Engines() []string { return []string{None, "flux", "argocd"} }

// CIs are the names of the CI systems to choose from, the default first.
func CIs() []string { return []string{"github", "gitlab", None} }

// Project is what tells a new project from others.
type Project struct {
	// Name is the pipeline's; namespaces begin with it. See CheckName.
	Name string
	// Folder is where the project lies in its repository, with forward slashes; "." is the repository's root.
	Folder string
	// Template, Engine and CI are one each of Templates, Engines and CIs.
	Template, Engine, CI string
	// Version is that of the program, as Go's build information has it.
	Version string
}

// File is one file of a new project.
type File struct {
	// Path is relative to the repository's root, with forward slashes.
	Path string
	Text []byte
	// Common says that repositories have such a file for other ends too: one that is there already stays as it is, and
	// whoever reads it is told what Text would have added.
	Common bool
}

// layer is a folder of embedded files.
type layer struct {
	dir string
	// atRoot says that the files go into the repository's root rather than the project's folder.
	atRoot bool
	common bool
}

// layers are those of a project. Of a file that several have, the later ones hold what follows at its end.
func (p Project) layers() []layer {
	out := []layer{
		{dir: "project"},
		{dir: "templates/" + p.Template},
		{dir: "beside", common: true},
		{dir: "engines/" + p.Engine},
		{dir: "repository", atRoot: true, common: true},
	}
	if p.CI != None {
		out = append(out, layer{dir: "ci/" + p.CI, atRoot: true, common: true})
	}
	return out
}

// Plan gives the files of a project, by path.
func Plan(p Project) ([]File, error) {
	var out []File
	words := p.words()
	for _, l := range p.layers() {
		top := "files/" + l.dir
		err := fs.WalkDir(embedded, top, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := embedded.ReadFile(name)
			if err != nil {
				return err
			}
			file := words.Replace(strings.TrimPrefix(name, top+"/"))
			if !l.atRoot {
				file = path.Join(p.Folder, file)
			}
			out = add(out, File{Path: file, Text: []byte(words.Replace(string(text))), Common: l.common})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// add adds a file, or the end of one that is there.
func add(files []File, f File) []File {
	i := slices.IndexFunc(files, func(have File) bool { return have.Path == f.Path })
	if i < 0 {
		return append(files, f)
	}
	files[i].Text = slices.Concat(files[i].Text, f.Text)
	return files
}

// words replaces what stands in the embedded files for what they cannot know.
func (p Project) words() *strings.Replacer {
	inFolder := p.Folder + "/"
	if p.Folder == "." {
		inFolder = ""
	}
	return strings.NewReplacer(
		"my-project", p.Name,
		"my-folder/", inFolder,
		"my-folder", p.Folder,
		"my-version", revision(p.Version),
	)
}
