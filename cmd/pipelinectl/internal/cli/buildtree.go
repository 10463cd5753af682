package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
	"github.com/pipelinectl/pipelinectl/schema"
)

// build is a project compiled for one output folder.
type build struct {
	opts *buildOptions
	w    *workspace
	dir  string
	// built are the pipelines that the paths name, and tree is theirs.
	built []*compiler.Pipeline
	tree  emit.Tree
	// gone are the units that the folder has and the project has not; known only where the whole project is built.
	gone []emit.Unit
	// guarded is what the guard against destruction found.
	guarded refusal
	// killed are those where a build was killed while it wrote, whether they are being built or not.
	killed []emit.Unit
}

// compileTree compiles the pipelines named, and finds out which ones the output folder has beside them.
func compileTree(opts *buildOptions, w *workspace) (*build, error) {
	dir, err := w.outputFolder(opts.cmd, opts.output)
	if err != nil {
		return nil, err
	}
	b := &build{opts: opts, w: w, dir: dir}
	if err := b.survey(); err != nil {
		return nil, err
	}
	if b.built, err = w.pipelines(opts.cmd); err != nil && len(b.gone) == 0 {
		return nil, err
	}
	b.tree, err = w.tree(b.built)
	return b, err
}

// outputFolder gives the folder that a verb writes to or compares with: the one given, else the one that the project
// names. It need not exist.
func (w *workspace) outputFolder(cmd *cobra.Command, given string) (string, error) {
	dir := given
	if output := w.project.Settings.Output.V; dir == "" && output != "" {
		dir = filepath.Join(filepath.FromSlash(w.project.Root), filepath.FromSlash(output))
	}
	if dir == "" {
		return "", &usageError{cmd: cmd, err: errors.New("no output folder"), hint: "add `-o DIR`, or `output: DIR` to the project's spec"}
	}
	usage := &usageError{cmd: cmd, hint: "remove it, or name another folder"}
	info, err := os.Stat(dir)
	switch _, broken := os.Readlink(dir); {
	case err == nil && !info.IsDir():
		usage.err = fmt.Errorf("the output `%s` is a file, not a folder", dir)
	case err != nil && broken == nil:
		usage.err = fmt.Errorf("the output `%s` is a symbolic link that leads to no folder", dir)
	default:
		return dir, nil
	}
	return "", usage
}

// survey looks at the trees that the output folder has. Only a project's own file says what belongs to the project:
// without it, a pipeline that was not given is just another one.
func (b *build) survey() error {
	whole := b.w.project.Settings.Pos.IsValid() && b.w.project.Holds(b.w.paths, b.w.project.Root)
	if b.opts.prune && !whole {
		return &usageError{
			cmd: b.opts.cmd, err: errors.New("--prune needs the whole project, which alone says what pipelines there are"),
			hint: "give no PATH, within a folder that has a `pipelinectl.yaml`",
		}
	}
	standings, err := emit.Standings(b.dir)
	if err != nil {
		return err
	}
	for _, s := range standings {
		if s.Interrupted {
			b.killed = append(b.killed, s.Unit)
		}
	}
	if whole {
		b.gone, err = b.w.others(&previous{dir: b.dir})
	}
	return err
}

// target is what the output folder is to hold.
func (b *build) target() emit.Target {
	t := emit.Target{Tree: b.tree}
	if b.opts.prune || b.opts.check {
		t.Gone = b.gone
	}
	return t
}

// tree compiles pipelines, in every environment, and what all environments share, into what is written.
func (w *workspace) tree(pipelines []*compiler.Pipeline) (emit.Tree, error) {
	var graphs []*compiler.Graph
	for _, pl := range pipelines {
		graphs = append(graphs, w.program.GraphsOf(pl.Name.V)...)
	}
	tree, err := gitops.Compile(w.layout, graphs, w.program.Project.Environments)
	if err != nil {
		return nil, err
	}
	return tree.Claim(w.name())
}

// name is the project's name, empty where it has none.
func (w *workspace) name() string {
	for _, doc := range w.project.Documents {
		if doc.Kind == schema.KindProject {
			return doc.Name.V
		}
	}
	return ""
}

// bundles emits a pipeline: with no environment first, then in each.
func (w *workspace) bundles(pl *compiler.Pipeline) ([]*emit.Bundle, error) {
	var out []*emit.Bundle
	for _, g := range w.program.GraphsOf(pl.Name.V) {
		b, err := emit.Emit(g)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}
