package cli

import (
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/groups"
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/impact"
)

type cleanOptions struct {
	consumerOptions
}

func newCleanCmd(f *Factory, runF func(*cleanOptions) error) *cobra.Command {
	opts := &cleanOptions{consumerOptions{factory: f}}
	cmd := &cobra.Command{
		Use:   "clean PIPELINE [PATH...] " + kafkaUsage + " [--allow-destroy KIND/NAME[@ENV]] [--dry-run]",
		Short: "Delete what a pipeline keeps in Kafka for itself",
		Long: "Delete what a pipeline keeps in Kafka for itself: the consumer groups of its nodes, the group of its replays, and its\n" +
			"topics of dead letters, retries and parked records. The topics that it reads and writes stay, and so does everything\n" +
			"that is not this pipeline's: names are exact, never prefixes.\n\n" +
			"A group with members alive is left alone (exit 4), and then nothing at all is deleted. A group that has a position and\n" +
			"a topic that has records are refused until they are named. The refusal prints the flag that does. Where Strimzi\n" +
			"manages the topics, it makes them anew, empty, as long as their KafkaTopic objects are there.\n\n" + kafkaHelp + fromClusterHelp,
		Example:               "  pipelinectl clean photos --env staging --credentials /etc/kafka --dry-run",
		DisableFlagsInUseLine: true,
		Args:                  aPipeline("pipelinectl clean photos --env staging"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.pipeline, opts.paths = cmd, args[0], args[1:]
			if err := opts.kafka.check(cmd); err != nil {
				return err
			}
			if runF != nil {
				return runF(opts)
			}
			return runClean(opts)
		},
	}
	opts.flags(cmd, "delete nothing, and say what would be deleted")
	return cmd
}

// ownTopics are those that hold nothing but a pipeline's own state.
func ownTopics(g *compiler.Graph) []string {
	var out []string
	for _, n := range g.Nodes {
		for _, t := range n.State() {
			out = append(out, t.Name)
		}
	}
	return out
}

func runClean(opts *cleanOptions) error {
	c, err := opts.open("", true)
	if err != nil {
		return err
	}
	defer c.close()
	own := ownTopics(c.graph)
	planned := slices.Concat(c.groups, []groups.Group{{Name: c.graph.Names.Group(compiler.NodeOps), Topics: own}})
	topics, err := c.client.Topics(c.ctx, own)
	if err != nil {
		return brokerError(err)
	}
	standings, err := c.client.Survey(c.ctx, planned)
	if err != nil {
		return brokerError(err)
	}
	s := opts.factory.Streams
	w := wreckage(standings, topics)
	table := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	for _, one := range w {
		fmt.Fprintf(table, "%s\t%s\t%s\n", one.kind, one.name, one.what)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if err := c.idle(s, standings); err != nil {
		return err
	}
	if err := opts.kafka.confirm(s, opts.allow, slices.DeleteFunc(slices.Clone(w), func(d destruction) bool { return d.what == "empty" })); err != nil {
		return err
	}
	if opts.dryRun {
		s.say("nothing was changed: that was a dry run")
		return nil
	}
	byKind := map[string][]string{}
	for _, one := range w {
		byKind[one.kind] = append(byKind[one.kind], one.name)
	}
	return brokerError(c.client.Clean(c.ctx, byKind[impact.KindGroup], byKind[kindTopic], func(what, name string) { s.say("deleted %s %s", what, name) }))
}

// wreckage is what there is to delete, groups first.
func wreckage(standings []groups.Standing, topics []groups.Topic) []destruction {
	var out []destruction
	for _, g := range standings {
		positions := 0
		for _, p := range g.Positions {
			if p.Committed >= 0 {
				positions++
			}
		}
		switch {
		case !g.Exists && positions == 0:
		case positions == 0:
			out = append(out, destruction{allowance{kind: impact.KindGroup, name: g.Name}, "empty"})
		default:
			out = append(out, destruction{allowance{kind: impact.KindGroup, name: g.Name}, "it has a position in " + plural(positions, "partition")})
		}
	}
	for _, t := range topics {
		switch {
		case !t.Exists:
		case t.Records == 0:
			out = append(out, destruction{allowance{kind: kindTopic, name: t.Name}, "empty"})
		default:
			out = append(out, destruction{allowance{kind: kindTopic, name: t.Name}, "it holds " + plural(int(t.Records), "record")})
		}
	}
	return out
}
