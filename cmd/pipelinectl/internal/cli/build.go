package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// buildPatience is how long a build waits for another one that writes to the same folder.
const buildPatience = time.Minute

type buildOptions struct {
	factory *Factory
	cmd     *cobra.Command
	paths   []string
	output  string
	check   bool
	dryRun  bool
	prune   bool
	dump    string
	format  string
	guard   guardOptions
}

func newBuildCmd(f *Factory, runF func(*buildOptions) error) *cobra.Command {
	opts := &buildOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "build [PATH...] [-o DIR] [--check | --dry-run] [--prune] [--against REV] [--allow-destroy KIND/NAME[@ENV]] [--dump PHASE] [--format FORM]",
		Short: "Compile pipelines into a kustomize tree",
		Long: "Check the whole project and compile the pipelines in the files and folders given; without any, those of the\n" +
			"project around the current folder. Only what changed is written, only what an earlier build wrote and nobody\n" +
			"edited is removed, and other pipelines in DIR stay as they are.\n\n" +
			"A build that would lose data or break what cannot be changed in place is refused (exit 4): a topic removed, renamed\n" +
			"or shrunk, a user or consumer group renamed, a selector changed. It is compared with git's HEAD where that has DIR,\n" +
			"so removing DIR first changes nothing. The refusal prints the flags that let it through.",
		Example:               "  pipelinectl build -o deploy\n  pipelinectl build pipelines/photos.yaml -o deploy\n  pipelinectl build --check\n  pipelinectl build --dump plan pipelines/photos.yaml",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if err := opts.validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(opts)
			}
			return runBuild(opts)
		},
	}
	cmd.Flags().StringVarP(&opts.output, "output", "o", "", "write to the folder `DIR` (default: the output that the project names)")
	cmd.Flags().BoolVar(&opts.check, "check", false, "write nothing, and exit 1 with what in DIR is not as build would leave it")
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "write nothing, and say what build would do")
	cmd.Flags().BoolVar(&opts.prune, "prune", false, "remove the trees of pipelines that the project no longer has")
	choiceFlag(cmd, &opts.dump, "dump", "", "print the result of `PHASE` on standard output and write nothing", phases()...)
	findingsFlag(cmd, &opts.format)
	guardFlags(cmd, &opts.guard)
	return cmd
}

// validate refuses what the command line alone shows to be wrong.
func (o *buildOptions) validate() error {
	given := o.cmd.Flags().Changed
	if given("dump") {
		if err := checkChoice(o.cmd, "dump", o.dump, phases()...); err != nil {
			return err
		}
	}
	for _, pair := range [][2]string{{"check", "dry-run"}, {"check", "dump"}, {"dry-run", "dump"}, {"prune", "dump"}} {
		if given(pair[0]) && given(pair[1]) {
			return &usageError{cmd: o.cmd, err: fmt.Errorf("--%s and --%s do not go together", pair[0], pair[1])}
		}
	}
	return checkChoice(o.cmd, "format", o.format, findingsForms()...)
}

func runBuild(opts *buildOptions) error {
	if opts.dump != "" {
		return runDump(opts)
	}
	w, err := sound(opts.factory, opts.cmd, opts.paths, opts.reporter())
	if err != nil {
		return err
	}
	b, err := compileTree(opts, w)
	if err != nil {
		return err
	}
	var pruned []string
	if opts.prune {
		pruned = b.gone
	}
	if b.guarded, err = w.guard(opts.guard, b.dir, b.tree, pruned); err != nil {
		return err
	}
	switch {
	case opts.check:
		return b.check()
	case opts.dryRun:
		return b.rehearse()
	default:
		return b.write()
	}
}

func (o *buildOptions) reporter() reporter {
	return reporter{streams: o.factory.Streams, form: o.format, findingsAreResult: o.dump == "" && !o.dryRun, textOut: o.check}
}

// report prints findings about the output folder, together with the project's warnings and what the guard found.
func (b *build) report(list diag.List) error {
	return b.opts.reporter().print(slices.Concat(b.w.warnings(), b.guarded, list).Sorted(), b.w.project.Sources)
}

// write makes the output folder hold the tree.
func (b *build) write() error {
	s := b.opts.factory.Streams
	if b.guarded.HasErrors() {
		if err := b.report(nil); err != nil {
			return err
		}
		s.say("nothing was written to %s: %v", b.dir, errRefused)
		return errRefused
	}
	ctx, cancel := context.WithTimeout(context.Background(), buildPatience)
	defer cancel()
	changes, err := emit.Write(ctx, b.dir, b.target(), func() { s.say("another build is writing to %s: waiting", b.dir) })
	refused := errors.Is(err, emit.ErrConflict)
	var conflicts diag.List
	if refused {
		conflicts = changes.Conflicts
	}
	if err := b.report(conflicts); err != nil {
		return err
	}
	if refused {
		s.say("nothing was written to %s: %v", b.dir, err)
		return errRefused // to write would destroy somebody's work
	}
	if err != nil {
		return err
	}
	b.reportWritten(changes)
	return nil
}

// reportWritten says what became of the folder, and how to look at it.
func (b *build) reportWritten(c *emit.Changes) {
	s := b.opts.factory.Streams
	for _, name := range c.Interrupted {
		s.say("an earlier build of %s was interrupted; it is complete now", name)
	}
	for _, name := range c.Removed {
		s.say("removed %s", filepath.Join(b.dir, filepath.FromSlash(name)))
	}
	s.say("%s in %s: %d written, %d removed, %d unchanged",
		plural(len(b.built), "pipeline"), b.dir, len(c.Written), len(c.Removed), len(c.Unchanged))
	b.mentionOthers()
	environments := b.w.environments()
	if len(environments) == 0 {
		s.say("only bases were written: add a document of kind Environment for an overlay that can be applied")
		return
	}
	for _, pl := range b.built {
		if overlay := emit.Overlay(pl.Name.V, environments[0]); b.tree.Holds(overlay) {
			s.say("look at it: kubectl kustomize %s", filepath.Join(b.dir, filepath.FromSlash(overlay)))
			return
		}
	}
}

// mentionOthers says what the output folder has beside the pipelines built that somebody should look after.
func (b *build) mentionOthers() {
	s := b.opts.factory.Streams
	for _, name := range b.killed {
		if !b.target().Concerns(name) {
			s.say("a build of %s was interrupted while it wrote to %s; the next build of it completes it", name, filepath.Join(b.dir, name))
		}
	}
	for _, name := range b.gone {
		if !b.target().Concerns(name) {
			s.say("pipeline `%s` is no longer in the project: --prune removes %s", name, filepath.Join(b.dir, name))
		}
	}
}
