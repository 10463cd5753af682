package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/deadletters"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

type dlqLsOptions struct {
	dlqOptions
	format string
}

func newDLQLsCmd(f *Factory, runF func(*dlqLsOptions) error) *cobra.Command {
	opts := &dlqLsOptions{dlqOptions: newDLQOptions(f)}
	cmd := &cobra.Command{
		Use:   "ls [PATH...] " + kafkaUsage + " [--node NODE] [FILTER...] [--format FORM]",
		Short: "Count dead letters by node and class of failure",
		Long: "Count the dead letters of the pipelines in the files and folders given: how many, how many of them a replay has put\n" +
			"back to work, by class of failure, and when the first and the last were given up. All of them are read; nothing is\n" +
			"changed.\n\n" + kafkaHelp + fromClusterHelp,
		Example:               "  pipelinectl dlq ls --bootstrap 127.0.0.1:9092\n  pipelinectl dlq ls --env prod --credentials /etc/kafka --since 24h",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if err := opts.check(); err != nil {
				return err
			}
			if runF != nil {
				return runF(opts)
			}
			return runDLQLs(opts)
		},
	}
	opts.flags(cmd)
	opts.filterFlags(cmd)
	choiceFlag(cmd, &opts.format, "format", formatText, "`FORM` of the counts", formatText, formatJSON)
	return cmd
}

// failureClasses are the values of --class.
func failureClasses() []string {
	return []string{string(record.Transient), string(record.Permanent), string(record.Overload), string(record.Poison)}
}

func runDLQLs(opts *dlqLsOptions) error {
	s, err := opts.open()
	if err != nil {
		return err
	}
	defer s.close()
	total, err := s.letters()
	if err != nil {
		return brokerError(err)
	}
	bar := opts.factory.Streams.progress(total, "reading", false)
	var all []*deadletters.Summary
	for _, n := range s.nodes {
		summary, err := s.client.Summarize(s.ctx, n, &opts.filter, func() { _ = bar.Add(1) })
		if err != nil {
			_ = bar.Exit()
			return brokerError(err)
		}
		all = append(all, summary)
	}
	_ = bar.Finish()
	if opts.format == formatJSON {
		return writeSummariesJSON(opts.factory.Streams.Out, all)
	}
	return s.writeSummaries(opts.factory.Streams.Out, all)
}

// writeSummaries writes a table for people.
func (s *dlqSession) writeSummaries(w io.Writer, all []*deadletters.Summary) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NODE\tTOPIC\tLETTERS\tREPLAYED\tCLASSES\tOLDEST\tNEWEST")
	for _, one := range all {
		if one.Missing {
			fmt.Fprintf(table, "%s\t%s\t-\t-\tno such topic\t-\t-\n", s.label(one.Node), one.Node.Topic)
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\t%s\t%s\n", s.label(one.Node), one.Node.Topic, one.Letters, one.Replayed,
			classesText(one.Classes), timeText(one.Oldest), timeText(one.Newest))
	}
	return table.Flush()
}

// classesText counts by class: "permanent 2, unknown 1".
func classesText(classes map[string]int64) string {
	var words []string
	for _, class := range slices.Sorted(maps.Keys(classes)) {
		words = append(words, fmt.Sprintf("%s %d", deadletters.Printable(cmp.Or(class, "unknown")), classes[class]))
	}
	return cmp.Or(strings.Join(words, ", "), "-")
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// summaryJSON is a Summary as `--format json` has it, in a list.
type summaryJSON struct {
	Pipeline string           `json:"pipeline"`
	Node     string           `json:"node"`
	Topic    string           `json:"topic"`
	Missing  bool             `json:"missing"`
	Letters  int64            `json:"letters"`
	Replayed int64            `json:"replayed"`
	Classes  map[string]int64 `json:"classes"`
	Oldest   *time.Time       `json:"oldest"`
	Newest   *time.Time       `json:"newest"`
}

func writeSummariesJSON(w io.Writer, all []*deadletters.Summary) error {
	out := make([]summaryJSON, len(all))
	for i, one := range all {
		out[i] = summaryJSON{
			Pipeline: one.Node.Pipeline, Node: one.Node.Name, Topic: one.Node.Topic, Missing: one.Missing,
			Letters: one.Letters, Replayed: one.Replayed, Classes: one.Classes,
		}
		if one.Letters > 0 {
			out[i].Oldest, out[i].Newest = new(one.Oldest.UTC()), new(one.Newest.UTC())
		}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
