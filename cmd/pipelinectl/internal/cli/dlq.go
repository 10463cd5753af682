package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/deadletters"
	"github.com/pipelinectl/pipelinectl/compiler"
)

func newDLQCmd(f *Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dlq",
		Short: "Look at dead letters, put them back to work, or delete them",
		Long: "A record that a node cannot handle, after what its failure policy allows, goes to the node's topic of dead letters:\n" +
			"key, value, headers and timestamp as they were, and in headers `pipelinectl-error-*` why, when, where and by what\n" +
			"image and configuration it was given up.",
	}
	cmd.AddCommand(newDLQLsCmd(f, nil), newDLQShowCmd(f, nil), newDLQReplayCmd(f, nil), newDLQPurgeCmd(f, nil))
	onlyVerbs(cmd)
	return cmd
}

// dlqOptions are those of every verb about dead letters.
type dlqOptions struct {
	factory *Factory
	cmd     *cobra.Command
	paths   []string
	kafka   kafkaOptions
	node    string
	filter  deadletters.Filter
	// headers and key are as given; check makes the filter's of them.
	headers []string
	key     string
}

func newDLQOptions(f *Factory) dlqOptions { return dlqOptions{factory: f} }

// flags declares what all of them take.
func (o *dlqOptions) flags(cmd *cobra.Command) {
	kafkaFlags(cmd, &o.kafka, 0)
	fromClusterFlags(cmd, &o.kafka)
	cmd.Flags().StringVar(&o.node, "node", "", "only the dead letters of one `NODE`, or PIPELINE/NODE")
}

// filterFlags declares those that choose among dead letters.
func (o *dlqOptions) filterFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Var(&moment{at: &o.filter.Since}, "since", "only those given up at `TIME` or later: 2026-11-20T08:00:00Z, 2026-11-20, or how long ago, as in 90m")
	flags.Var(&moment{at: &o.filter.Until}, "until", "only those given up before `TIME`")
	flags.StringSliceVar(&o.filter.Classes, "class", nil, "only failures of this `CLASS`: "+list(failureClasses())+"; several with commas or flags")
	flags.StringArrayVar(&o.headers, "header", nil, "only records with this header, as `NAME=VALUE`; of several flags, all")
	flags.StringVar(&o.key, "key", "", "only records with this `KEY`")
	flags.StringVar(&o.filter.Cause, "cause", "", "only those whose cause holds `TEXT`, in capitals or not")
}

// check refuses what the command line alone shows to be wrong, and completes the filter.
func (o *dlqOptions) check() error {
	for _, class := range o.filter.Classes {
		if !slices.Contains(failureClasses(), class) {
			return &usageError{cmd: o.cmd, err: fmt.Errorf("--class does not take `%s`", class), hint: cmp.Or(didYouMean(class, failureClasses()), "it takes "+list(failureClasses()))}
		}
	}
	for _, text := range o.headers {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return &usageError{cmd: o.cmd, err: fmt.Errorf("--header does not take `%s`", text), hint: "it takes NAME=VALUE, as in `content-type=image/png`"}
		}
		o.filter.Headers = append(o.filter.Headers, deadletters.HeaderIs{Name: name, Value: value})
	}
	if o.cmd.Flags().Changed("key") {
		o.filter.Key = &o.key
	}
	if f := o.filter; !f.Since.IsZero() && !f.Until.IsZero() && !f.Since.Before(f.Until) {
		return &usageError{cmd: o.cmd, err: errors.New("--since is not before --until: nothing lies between"), hint: "--since takes the earlier time"}
	}
	return o.kafka.check(o.cmd)
}

// dlqSession is a verb about dead letters at work.
type dlqSession struct {
	*connection
	client *deadletters.Client
	nodes  []*deadletters.Node
	// first is the graph of the first pipeline.
	first *compiler.Graph
	// several says that the nodes are of more than one pipeline.
	several bool
}

// open compiles the project, finds the nodes and connects.
func (o *dlqOptions) open() (*dlqSession, error) {
	s, err := o.find()
	if err != nil {
		return nil, err
	}
	return s, o.connect(s)
}

// find compiles the project and finds the nodes.
func (o *dlqOptions) find() (*dlqSession, error) {
	w, err := compiled(o.factory, o.cmd, o.paths, reporter{streams: o.factory.Streams, form: formatText})
	if err != nil {
		return nil, err
	}
	if err := o.kafka.given(o.cmd, w); err != nil {
		return nil, err
	}
	pipelines, err := w.pipelinesIn(o.cmd, o.kafka.environment)
	if err != nil {
		return nil, err
	}
	s := &dlqSession{several: len(pipelines) > 1}
	readers := w.readers(o.kafka.environment)
	for _, pl := range pipelines {
		g, err := w.graph(o.cmd, pl.Name.V, o.kafka.environment)
		if err != nil {
			return nil, err
		}
		s.first = cmp.Or(s.first, g)
		s.nodes = append(s.nodes, deadLetterNodes(g, readers)...)
	}
	if s.nodes, err = o.choose(s.nodes); err != nil {
		return nil, err
	}
	if o.kafka.fromCluster && o.kafka.user == "" && s.several {
		return nil, &usageError{cmd: o.cmd, err: errors.New("--from-cluster for several pipelines"), hint: "each has a user of its own: name the file of one, or `--user NAME` for one that may do it all"}
	}
	return s, nil
}

// connect connects to Kafka as the user of the first pipeline.
func (o *dlqOptions) connect(s *dlqSession) error {
	c, err := o.kafka.open(o.factory, o.cmd, s.first)
	if err != nil {
		return err
	}
	s.connection = c
	s.client = &deadletters.Client{Admin: c.broker.Admin(), Options: c.broker.Options(), Cluster: c.broker.Cluster}
	return nil
}

// choose keeps the node of --node.
func (o *dlqOptions) choose(nodes []*deadletters.Node) ([]*deadletters.Node, error) {
	if len(nodes) == 0 {
		return nil, &usageError{cmd: o.cmd, err: errors.New("no node here reads records, so none has dead letters")}
	}
	if o.node == "" {
		return nodes, nil
	}
	var known []string
	var chosen []*deadletters.Node
	for _, n := range nodes {
		known = append(known, n.Name)
		if o.node == n.Name || o.node == n.Label() {
			chosen = append(chosen, n)
		}
	}
	switch len(chosen) {
	case 0:
		return nil, &usageError{cmd: o.cmd, err: fmt.Errorf("no node `%s` with dead letters", o.node), hint: cmp.Or(didYouMean(o.node, known), "there are "+names(known))}
	case 1:
		return chosen, nil
	default:
		return nil, &usageError{cmd: o.cmd, err: fmt.Errorf("several pipelines have a node `%s`", o.node), hint: "add the pipeline: `--node " + chosen[0].Label() + "`"}
	}
}

// label is how a node is named in results.
func (s *dlqSession) label(n *deadletters.Node) string {
	if s.several {
		return n.Label()
	}
	return n.Name
}

// letters counts what lies in the topics of all nodes.
func (s *dlqSession) letters() (total int64, err error) {
	topics := make([]string, len(s.nodes))
	for i, n := range s.nodes {
		topics[i] = n.Topic
	}
	spans, _, err := s.client.Spans(s.ctx, topics...)
	for _, span := range spans {
		total += span.End - span.Start
	}
	return total, err
}
