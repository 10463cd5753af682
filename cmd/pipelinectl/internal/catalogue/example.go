package catalogue

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Example is a project as the files of a folder, sorted by name, and possibly a script.
type Example []txtar.File

// Script gives the script of testscript that shows what a command says about the project, where compiling it does not.
func (x Example) Script() (string, bool) {
	script := x.data(scriptName)
	return string(script), script != nil
}

// Project gives the files without the script.
func (x Example) Project() Example {
	return slices.DeleteFunc(slices.Clone(x), func(f txtar.File) bool { return f.Name == scriptName })
}

// data gives the bytes of a file, nil when there is no such file.
func (x Example) data(name string) []byte {
	i := slices.IndexFunc(x, func(f txtar.File) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return x[i].Data
}

// Compile gives the findings of an example taken as a whole project, as `validate` would, and the bytes of its files by
// the names in positions. A folder is made for it and removed again; the error is for what the file system refuses.
func (c *Catalogue) Compile(x Example, kinds []compiler.Kind) (findings diag.List, sources map[string][]byte, err error) {
	dir, err := os.MkdirTemp("", "pipelinectl-example-")
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if gone := os.RemoveAll(dir); err == nil {
			err = gone
		}
	}()
	settings := filepath.Join(dir, schema.ProjectFileName)
	if err := txtar.Write(&txtar.Archive{Files: x.withSettings()}, dir); err != nil {
		return nil, nil, err
	}
	project, findings, err := schema.Load([]string{settings})
	if err != nil {
		return nil, nil, err
	}
	if !findings.Blocks() {
		program, more := compiler.Compile(project.Documents, kinds)
		findings = append(findings, emit.Check(program, more)...)
	}
	findings = project.Weigh(findings, c.Codes)
	sources = map[string][]byte{}
	for name, data := range project.Sources {
		sources[within(project.Root, name)] = data
	}
	return relocate(findings, project.Root), sources, nil
}

// withSettings gives the example's files with a project's settings, which keep it apart from a project around the folder
// that it is written to.
func (x Example) withSettings() []txtar.File {
	files := x.Project()
	if files.data(schema.ProjectFileName) != nil {
		return files
	}
	text := "apiVersion: " + schema.APIVersion + "\nkind: " + schema.KindProject + "\n"
	return append(files, txtar.File{Name: schema.ProjectFileName, Data: []byte(text)})
}

// relocate gives the findings with files named as in the example.
func relocate(list diag.List, root string) diag.List {
	out := slices.Clone(list)
	for i := range out {
		d := &out[i]
		d.Pos.File = within(root, d.Pos.File)
		d.Related, d.Mends = slices.Clone(d.Related), slices.Clone(d.Mends)
		for j := range d.Related {
			d.Related[j].Pos.File = within(root, d.Related[j].Pos.File)
		}
		for j := range d.Mends {
			d.Mends[j].Pos.File = within(root, d.Mends[j].Pos.File)
		}
	}
	return out
}

func within(root, file string) string { return strings.TrimPrefix(file, root+"/") }
