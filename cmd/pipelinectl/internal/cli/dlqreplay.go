package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/deadletters"
)

type dlqReplayOptions struct {
	dlqOptions
	replay deadletters.Replay
	to     string
	from   string
}

func newDLQReplayCmd(f *Factory, runF func(*dlqReplayOptions) error) *cobra.Command {
	opts := &dlqReplayOptions{dlqOptions: newDLQOptions(f)}
	cmd := &cobra.Command{
		Use: "replay [PATH...] " + kafkaUsage + " [--node NODE] [FILTER...] [--limit N] [--to stage|source] [--rate N] [--from FILE]\n" +
			"         [--max-replays N | --force] [--dry-run]",
		Short: "Put dead letters back to work",
		Long: "Write dead letters back to the topic that they came from, with key, value, headers, timestamp and partition as they\n" +
			"were. They stay among the dead letters too, until they are purged or expire.\n\n" +
			"Each is written once: what was acknowledged is kept in the consumer group PIPELINE.ops, so that a replay that was\n" +
			"interrupted goes on where it stopped, and the next one takes what is new. One that is killed repeats at most 500. The\n" +
			"broker forgets the group after a week without a replay, unless configured otherwise: purge before.\n\n" +
			"With --to stage, a letter whose topic other nodes read as well is refused, since they would get it again; with\n" +
			"--to source they do. A record that was replayed --max-replays times and given up each time is refused as well.\n\n" +
			"With --from, the letters are those of a file that `dlq show --format json` wrote. Those that are on this Kafka still\n" +
			"are kept in mind like the others; what comes from elsewhere is replayed each time.\n\n" +
			"Exit codes: 0 done; 4 letters were refused, and the others were replayed; 2 and 3 as for every verb.\n\n" + kafkaHelp + fromClusterHelp,
		Example: "  pipelinectl dlq replay --bootstrap 127.0.0.1:9092 --dry-run\n" +
			"  pipelinectl dlq replay --env prod --credentials /etc/kafka --node resize --class transient --rate 50",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if err := opts.validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(opts)
			}
			return runDLQReplay(opts)
		},
	}
	opts.flags(cmd)
	opts.filterFlags(cmd)
	limitFlag(cmd, &opts.replay.Limit, "replay at most `N` of each node")
	flags := cmd.Flags()
	choiceFlag(cmd, &opts.to, "to", string(deadletters.ToStage), "who gets them, the node that gave up or all readers of its topic, as `WORD`", string(deadletters.ToStage), string(deadletters.ToSource))
	flags.Float64Var(&opts.replay.Rate, "rate", 0, "replay at most `N` a second (default: as many as Kafka takes)")
	flags.StringVar(&opts.from, "from", "", "replay the letters in `FILE`")
	flags.IntVar(&opts.replay.MaxReplays, "max-replays", 3, "refuse records that were replayed `N` times before")
	flags.BoolVar(&opts.replay.Force, "force", false, "replay them however often they were")
	flags.BoolVar(&opts.replay.DryRun, "dry-run", false, "write nothing, and say what would be replayed")
	return cmd
}

// validate refuses what the command line alone shows to be wrong.
func (o *dlqReplayOptions) validate() error {
	given := o.cmd.Flags().Changed
	switch {
	case given("rate") && o.replay.Rate <= 0:
		return &usageError{cmd: o.cmd, err: errors.New("--rate takes more than 0"), hint: "0.5 is a record every 2 seconds; leave it out for as many as Kafka takes"}
	case given("max-replays") && o.replay.MaxReplays < 1:
		return &usageError{cmd: o.cmd, err: errors.New("--max-replays takes 1 or more")}
	case given("max-replays") && o.replay.Force:
		return &usageError{cmd: o.cmd, err: errors.New("--max-replays and --force do not go together")}
	}
	if err := checkLimit(o.cmd, o.replay.Limit); err != nil {
		return err
	}
	err := o.check()
	o.replay.Filter, o.replay.To = o.filter, deadletters.To(o.to)
	return err
}

