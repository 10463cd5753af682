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
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// workspace is the project that a command works on: all of it compiled, some of it named by the paths given.
type workspace struct {
	project *schema.Project
	// paths are those given, or the project's root.
	paths    []string
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
		w.findings = append(w.findings, findings...)
	}
	w.findings = w.project.Weigh(w.findings, func() []diag.Code { return NewCatalogue().Codes() })
}

// load reads the documents only.
func load(cmd *cobra.Command, paths []string) (*workspace, error) {
	files := paths
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
		// The project's own file brings in what its sources name; the folder would bring in everything below it.
		paths, files = []string{root}, []string{filepath.Join(root, schema.ProjectFileName)}
	}
	project, findings, err := schema.Load(files)
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
	return &workspace{project: project, paths: paths, findings: findings.Sorted()}, nil
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

// graph gives the plan of a pipeline in an environment; empty: in none.
func (w *workspace) graph(cmd *cobra.Command, pipeline, environment string) (*compiler.Graph, error) {
	for _, g := range w.program.GraphsOf(pipeline) {
		if (g.Environment == nil && environment == "") || (g.Environment != nil && g.Environment.Name.V == environment) {
			return g, nil
		}
	}
	known := w.environments()
	usage := &usageError{cmd: cmd, err: fmt.Errorf("no environment `%s` in the project", environment), hint: didYouMean(environment, known)}
	switch {
	case len(known) == 0:
		usage.hint = noEnvironment
	case usage.hint == "":
		usage.hint = "the project has " + list(known)
	}
	return nil, usage
}

// checkEnvironment refuses an environment that is not given, or that the project lacks.
func checkEnvironment(cmd *cobra.Command, w *workspace, environment string) error {
	if environment != "" {
		pipelines, err := w.pipelines(cmd)
		if err == nil {
			_, err = w.graph(cmd, pipelines[0].Name.V, environment)
		}
		return err
	}
	usage := &usageError{cmd: cmd, err: errors.New("no environment given"), hint: noEnvironment}
	if known := w.environments(); len(known) > 0 {
		usage.hint = "add `--env " + known[0] + "`; the project has " + list(known)
	}
	return usage
}

// noEnvironment is the hint where a project has none.
const noEnvironment = "the project has none: add a document of kind Environment"

// environments are the names of all environments of the project, sorted.
func (w *workspace) environments() []string {
	var out []string
	for _, doc := range w.project.Documents {
		if doc.Kind == schema.KindEnvironment {
			out = append(out, doc.Name.V)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
