package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/deadletters"
)

type dlqPurgeOptions struct {
	dlqOptions
	replayed bool
	dryRun   bool
	allow    allowances
}

func newDLQPurgeCmd(f *Factory, runF func(*dlqPurgeOptions) error) *cobra.Command {
	opts := &dlqPurgeOptions{dlqOptions: newDLQOptions(f)}
	cmd := &cobra.Command{
		Use:   "purge [PATH...] " + kafkaUsage + " [--node NODE] [--replayed] [--allow-destroy KafkaTopic/NAME[@ENV]] [--dry-run]",
		Short: "Delete dead letters",
		Long: "Delete the dead letters of the pipelines in the files and folders given, those that lie there when it begins; the\n" +
			"topics stay. With --replayed, only those before the first, in each partition, that no replay has put back to work.\n\n" +
			"Letters that were never replayed are lost with it, so that is refused (exit 4) until the topic is named. The refusal\n" +
			"prints the flag that does.\n\n" + kafkaHelp + fromClusterHelp,
		Example: "  pipelinectl dlq purge --bootstrap 127.0.0.1:9092 --replayed\n" +
			"  pipelinectl dlq purge --env prod --credentials /etc/kafka --node resize --allow-destroy KafkaTopic/photos.resize.dlq@prod",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if err := opts.check(); err != nil {
				return err
			}
			if runF != nil {
				return runF(opts)
			}
			return runDLQPurge(opts)
		},
	}
	opts.flags(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&opts.replayed, "replayed", false, "delete only what was replayed, up to the first that was not")
	flags.BoolVar(&opts.dryRun, "dry-run", false, "delete nothing, and say what would be deleted")
	allowDestroyFlag(cmd, &opts.allow)
	return cmd
}

// kindTopic is what a topic of Kafka is called where it is named to be destroyed.
const kindTopic = "KafkaTopic"

func runDLQPurge(opts *dlqPurgeOptions) error {
	s, err := opts.open()
	if err != nil {
		return err
	}
	defer s.close()
	var plans []*deadletters.Purge
	var lost []destruction
	for _, n := range s.nodes {
		p, err := s.client.PlanPurge(s.ctx, n, opts.replayed)
		if err != nil {
			return brokerError(err)
		}
		plans = append(plans, p)
		if p.Lost > 0 {
			lost = append(lost, destruction{
				allowance{kind: kindTopic, name: n.Topic},
				fmt.Sprintf("%d of its %s were never replayed, and would be lost", p.Lost, plural(int(p.Records), "dead letter")),
			})
		}
	}
	streams := opts.factory.Streams
	if err := opts.kafka.confirm(streams, opts.allow, lost); err != nil {
		return err
	}
	for _, p := range plans {
		switch {
		case p.Missing:
			fmt.Fprintf(streams.Out, "%s: no such topic\n", p.Node.Topic)
		case opts.dryRun:
			fmt.Fprintf(streams.Out, "%s: %d would be deleted\n", p.Node.Topic, p.Records)
		default:
			if err := s.client.Apply(s.ctx, p); err != nil {
				return brokerError(err)
			}
			fmt.Fprintf(streams.Out, "%s: %d deleted\n", p.Node.Topic, p.Records)
		}
	}
	return nil
}
