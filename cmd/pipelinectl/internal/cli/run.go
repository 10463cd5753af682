package cli

import (
	"errors"
	"fmt"

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
	// kafka is used where it has an address.
	kafka kafkaOptions
}

func newRunCmd(f *Factory, runF func(*runOptions) error) *cobra.Command {
	opts := &runOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "run [PATH...] [--env ENV] [--bootstrap ADDR] [--isolate] [--format FORM]",
		Short: "Run pipelines on this machine",
		Long: "Run the pipelines in the files and folders given on this machine, with nothing else installed: a Kafka in memory,\n" +
			"every node live under its compiled configuration, endpoints on free loopback ports.\n\n" +
			"An algo runs its `exec` command from PATH, or what its `local` block names. A hook never posts to its real URL:\n" +
			"what it delivers is printed on standard output, a line each, unless its `local` block names another URL.\n" +
			"Everything else is on standard error. Ctrl-C lets records under way arrive, then ends; again, it ends at once.\n\n" +
			"With --bootstrap records go through the Kafka there, and stay: topics that are missing are made, with as many\n" +
			"replicas as it gives by default, and groups that have other members are left alone. --env then says its security,\n" +
			"and --credentials names a folder with the files that a runner's pod has of its user: ca.crt, user.crt, user.key,\n" +
			"username, password. `pipelinectl clean` removes what a pipeline keeps there for itself; the topics that it reads and\n" +
			"writes stay.",
		Example: "  pipelinectl run pipelines/photos.yaml\n  pipelinectl run --env staging --isolate\n" +
			"  pipelinectl run --bootstrap localhost:9092",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths, opts.environment = cmd, args, opts.kafka.environment
			if err := opts.kafka.checkRun(cmd); err != nil {
				return err
			}
			if runF != nil {
				return runF(opts)
			}
			return runRun(opts)
		},
	}
	runFlags(cmd, &opts.kafka)
	findingsFlag(cmd, &opts.format)
	cmd.Flags().BoolVar(&opts.isolate, "isolate", false, "give each node's runner a process of its own, started again when it dies")
	return cmd
}

// runFlags declares the flags about Kafka of a verb that has one of its own where none is named.
func runFlags(cmd *cobra.Command, o *kafkaOptions) {
	kafkaFlags(cmd, o, 0)
	cmd.Flags().Lookup("env").Usage = "run with the names and overrides of the environment `ENV` (default: of none)"
	cmd.Flags().Lookup("bootstrap").Usage = "use the Kafka at `ADDR`, host:port, several with commas (default: one of its own)"
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
	if opts.kafka.bootstrap == "" {
		interrupt, force, release := opts.factory.Interrupts()
		defer release()
		return local.Run(interrupt, force, plan, options)
	}
	return opts.runRemote(graphs[0], plan, options)
}

// runRemote runs a plan on a Kafka that is there.
func (o *runOptions) runRemote(g *compiler.Graph, plan *local.Plan, options local.Options) error {
	reached, err := o.kafka.contract(o.cmd, g)
	if err != nil {
		return err
	}
	c, err := o.kafka.open(o.factory, o.cmd, g)
	if err != nil {
		return err
	}
	defer c.close()
	options.Kafka = &local.Remote{Admin: c.broker.Admin(), Reached: reached}
	if err = local.Run(c.ctx, c.force, plan, options); errors.Is(err, local.ErrTaken) {
		return fmt.Errorf("%w\n  hint: they would take records from one another: stop the others, or run under names of its own with --env", err)
	}
	return err
}

// checkRun refuses flags about a Kafka where there is none but that in memory.
func (o *kafkaOptions) checkRun(cmd *cobra.Command) error {
	if o.bootstrap == "" {
		for _, name := range []string{"credentials", "user", "plaintext"} {
			if cmd.Flags().Changed(name) {
				return &usageError{cmd: cmd, err: fmt.Errorf("--%s without --bootstrap", name), hint: "the Kafka that comes with it wants no proof of who asks"}
			}
		}
	}
	return o.check(cmd)
}
