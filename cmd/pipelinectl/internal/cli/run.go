package cli

import (
	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/local"
	"github.com/pipelinectl/pipelinectl/compiler"
)

type runOptions struct {
	factory     *Factory
	cmd         *cobra.Command
	paths       []string
	environment string
	isolate     bool
	format      string
}

func newRunCmd(f *Factory, runF func(*runOptions) error) *cobra.Command {
	opts := &runOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "run [PATH...] [--env ENV] [--isolate] [--format FORM]",
		Short: "Run pipelines on this machine",
		Long: "Run the pipelines in the files and folders given on this machine, with nothing else installed: a Kafka in memory,\n" +
			"every node live under its compiled configuration, endpoints on free loopback ports.\n\n" +
			"An algo runs its `exec` command from PATH, or what its `local` block names. A hook never posts to its real URL:\n" +
			"what it delivers is printed on standard output, a line each, unless its `local` block names another URL.\n" +
			"Everything else is on standard error. Ctrl-C lets records under way arrive, then ends; again, it ends at once.",
		Example:               "  pipelinectl run pipelines/photos.yaml\n  pipelinectl run --env staging --isolate",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if runF != nil {
				return runF(opts)
			}
			return runRun(opts)
		},
	}
	envFlag(cmd, &opts.environment, "run with the names and overrides of the environment `ENV` (default: of none)")
	findingsFlag(cmd, &opts.format)
	cmd.Flags().BoolVar(&opts.isolate, "isolate", false, "give each node's runner a process of its own, started again when it dies")
	return cmd
}

func runRun(opts *runOptions) error {
	report := reporter{streams: opts.factory.Streams, form: opts.format}
	w, err := sound(opts.factory, opts.cmd, opts.paths, report)
	if err != nil {
		return err
	}
	pipelines, err := w.pipelinesIn(opts.cmd, opts.environment)
	if err != nil {
		return err
	}
	graphs := make([]*compiler.Graph, len(pipelines))
	for i, pl := range pipelines {
		if graphs[i], err = w.graph(opts.cmd, pl.Name.V, opts.environment); err != nil {
			return err
		}
	}
	plan, findings, err := local.NewPlan(graphs, w.project.Root)
	if err != nil {
		return err
	}
	s := opts.factory.Streams
	if err := report.print(append(w.warnings(), findings...).Sorted(), w.project.Sources); err != nil {
		return err
	}
	if findings.HasErrors() {
		s.say("%s", summary(findings, len(w.project.Sources)))
		return errFindings
	}
	options := local.Options{Results: s.Out, Talk: s.Err, Width: s.ErrWidth, ResultsShareTerminal: s.OutTerminal, Isolate: opts.isolate}
	if opts.isolate {
		program, err := opts.factory.Executable()
		if err != nil {
			return err
		}
		options.Program = []string{program}
	}
	interrupt, force, release := opts.factory.Interrupts()
	defer release()
	return local.Run(interrupt, force, plan, options)
}
