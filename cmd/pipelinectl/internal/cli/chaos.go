package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/broker"
	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/chaos"
	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/local"
	"github.com/pipelinectl/pipelinectl/compiler"
)

type chaosOptions struct {
	factory *Factory
	cmd     *cobra.Command
	paths   []string
	kills   int
	records int
	seed    uint64
	faults  []string
	verbose bool
	format  string
	// kafka is used where it has an address.
	kafka kafkaOptions
}

func newChaosCmd(f *Factory, runF func(*chaosOptions) error) *cobra.Command {
	opts := &chaosOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "chaos [PATH...] [--env ENV] [--bootstrap ADDR] [--kills N] [--records N] [--seed N] [--faults LIST] [--verbose] [--format FORM]",
		Short: "Kill parts of a pipeline while it works, and account for every record",
		Long:  chaosHelp,
		Example: "  pipelinectl chaos pipelines/photos.yaml\n  pipelinectl chaos --kills 50 --seed 7 --faults runner,broker --format json\n" +
			"  KAFKA_CONTROL=./kafka pipelinectl chaos --bootstrap localhost:9092 --faults broker,leader,roll",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if err := opts.kafka.checkRun(cmd); err != nil {
				return err
			}
			if err := opts.check(); err != nil {
				return err
			}
			if runF != nil {
				return runF(opts)
			}
			return runChaos(opts)
		},
	}
	runFlags(cmd, &opts.kafka)
	flags := cmd.Flags()
	flags.IntVar(&opts.kills, "kills", 10, "inject `N` faults")
	flags.IntVar(&opts.records, "records", 400, "feed at least `N` records to each endpoint and each topic that no node writes")
	flags.Uint64Var(&opts.seed, "seed", 1, "choose faults, victims and moments by the number `N`")
	flags.StringSliceVar(&opts.faults, "faults", faultNames(), "choose among the faults in `LIST`")
	flags.BoolVar(&opts.verbose, "verbose", false, "show what the runners and programs say")
	choiceFlag(cmd, &opts.format, "format", formatText, "`FORM` of the outcome", formatText, formatJSON)
	return cmd
}

// chaosHelp is the long help.
const chaosHelp = "Run the pipelines in the files and folders given on this machine, as `run --isolate` does, with the broker in a process\n" +
	"of its own too; feed numbered records with keys; have faults happen while they are worked on; and in the end account for\n" +
	"every record. A fault counts only while its victim has a record in flight and 30 % of its input unread.\n\n" +
	"Faults, all of them unless --faults chooses:\n" +
	"  runner     kill -9 of a node's runner\n" +
	"  refuse     the broker takes no results, then kill -9 of the runner while they wait\n" +
	"  terminate  SIGTERM of a runner, as when a pod goes\n" +
	"  algo       kill -9 of an exec process (on Linux)\n" +
	"  members    another runner joins the node's group, and leaves\n" +
	"  roll       three runners are restarted one by one; they may not finish nothing for more than a second\n" +
	"  broker     kill -9 of a broker, which starts again with what it had acknowledged\n" +
	"  leader     other brokers lead what the node reads and writes (with --bootstrap)\n\n" +
	"With --bootstrap records go through the Kafka there. Its topics and groups are made for this run and removed at its end:\n" +
	"names that are there already are refused. They have three replicas, two of them in sync, where there are three brokers\n" +
	"and the environment says nothing else. --env says names and security, --credentials names a folder with the files of a\n" +
	"user who may make topics. Brokers are killed there only by the program in the variable KAFKA_CONTROL, which is called as\n" +
	"`PROGRAM kill ID` and `PROGRAM start ID` with Kafka's id of the broker. The embedded broker is not killed where a node\n" +
	"delivers exactly once: after such a death it hides from readers what the same writer commits next.\n\n" +
	"Records that wait for a delayed retry, in a tier or in a park, are waited for: none may be left there at the end. Reported\n" +
	"for each node, beside what its contract promises: records lost; duplicated (a record may be written twice only if a fault\n" +
	"found it finished or put off, or in flight where the runner lived on, and its place not committed yet, or still in its\n" +
	"park; with delivery exactly-once never, read as a transaction's reader does); reordered within their key, where the\n" +
	"ordering is key or partition; dead letters that the policy does not explain, with the attempts of all deliveries. Records\n" +
	"that a policy drops leave no trace and are counted apart, and a node with no output is seen only by what it gives up.\n\n" +
	"Exit codes: 0 everything is as promised; 1 something is not, or the pipeline has findings; 2 wrong usage; 3 the run could\n" +
	"not be carried out.\n\n" +
	"Three mistakes of a newcomer: to take duplicates with at-least-once for a fault (the number behind `at most` is what the\n" +
	"kills explain); to try a program that works for seconds, or delayed retries after minutes, with the default number of\n" +
	"records (the run waits for each: use --records, a `local.command` that is quick, delays of seconds); to name a --seed and\n" +
	"expect the same moment (it chooses faults, victims and how far they are let come, but processes run as they like)."

// faultNames are the values of --faults.
func faultNames() []string {
	var out []string
	for _, k := range chaos.Kinds() {
		out = append(out, string(k))
	}
	return out
}

