package cli

import (
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
)

type buildOptions struct {
	factory *Factory
	cmd     *cobra.Command
	paths   []string
	output  string
	dump    string
	format  string
}

func newBuildCmd(f *Factory, runF func(*buildOptions) error) *cobra.Command {
	opts := &buildOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "build [PATH...] [-o DIR] [--dump PHASE] [--format FORM]",
		Short: "Compile pipelines into a kustomize tree",
		Long: "Check the whole project and compile the pipelines in the files and folders given; without any, those of the\n" +
			"project around the current folder. Only what changed is written, only what an earlier build wrote is removed,\n" +
			"and other pipelines in DIR stay as they are.",
		Example:               "  pipelinectl build -o deploy\n  pipelinectl build pipelines/photos.yaml -o deploy\n  pipelinectl build --dump plan pipelines/photos.yaml",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if cmd.Flags().Changed("dump") {
				if err := checkChoice(cmd, "dump", opts.dump, phases()...); err != nil {
					return err
				}
			}
			if err := checkChoice(cmd, "format", opts.format, findingsForms()...); err != nil {
				return err
			}
			if runF != nil {
				return runF(opts)
			}
			return runBuild(opts)
		},
	}
	cmd.Flags().StringVarP(&opts.output, "output", "o", "", "write to the folder `DIR` (default: the output that the project names)")
	choiceFlag(cmd, &opts.dump, "dump", "", "print the result of `PHASE` on standard output and write nothing", phases()...)
	findingsFlag(cmd, &opts.format)
	return cmd
}

func runBuild(opts *buildOptions) error {
	if opts.dump != "" {
		return runDump(opts)
	}
	w, err := compiled(opts.factory, opts.cmd, opts.paths, opts.reporter())
	if err != nil {
		return err
	}
	dir := opts.output
	if dir == "" {
		if w.project.Settings.Output.V == "" {
			return &usageError{cmd: opts.cmd, err: errors.New("no folder to write to"), hint: "add `-o DIR`, or `output: DIR` to the project's spec"}
		}
		dir = filepath.Join(filepath.FromSlash(w.project.Root), filepath.FromSlash(w.project.Settings.Output.V))
	}
	pipelines, err := w.pipelines(opts.cmd)
	if err != nil {
		return err
	}
	tree, err := w.tree(pipelines)
	if err != nil {
		return err
	}
	changes, err := emit.Write(dir, tree)
	if _, conflict := errors.AsType[*emit.ConflictError](err); conflict {
		opts.factory.Streams.say("error: in %s, %v", dir, err)
		return errRefused // to write would destroy somebody's work
	}
	if err != nil {
		return err
	}
	w.reportBuild(opts.factory.Streams, dir, tree, pipelines, changes)
	return nil
}

func (o *buildOptions) reporter() reporter {
	return reporter{streams: o.factory.Streams, form: o.format, findingsAreResult: o.dump == ""}
}

// tree compiles pipelines, in every environment, into what is written.
func (w *workspace) tree(pipelines []*compiler.Pipeline) (emit.Tree, error) {
	var graphs []*compiler.Graph
	for _, pl := range pipelines {
		graphs = append(graphs, w.program.GraphsOf(pl.Name.V)...)
	}
	return emit.Compile(graphs)
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

// reportBuild says what became of the folder, and how to look at it.
func (w *workspace) reportBuild(s Streams, dir string, tree emit.Tree, pipelines []*compiler.Pipeline, c *emit.Changes) {
	for _, name := range c.Interrupted {
		s.say("an earlier build of %s was interrupted; it is complete now", name)
	}
	for _, name := range c.Removed {
		s.say("removed %s", filepath.Join(dir, filepath.FromSlash(name)))
	}
	s.say("%s in %s: %d written, %d removed, %d unchanged",
		plural(len(pipelines), "pipeline"), dir, len(c.Written), len(c.Removed), len(c.Unchanged))
	environments := w.environments()
	if len(environments) == 0 {
		s.say("only bases were written: add a document of kind Environment for an overlay that can be applied")
		return
	}
	if overlay := emit.Overlay(pipelines[0].Name.V, environments[0]); tree.Holds(overlay) {
		s.say("look at it: kubectl kustomize %s", filepath.Join(dir, filepath.FromSlash(overlay)))
	}
}
