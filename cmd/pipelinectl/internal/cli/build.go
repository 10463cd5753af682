package cli

import (
	"context"
	"errors"
	"fmt"
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
	layout  string
	dump    string
	format  string
	guard   guardOptions
}

func newBuildCmd(f *Factory, runF func(*buildOptions) error) *cobra.Command {
	opts := &buildOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "build [PATH...] [-o DIR] [--check | --dry-run] [--prune] [--against REV] [--allow-destroy KIND/NAME[@ENV]] [--layout LAYOUT] [--dump PHASE] [--format FORM]",
		Short: "Compile pipelines into a kustomize tree, or into plain manifests",
		Long: "Check the whole project and compile the pipelines in the files and folders given; without any, those of the\n" +
			"project around the current folder. Only what changed is written, only what an earlier build wrote and nobody\n" +
			"edited is removed, and other pipelines in DIR stay as they are.\n\n" +
			"A build that would lose data or break what cannot be changed in place is refused (exit 4): a topic removed, renamed\n" +
			"or shrunk, a user or consumer group renamed, a selector changed. It is compared with git's HEAD where that has DIR,\n" +
			"so removing DIR first changes nothing. The refusal prints the flag that lets it through.\n\n" +
			"The layout `kustomize` has for each pipeline a base, and an overlay for each environment. The layout `flat` has for\n" +
			"each environment the finished manifests of each pipeline, ENV/PIPELINE/app and ENV/PIPELINE/kafka. What the other\n" +
			"layout wrote goes when a pipeline is built.\n\n" +
			"In CI, --check writes nothing and says whether DIR is as build would leave it. On a pull request, whose HEAD has the\n" +
			"new tree already, --against names the branch that it goes to.\n\n" +
			"Exit codes: 0 done, or nothing differs; 1 findings, or DIR differs (--check); 4 a destructive change is refused, or\n" +
			"something that no build wrote stands in the way; 2 and 3 as for every verb. 4 wins over 1.",
		Example:               "  pipelinectl build -o deploy\n  pipelinectl build pipelines/photos.yaml -o deploy\n  pipelinectl build --check --against origin/main\n  pipelinectl build --dump plan pipelines/photos.yaml",
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
	layoutFlag(cmd, &opts.layout)
	choiceFlag(cmd, &opts.dump, "dump", "", "print the result of `PHASE` on standard output and write nothing", phases()...)
	findingsFlag(cmd, &opts.format)
	guardFlags(cmd, &opts.guard)
	return cmd
}

// validate refuses what the command line alone shows to be wrong.
func (o *buildOptions) validate() error {
	given := o.cmd.Flags().Changed
	for _, pair := range [][2]string{{"check", "dry-run"}, {"check", "dump"}, {"dry-run", "dump"}, {"prune", "dump"}} {
		if given(pair[0]) && given(pair[1]) {
			return &usageError{cmd: o.cmd, err: fmt.Errorf("--%s and --%s do not go together", pair[0], pair[1])}
		}
	}
	return nil
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
	var pruned []emit.Unit
	if opts.prune {
		pruned = b.gone
	}
	if b.guarded, err = w.guard(opts.factory, opts.guard, b.dir, b.tree, pruned); err != nil {
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
	return b.opts.reporter().print(slices.Concat(b.w.warnings(), b.guarded.findings, list).Sorted(), b.w.project.Sources)
}

// refuse reports what the guard refuses, together with what else would have stood in the way.
func (b *build) refuse() error {
	changes, err := emit.Compare(b.dir, b.target())
	if err != nil {
		return err
	}
	if err := b.report(changes.Conflicts); err != nil {
		return err
	}
	b.guarded.say(b.opts.factory.Streams, "nothing was written to "+b.dir)
	return errRefused
}

// write makes the output folder hold the tree.
func (b *build) write() error {
	if b.guarded.refuses() {
		return b.refuse()
	}
	s := b.opts.factory.Streams
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
