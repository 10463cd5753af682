package cli

import (
	"bufio"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/deadletters"
)

type dlqShowOptions struct {
	dlqOptions
	limit  int64
	format string
}

func newDLQShowCmd(f *Factory, runF func(*dlqShowOptions) error) *cobra.Command {
	opts := &dlqShowOptions{dlqOptions: newDLQOptions(f)}
	cmd := &cobra.Command{
		Use:   "show [PATH...] " + kafkaUsage + " [--node NODE] [FILTER...] [--limit N] [--format FORM]",
		Short: "Print dead letters, or export them",
		Long: "Print the dead letters of the pipelines in the files and folders given, by node, partition and offset. As text, what\n" +
			"is long is cut, and what a terminal would act on is escaped.\n\n" +
			"The form `json` is complete, a JSON object on a line of its own for each: cluster, topic, partition, offset, timestamp,\n" +
			"key, value and headers; bytes that are not UTF-8 stand in base64, in `keyBase64` and `valueBase64`. In a file, it is\n" +
			"an export, which `dlq replay --from FILE` takes, mended or not.\n\n" + kafkaHelp + fromClusterHelp,
		Example: "  pipelinectl dlq show --bootstrap 127.0.0.1:9092 --node resize --class permanent --limit 10\n" +
			"  pipelinectl dlq show --env prod --credentials /etc/kafka --format json > letters.jsonl",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if err := opts.check(); err != nil {
				return err
			}
			if err := checkLimit(cmd, opts.limit); err != nil {
				return err
			}
			if runF != nil {
				return runF(opts)
			}
			return runDLQShow(opts)
		},
	}
	opts.flags(cmd)
	opts.filterFlags(cmd)
	limitFlag(cmd, &opts.limit, "print at most `N`")
	choiceFlag(cmd, &opts.format, "format", formatText, "`FORM` of the letters", formatText, formatJSON)
	return cmd
}

// limitFlag declares --limit.
func limitFlag(cmd *cobra.Command, limit *int64, usage string) {
	cmd.Flags().Int64Var(limit, "limit", 0, usage+" (default: all)")
}

func checkLimit(cmd *cobra.Command, limit int64) error {
	if cmd.Flags().Changed("limit") && limit < 1 {
		return &usageError{cmd: cmd, err: errors.New("--limit takes 1 or more"), hint: "leave it out for all"}
	}
	return nil
}

func runDLQShow(opts *dlqShowOptions) (err error) {
	s, err := opts.open()
	if err != nil {
		return err
	}
	defer s.close()
	total, err := s.letters()
	if err != nil {
		return brokerError(err)
	}
	streams := opts.factory.Streams
	bar := streams.progress(total, "reading", streams.OutTerminal)
	defer func() { _ = bar.Exit() }()
	out := bufio.NewWriter(streams.Out)
	defer func() { err = errors.Join(err, out.Flush()) }()
	var shown int64
	for _, n := range s.nodes {
		for l, err := range s.client.Letters(s.ctx, n) {
			if err != nil {
				return brokerError(err)
			}
			_ = bar.Add(1)
			if !opts.filter.Chooses(l.Letter) {
				continue
			}
			if err := opts.write(out, l); err != nil {
				return err
			}
			if shown++; shown == opts.limit {
				return nil
			}
		}
	}
	return nil
}

func (o *dlqShowOptions) write(w io.Writer, l deadletters.Standing) error {
	if o.format == formatJSON {
		return deadletters.WriteJSON(w, l.Letter)
	}
	return deadletters.WriteText(w, l.Letter, l.Replayed)
}