func runDLQReplay(opts *dlqReplayOptions) error {
	s, err := opts.find()
	if err != nil {
		return err
	}
	total, err := opts.countFile(s.nodes)
	if err != nil {
		return err
	}
	if err := opts.connect(s); err != nil {
		return err
	}
	defer s.close()
	if opts.from == "" {
		if total, err = s.letters(); err != nil {
			return brokerError(err)
		}
	}
	streams := opts.factory.Streams
	bar := streams.progress(total, "replaying", false)
	defer func() { _ = bar.Exit() }()
	refusals := map[deadletters.Refusal]*refusedLetters{}
	opts.replay.Progress = func() { _ = bar.Add(1) }
	opts.replay.Refused = func(l *deadletters.Letter, why *deadletters.Refusal) { countRefused(refusals, l, why) }
	for _, n := range s.nodes {
		outcome, err := opts.node(s, n)
		if outcome != nil {
			_ = bar.Clear()
			opts.tell(s, n, outcome)
		}
		switch {
		case errors.Is(err, context.Canceled):
			return errors.New("interrupted: the same command goes on from here")
		case err != nil:
			return brokerError(err)
		}
	}
	_ = bar.Finish()
	if len(refusals) == 0 {
		return nil
	}
	sayRefused(streams, refusals)
	return errRefused
}

// node replays the letters of one node.
func (o *dlqReplayOptions) node(s *dlqSession, n *deadletters.Node) (*deadletters.Outcome, error) {
	if o.from == "" {
		return o.replay.Run(s.ctx, s.force, s.client, n)
	}
	file, err := os.Open(o.from)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was read only
	return o.replay.RunFile(s.ctx, s.force, s.client, n, deadletters.FromJSON(bufio.NewReader(file)))
}

// countFile gives how many letters --from names. The file is read to its end, before anything else, so that no letter of it
// is replayed when another one cannot be.
func (o *dlqReplayOptions) countFile(nodes []*deadletters.Node) (total int64, err error) {
	if o.from == "" {
		return 0, nil
	}
	file, err := os.Open(o.from)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, &usageError{cmd: o.cmd, err: fmt.Errorf("no file `%s`", o.from), hint: cmp.Or(nearestFile(o.from), "`pipelinectl dlq show --format json >FILE` writes one")}
	}
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }() // it was read only
	topics := make([]string, len(nodes))
	for i, n := range nodes {
		topics[i] = n.Topic
	}
	for l, err := range deadletters.FromJSON(bufio.NewReader(file)) {
		if err != nil {
			return 0, fmt.Errorf("%s: %w", o.from, err)
		}
		if !slices.Contains(topics, l.Topic) {
			return 0, &usageError{
				cmd: o.cmd, err: fmt.Errorf("%s has a letter of topic `%s`, which is none of %s", o.from, deadletters.Printable(l.Topic), names(topics)),
				hint: "name the pipeline and the environment that it was exported from; `topic` in each line says whose dead letter it is",
			}
		}
		total++
	}
	return total, nil
}

// tell says on standard output what became of the letters of a node.
func (o *dlqReplayOptions) tell(s *dlqSession, n *deadletters.Node, outcome *deadletters.Outcome) {
	did := "replayed"
	if o.replay.DryRun {
		did = "would be replayed"
	}
	out := o.factory.Streams.Out
	for _, topic := range slices.Sorted(maps.Keys(outcome.Replayed)) {
		fmt.Fprintf(out, "%s: %d %s to %s\n", s.label(n), outcome.Replayed[topic], did, topic)
	}
	if len(outcome.Replayed) == 0 {
		fmt.Fprintf(out, "%s: 0 %s\n", s.label(n), did)
	}
	for _, rest := range []struct {
		n    int64
		what string
	}{{outcome.Already, "replayed earlier"}, {outcome.Passed, "not chosen by the filter"}, {outcome.Refused, "refused"}} {
		if rest.n > 0 {
			fmt.Fprintf(out, "%s: %d %s\n", s.label(n), rest.n, rest.what)
		}
	}
}