// check refuses what the command line alone shows to be wrong.
func (o *chaosOptions) check() error {
	for _, flag := range []struct {
		name  string
		value int
	}{{"kills", o.kills}, {"records", o.records}} {
		if flag.value < 1 {
			return &usageError{cmd: o.cmd, err: fmt.Errorf("--%s does not take `%d`", flag.name, flag.value), hint: "it takes 1 or more"}
		}
	}
	if len(o.faults) == 0 {
		return &usageError{cmd: o.cmd, err: errors.New("--faults names none"), hint: "it takes " + list(faultNames())}
	}
	for _, name := range o.faults {
		if err := (choice{new(string), faultNames()}).Set(name); err != nil {
			hint := didYouMean(name, faultNames())
			if hint == "" {
				hint = "it takes " + list(faultNames())
			}
			return &usageError{cmd: o.cmd, err: fmt.Errorf("--faults does not take `%s`", name), hint: hint}
		}
		if o.outOfReach(chaos.Kind(name)) && o.cmd.Flags().Changed("faults") {
			return &usageError{
				cmd: o.cmd, err: fmt.Errorf("--faults `%s` without --bootstrap", name),
				hint: "the embedded broker leads everything: name a Kafka of several brokers by `--bootstrap HOST:PORT`, or leave it out",
			}
		}
	}
	return nil
}

// outOfReach says that faults of a kind want a Kafka that is not given.
func (o *chaosOptions) outOfReach(k chaos.Kind) bool { return k.Remote() && o.kafka.bootstrap == "" }

func runChaos(opts *chaosOptions) error {
	plan, graph, err := opts.plan()
	if err != nil {
		return err
	}
	program, err := opts.factory.Executable()
	if err != nil {
		return err
	}
	s := opts.factory.Streams
	talk := io.Writer(chaosTalk{s.Err})
	if opts.verbose {
		talk = s.Err
	}
	options := chaos.Options{Faults: opts.kills, Records: opts.records, Seed: opts.seed, Program: []string{program}, Talk: talk}
	for _, name := range opts.faults {
		if kind := chaos.Kind(name); !opts.outOfReach(kind) {
			options.Kinds = append(options.Kinds, kind)
		}
	}
	outcome, err := opts.disturb(graph, plan, options)
	if err != nil {
		return err
	}
	write := outcome.WriteText
	if opts.format == formatJSON {
		write = outcome.WriteJSON
	}
	if err := write(s.Out, opts.seed); err != nil {
		return err
	}
	if !outcome.Sound() {
		return errFindings
	}
	return nil
}

// disturb runs the plan on the Kafka that is wanted.
func (o *chaosOptions) disturb(g *compiler.Graph, plan *local.Plan, options chaos.Options) (*chaos.Outcome, error) {
	if o.kafka.bootstrap == "" {
		interrupt, force, release := o.factory.Interrupts()
		defer release()
		return chaos.Run(interrupt, force, plan, options)
	}
	reached, err := o.kafka.contract(o.cmd, g)
	if err != nil {
		return nil, err
	}
	c, err := o.kafka.open(o.factory, o.cmd, g)
	if err != nil {
		return nil, err
	}
	defer c.close()
	control, _ := o.factory.Lookup(varControl)
	options.Kafka = &local.Cluster{
		Remote: &local.Remote{Admin: c.broker.Admin(), Reached: reached}, Client: c.broker.Client(), Options: c.broker.Options(), Control: control,
	}
	outcome, err := chaos.Run(c.ctx, c.force, plan, options)
	switch {
	case errors.Is(err, local.ErrTaken), errors.Is(err, local.ErrTopicThere):
		err = fmt.Errorf("%w\n  hint: chaos works with names of its own: give it an environment with another `kafka.prefix` by --env, or remove what is left of an earlier run", err)
	case err != nil:
		err = brokerError(err)
	}
	return outcome, err
}

// varControl names the program that kills and starts brokers.
const varControl = "KAFKA_CONTROL"

// plan compiles what is to run; findings are told as `run` tells them.
func (o *chaosOptions) plan() (*local.Plan, *compiler.Graph, error) {
	report := reporter{streams: o.factory.Streams, form: formatText}
	w, err := sound(o.factory, o.cmd, o.paths, report)
	if err != nil {
		return nil, nil, err
	}
	pipelines, err := w.pipelinesIn(o.cmd, o.kafka.environment)
	if err != nil {
		return nil, nil, err
	}
	graphs := make([]*compiler.Graph, len(pipelines))
	for i, pl := range pipelines {
		if graphs[i], err = w.graph(o.cmd, pl.Name.V, o.kafka.environment); err != nil {
			return nil, nil, err
		}
	}
	plan, findings, err := local.NewPlan(graphs, w.project.Root)
	if err != nil {
		return nil, nil, err
	}
	if err := report.print(append(w.warnings(), findings...).Sorted(), w.project.Sources); err != nil {
		return nil, nil, err
	}
	if findings.HasErrors() {
		o.factory.Streams.say("%s", summary(findings, len(w.project.Sources)))
		return nil, nil, errFindings
	}
	return plan, graphs[0], nil
}

// chaosTalk lets only the course of the run through: what dying processes say is of interest to who asks for it.
type chaosTalk struct{ to io.Writer }

// Write takes whole lines.
func (c chaosTalk) Write(lines []byte) (int, error) {
	for line := range strings.Lines(string(lines)) {
		if strings.HasPrefix(line, "chaos: ") {
			if _, err := io.WriteString(c.to, line); err != nil {
				return 0, err
			}
		}
	}
	return len(lines), nil
}

// servedBroker is what `chaos` starts this program for: a broker, with its files in dir.
func servedBroker(dir string, s Streams, lookup func(string) (string, bool)) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	port, _ := lookup(broker.VarPort)
	if err := broker.Serve(ctx, dir, port); err != nil {
		s.say("%v", err)
		return exitFailed
	}
	return exitOK
}
