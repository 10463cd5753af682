package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/promotion"
	"github.com/pipelinectl/pipelinectl/compiler"
)

type promoteOptions struct {
	factory    *Factory
	cmd        *cobra.Command
	pipeline   string
	paths      []string
	from, to   string
	node       string
	parameters bool
	dryRun     bool
	format     string
}

func newPromoteCmd(f *Factory, runF func(*promoteOptions) error) *cobra.Command {
	opts := &promoteOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "promote PIPELINE [PATH...] --from ENV --to ENV [--node NODE] [--parameters] [--dry-run]",
		Short: "Move images from one environment to another",
		Long: "Give each node of a pipeline the image in one environment that it has in another, by overrides in the file of the\n" +
			"environment; with --parameters, its parameters too. What an override for that node alone says already is replaced,\n" +
			"else one is put in. All else in the file stays byte for byte as it is: comments, layout, line ends. Nothing is\n" +
			"written where the project would have more findings than before.",
		Example: "  pipelinectl promote photos --from staging --to prod\n" +
			"  pipelinectl promote photos --from staging --to prod --node resize --parameters --dry-run",
		DisableFlagsInUseLine: true,
		Args:                  aPipeline("pipelinectl promote photos --from staging --to prod"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.pipeline, opts.paths = cmd, args[0], args[1:]
			if runF != nil {
				return runF(opts)
			}
			return runPromote(opts)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.from, "from", "", "take the images that `ENV` has")
	flags.StringVar(&opts.to, "to", "", "give them to `ENV`")
	flags.StringVar(&opts.node, "node", "", "move those of one `NODE` only")
	flags.BoolVar(&opts.parameters, "parameters", false, "move parameters as well")
	flags.BoolVar(&opts.dryRun, "dry-run", false, "write nothing, and say what would be moved")
	findingsFlag(cmd, &opts.format)
	completePromoted(cmd)
	return cmd
}

// completePromoted completes the flags that name environments, behind the name of a pipeline.
func completePromoted(cmd *cobra.Command) {
	for _, flag := range []string{"from", "to"} {
		if err := cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, args []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return completeEnvironments(cmd, args[min(1, len(args)):], text)
		}); err != nil {
			panic(err) // the flag has just been declared
		}
	}
}

func runPromote(opts *promoteOptions) error {
	if err := opts.checkEnvironments(); err != nil {
		return err
	}
	report := reporter{streams: opts.factory.Streams, form: opts.format}
	w, err := sound(opts.factory, opts.cmd, opts.paths, report)
	if err != nil {
		return err
	}
	p := &promoter{opts: opts, before: w, now: w, texts: map[string][]byte{}}
	from, err := p.pipeline(opts.from)
	if err != nil {
		return err
	}
	to, err := p.pipeline(opts.to)
	if err != nil {
		return err
	}
	if opts.node != "" && from.Member(opts.node) == nil {
		return unknownNode(opts, from)
	}
	moves := promotion.Compare(from, to, opts.node, opts.parameters)
	if len(moves) == 0 {
		opts.sayNothing(from, to)
		return nil
	}
	for _, m := range moves {
		if err := p.move(m); err != nil {
			return err
		}
	}
	if worse := p.worse(); len(worse) > 0 {
		if err := report.print(worse, p.now.project.Sources); err != nil {
			return err
		}
		opts.factory.Streams.say("nothing was written: `%s` would have %s more", opts.to, plural(len(worse), "finding"))
		return errFindings
	}
	return p.write(moves)
}

// checkEnvironments refuses anything but two environments. The project is not looked at: words that were meant for the
// flags may stand in the place of its paths.
func (o *promoteOptions) checkEnvironments() error {
	usage := &usageError{cmd: o.cmd, hint: "as in `--from staging --to prod`"}
	switch {
	case o.from == "":
		usage.err = errors.New("no environment to promote from: `--from` is missing")
	case o.to == "":
		usage.err = errors.New("no environment to promote to: `--to` is missing")
	case o.from == o.to:
		usage.err = fmt.Errorf("environment `%s` cannot be promoted to itself", o.from)
	default:
		return nil
	}
	if w, err := load(o.cmd, nil); err == nil && len(w.environments()) > 0 {
		usage.hint += "; the project has " + list(w.environments())
	}
	return usage
}

// sayNothing says that nothing differs of what was to be moved, and what would be with `--parameters`.
func (o *promoteOptions) sayNothing(from, to *compiler.Pipeline) {
	what, more := "the images", ""
	switch {
	case o.parameters:
		what = "images and parameters"
	case len(promotion.Compare(from, to, o.node, true)) > 0:
		more = "; parameters differ, and are moved with `--parameters`"
	}
	s := o.factory.Streams
	s.say("nothing to promote: %s of `%s` are in `%s` what they are in `%s`%s", what, o.pipeline, o.to, o.from, more)
}

// unknownNode is wrong usage of a node that the pipeline does not have.
func unknownNode(opts *promoteOptions, pl *compiler.Pipeline) error {
	known := make([]string, len(pl.Members))
	for i, m := range pl.Members {
		known[i] = m.Name()
	}
	hint := didYouMean(opts.node, known)
	if hint == "" {
		hint = "it has " + names(known)
	}
	return &usageError{cmd: opts.cmd, err: fmt.Errorf("pipeline `%s` has no node `%s`", opts.pipeline, opts.node), hint: hint}
}
