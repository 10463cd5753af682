package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// workspace is the project that a command works on: all of it compiled, some of it named by the paths given.
type workspace struct {
	project *schema.Project
	// paths are those given, or the project's root.
	paths []string
	// layout is that of the trees that are made: what --layout says where the verb has it, else the project.
	layout   emit.Layout
	compiler *compiler.Compiler
	program  *compiler.Program
	findings diag.List
}

// open loads and compiles the project around paths. Findings are the caller's to report.
func open(f *Factory, cmd *cobra.Command, paths []string) (*workspace, error) {
	w, err := load(cmd, paths)
	if err != nil {
		return nil, err
	}
	w.compile(compiler.New(f.Kinds()))
	return w, nil
}

// compile compiles the documents, if they can be, and weighs what was found: so every verb sees the same findings.
func (w *workspace) compile(c *compiler.Compiler) {
	w.compiler = c
	if !w.findings.Blocks() {
		program, findings := c.Compile(w.project.Documents)
		w.program = program
		w.findings = append(w.findings, emit.Check(program, findings)...)
	}
	if !w.findings.Blocks() {
		w.findings = append(w.findings, w.layout.Check(w.program.Project)...)
	}
	w.findings = w.project.Weigh(w.findings, func() []diag.Code { return NewCatalogue().Codes() })
}

// load reads the documents only.
func load(cmd *cobra.Command, paths []string) (*workspace, error) {
	if len(paths) == 0 {
		root, ok, err := schema.Root(".")
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, &usageError{
				cmd: cmd, err: errors.New("no PATH given, and the current folder is in no project"),
				hint: "name files or folders, or make a project of the folder: a file `" + schema.ProjectFileName + "` with apiVersion and `kind: Project`",
			}
		}
		paths = []string{root}
	}
	project, findings, err := schema.Load(projectFiles(paths))
	if two, ok := errors.AsType[*schema.TwoProjectsError](err); ok {
		return nil, &usageError{cmd: cmd, err: two}
	}
	if path, missing := firstMissing(paths); errors.Is(err, fs.ErrNotExist) && missing {
		return nil, &usageError{cmd: cmd, err: fmt.Errorf("no file or folder `%s`", path), hint: nearestFile(path)}
	}
	if err != nil {
		return nil, err
	}
	if len(project.Documents)+len(findings) == 0 {
		return nil, &usageError{
			cmd: cmd, err: fmt.Errorf("no documents in %s", strings.Join(paths, ", ")),
			hint: "a document of ours begins with `apiVersion: " + schema.APIVersion + "`",
		}
	}
	project.Strict = isStrict(cmd)
	return &workspace{project: project, paths: paths, layout: layoutOf(cmd, project), findings: findings.Sorted()}, nil
}

// projectFiles gives paths with the root of a project replaced by the project's own file, which brings in what its
// sources name; the folder would bring in everything below it.
func projectFiles(paths []string) []string {
	out := slices.Clone(paths)
	for i, path := range out {
		file := filepath.Join(path, schema.ProjectFileName)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			out[i] = file
		}
	}
	return out
}

// firstMissing gives the first path that does not exist.
func firstMissing(paths []string) (string, bool) {
	i := slices.IndexFunc(paths, func(path string) bool {
		_, err := os.Stat(path)
		return errors.Is(err, fs.ErrNotExist)
	})
	if i < 0 {
		return "", false
	}
	return paths[i], true
}

// nearestFile is the hint for a path that does not exist: the name in its folder that is most like it, if any is.
func nearestFile(path string) string {
	dir, name := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		return ""
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	if near := schema.Nearest(name, names); near != "" {
		return "did you mean `" + dir + near + "`?"
	}
	return ""
}

// compiled opens the project for a verb that needs it whole and finds nothing more in it: the findings are printed, and
// an error among them, wherever it is, ends the verb.
func compiled(f *Factory, cmd *cobra.Command, paths []string, report reporter) (*workspace, error) {
	w, err := sound(f, cmd, paths, report)
	if err != nil {
		return nil, err
	}
	return w, report.print(w.warnings(), w.project.Sources)
}

// sound opens the project for a verb that needs it whole. An error among the findings, wherever it is, ends the verb,
// and they are printed; mere warnings are left to the caller, who may find more.
func sound(f *Factory, cmd *cobra.Command, paths []string, report reporter) (*workspace, error) {
	w, err := open(f, cmd, paths)
	if err != nil || !w.findings.HasErrors() {
		return w, err
	}
	if err := report.print(w.findings, w.project.Sources); err != nil {
		return nil, err
	}
	f.Streams.say("%s", summary(w.findings, len(w.project.Sources)))
	return nil, errFindings
}

// warnings are the findings of a sound project that concern the paths given.
func (w *workspace) warnings() diag.List { return w.project.Reported(w.findings, w.paths) }

// pipelines gives those that the paths name, at least one.
func (w *workspace) pipelines(cmd *cobra.Command) ([]*compiler.Pipeline, error) {
	var out []*compiler.Pipeline
	for _, pl := range w.program.Project.Pipelines {
		if w.project.Holds(w.paths, pl.Pos.File) {
			out = append(out, pl)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	usage := &usageError{cmd: cmd, err: fmt.Errorf("no pipeline in %s", strings.Join(w.paths, ", "))}
	if all := w.program.Project.Pipelines; len(all) > 0 {
		usage.hint = fmt.Sprintf("pipeline `%s` is in %s", all[0].Name.V, all[0].Pos.File)
	}
	return nil, usage
}
