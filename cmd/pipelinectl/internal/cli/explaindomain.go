package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
)

type explainDomainOptions struct {
	factory     *Factory
	cmd         *cobra.Command
	pipeline    string
	paths       []string
	environment string
	format      string
}

func newExplainDomainCmd(f *Factory, runF func(*explainDomainOptions) error) *cobra.Command {
	opts := &explainDomainOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "domain PIPELINE [PATH...] [--env ENV]",
		Short: "Say which domain a pipeline is served under, and why not another",
		Long: "Say which of an environment's domains a pipeline is served under. Of the domains whose selector the pipeline's\n" +
			"labels fulfil, the one that asks for most labels wins; a tie goes to the suffix that sorts first; one without\n" +
			"selector is the default. Without --env, the answer is given for each environment that the pipeline runs in.",
		Example:               "  pipelinectl explain domain photos --env prod",
		DisableFlagsInUseLine: true,
		Args:                  aPipeline("pipelinectl explain domain photos"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.pipeline, opts.paths = cmd, args[0], args[1:]
			if runF != nil {
				return runF(opts)
			}
			return runExplainDomain(opts)
		},
	}
	cmd.Flags().StringVar(&opts.environment, "env", "", "explain the domain in the environment `ENV` alone")
	if err := cmd.RegisterFlagCompletionFunc("env", func(cmd *cobra.Command, args []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return completeEnvironments(cmd, args[min(1, len(args)):], text)
	}); err != nil {
		panic(err) // the flag has just been declared
	}
	findingsFlag(cmd, &opts.format)
	return cmd
}

func runExplainDomain(opts *explainDomainOptions) error {
	w, err := sound(opts.factory, opts.cmd, opts.paths, reporter{streams: opts.factory.Streams, form: opts.format})
	if err != nil {
		return err
	}
	pl, err := w.pipeline(opts.cmd, opts.pipeline)
	if err != nil {
		return err
	}
	environments := w.program.Project.Environments
	if opts.environment != "" {
		env, err := w.environment(opts.cmd, opts.environment)
		if err != nil {
			return err
		}
		if !env.Runs(pl) {
			return w.absent(opts.cmd, env, pl.Name.V)
		}
		environments = []*compiler.Environment{env}
	}
	if len(environments) == 0 {
		opts.factory.Streams.say("%s", noEnvironment)
	}
	for _, env := range environments {
		if !env.Runs(pl) {
			continue
		}
		if err := writeDomains(opts.factory.Streams.Out, env, pl); err != nil {
			return err
		}
	}
	return nil
}

// writeDomains writes which domain of an environment a pipeline has, and a line for each with the reason.
func writeDomains(w io.Writer, env *compiler.Environment, pl *compiler.Pipeline) error {
	ranked := compiler.RankDomains(env.Domains, pl)
	if len(ranked) == 0 {
		_, err := fmt.Fprintf(w, "%s in %s has no domain: the environment lists none\n", pl.Name.V, env.Name.V)
		return err
	}
	first := ranked[0]
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) // it keeps all until Flush, whose error is w's
	if len(first.Lacking) > 0 {
		fmt.Fprintf(table, "%s in %s has no domain: it has the labels of none, and there is no default\n", pl.Name.V, env.Name.V)
	} else {
		fmt.Fprintf(table, "%s in %s is served under %s\n", pl.Name.V, env.Name.V, first.Domain.Suffix.V)
	}
	for i, c := range ranked {
		fmt.Fprintf(table, "  %s\t%s\t%v\n", c.Domain.Suffix.V, reason(i, c, first), c.Domain.Suffix.Pos)
	}
	return table.Flush()
}

// reason says why a domain is chosen, or why not.
func reason(rank int, c, first compiler.DomainChoice) string {
	asks, most := len(c.Domain.Selector), len(first.Domain.Selector)
	switch {
	case len(c.Lacking) > 0:
		return "no: the pipeline lacks " + labelList(c.Lacking)
	case rank == 0 && asks == 0:
		return "chosen: the default, and no selector fits"
	case rank == 0:
		return "chosen: the pipeline has " + labelList(c.Domain.Selector)
	case asks == 0 && most > 0:
		return "no: the default, and `" + first.Domain.Suffix.V + "` asks for labels that fit"
	case asks < most:
		return fmt.Sprintf("no: it fits, but `%s` asks for more labels (%d, not %d)", first.Domain.Suffix.V, most, asks)
	default:
		return "no: it fits as well as `" + first.Domain.Suffix.V + "`, which sorts first"
	}
}

// labelList names labels with their values.
func labelList(labels schema.Entries[schema.Value[string]]) string {
	texts := make([]string, len(labels))
	for i, l := range labels {
		texts[i] = "`" + l.Key.V + ": " + l.Value.V + "`"
	}
	return strings.Join(texts, " and ")
}
