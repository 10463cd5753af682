package cli

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/groups"
	"github.com/pipelinectl/pipelinectl/emit/impact"
)

type resetOptions struct {
	consumerOptions
	node string
	to   string
	// target is what to says.
	target groups.Target
}

func newResetCmd(f *Factory, runF func(*resetOptions) error) *cobra.Command {
	opts := &resetOptions{consumerOptions: consumerOptions{factory: f}}
	cmd := &cobra.Command{
		Use:   "reset PIPELINE [PATH...] " + kafkaUsage + " [--to earliest|latest|TIME|OFFSET] [--node NODE] [--allow-destroy ConsumerGroup/NAME[@ENV]] [--dry-run]",
		Short: "Move the consumer groups of a pipeline to other offsets",
		Long: "Have the nodes of a pipeline go on from other records: the first that Kafka still has (earliest, unless told\n" +
			"otherwise), the next to come (latest), the first written at a time or later (2026-11-20T08:00:00Z, 2026-11-20, or how\n" +
			"long ago, as in 90m), or an offset. It prints, for each partition, the offset before and after, and how many\n" +
			"records are handled again or skipped. Only groups of the pipeline's nodes are touched, only in topics that they read.\n\n" +
			"Records that wait in a tier of delayed retries stay there, and are delivered when they are due, even where their input\n" +
			"is read again; latest skips them too. Parked records stay in any case: they are deleted by clean.\n\n" +
			"A group with members alive is left alone (exit 4): stop the pipeline first. Records that would be skipped are lost to\n" +
			"the node, so that is refused as well until the group is named. The refusal prints the flag that does.\n\n" + kafkaHelp + fromClusterHelp,
		Example: "  pipelinectl reset photos --env prod --credentials /etc/kafka --to 2026-11-20T08:00:00Z --dry-run\n" +
			"  pipelinectl reset photos --bootstrap 127.0.0.1:9092 --node resize --to latest --allow-destroy ConsumerGroup/photos.resize",
		DisableFlagsInUseLine: true,
		Args:                  aPipeline("pipelinectl reset photos --env prod"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			opts.cmd, opts.pipeline, opts.paths = cmd, args[0], args[1:]
			if opts.target, err = groups.ParseTarget(opts.to, parseMoment); err != nil {
				words := []string{groups.Earliest, groups.Latest}
				return &usageError{cmd: cmd, err: fmt.Errorf("--to does not take `%s`", opts.to), hint: cmp.Or(didYouMean(opts.to, words), "it takes earliest, latest, an offset, or a time: 2026-11-20T08:00:00Z, 2026-11-20, or how long ago, as in 90m")}
			}
			if err := opts.kafka.check(cmd); err != nil {
				return err
			}
			if runF != nil {
				return runF(opts)
			}
			return runReset(opts)
		},
	}
	opts.flags(cmd, "move nothing, and say what would be moved")
	cmd.Flags().StringVar(&opts.to, "to", groups.Earliest, "go on from `WHERE`: earliest, latest, a time, or an offset")
	cmd.Flags().StringVar(&opts.node, "node", "", "only the group of one `NODE`")
	return cmd
}

func runReset(opts *resetOptions) error {
	c, err := opts.open(opts.node, opts.target.Latest)
	if err != nil {
		return err
	}
	defer c.close()
	standings, err := c.client.Survey(c.ctx, c.groups)
	if err != nil {
		return brokerError(err)
	}
	moves := make([][]groups.Move, len(standings))
	var lost []destruction
	for i, g := range standings {
		if moves[i], err = c.client.Plan(c.ctx, g, opts.target); err != nil {
			return brokerError(err)
		}
		var skipped int64
		for _, m := range moves[i] {
			skipped += m.Skipped()
		}
		if skipped > 0 {
			lost = append(lost, destruction{
				allowance{kind: impact.KindGroup, name: g.Name},
				fmt.Sprintf("node `%s` would never handle %s", g.Node, plural(int(skipped), "record")),
			})
		}
	}
	s := opts.factory.Streams
	if err := writeMoves(s.Out, standings, moves); err != nil {
		return err
	}
	for _, g := range standings {
		for _, topic := range g.Missing {
			s.say("warning: Kafka has no topic `%s`, which node `%s` reads", topic, g.Node)
		}
	}
	if err := c.idle(s, standings); err != nil {
		return err
	}
	if err := opts.kafka.confirm(s, opts.allow, lost); err != nil {
		return err
	}
	if opts.dryRun {
		s.say("nothing was changed: that was a dry run")
		return nil
	}
	for i, g := range standings {
		if err := c.client.Apply(c.ctx, g.Name, moves[i]); err != nil {
			return brokerError(err)
		}
	}
	return nil
}

// writeMoves writes a table of every offset before and after.
func writeMoves(w io.Writer, standings []groups.Standing, moves [][]groups.Move) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "GROUP\tTOPIC\tPARTITION\tBEFORE\tAFTER\tAGAIN\tSKIPPED")
	for i, g := range standings {
		for _, m := range moves[i] {
			before := "-"
			if m.Committed >= 0 {
				before = strconv.FormatInt(m.Committed, 10)
			}
			fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%d\t%d\t%d\n", g.Name, m.Topic, m.Partition, before, m.To, m.Repeated(), m.Skipped())
		}
	}
	return table.Flush()
}
