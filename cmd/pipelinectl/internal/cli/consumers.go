package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/groups"
	"github.com/pipelinectl/pipelinectl/compiler"
)

// consumerOptions are those of the verbs about the consumer groups of one pipeline.
type consumerOptions struct {
	factory  *Factory
	cmd      *cobra.Command
	pipeline string
	paths    []string
	kafka    kafkaOptions
	dryRun   bool
	allow    allowances
}

// flags declares what both take.
func (o *consumerOptions) flags(cmd *cobra.Command, dryRun string) {
	kafkaFlags(cmd, &o.kafka, 1)
	fromClusterFlags(cmd, &o.kafka)
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, dryRun)
	allowDestroyFlag(cmd, &o.allow)
}

// consumers is a verb about the groups of a pipeline at work.
type consumers struct {
	*connection
	client *groups.Client
	graph  *compiler.Graph
	groups []groups.Group
}

// open compiles the project, finds the pipeline and its groups (see groupsOf), and connects.
func (o *consumerOptions) open(node string, tiers bool) (*consumers, error) {
	w, err := compiled(o.factory, o.cmd, o.paths, reporter{streams: o.factory.Streams, form: formatText})
	if err != nil {
		return nil, err
	}
	if err := o.kafka.given(o.cmd, w); err != nil {
		return nil, err
	}
	pl, err := w.pipeline(o.cmd, o.pipeline)
	if err != nil {
		return nil, err
	}
	g, err := w.graph(o.cmd, pl.Name.V, o.kafka.environment)
	if err != nil {
		return nil, err
	}
	found, err := groupsOf(o.cmd, g, node, tiers)
	if err != nil {
		return nil, err
	}
	c, err := o.kafka.open(o.factory, o.cmd, g)
	if err != nil {
		return nil, err
	}
	return &consumers{connection: c, client: &groups.Client{Admin: c.broker.Admin()}, graph: g, groups: found}, nil
}

// groupsOf are the groups of a pipeline's nodes, by node; of one node where that is named. Their topics are the inputs, and
// with tiers also those where records wait for a delayed retry.
func groupsOf(cmd *cobra.Command, g *compiler.Graph, node string, tiers bool) ([]groups.Group, error) {
	var out []groups.Group
	var known []string
	for _, n := range g.Nodes {
		if n.Group == "" {
			continue
		}
		known = append(known, n.Name)
		if node == "" || node == n.Name {
			topics := topicsOf(n)
			if tiers {
				for _, t := range n.Retries {
					topics = append(topics, t.Name)
				}
			}
			out = append(out, groups.Group{Name: n.Group, Node: n.Name, Topics: topics})
		}
	}
	switch {
	case len(known) == 0:
		return nil, &usageError{cmd: cmd, err: fmt.Errorf("no node of pipeline `%s` reads records, so it has no consumer group", g.Pipeline.Name.V)}
	case len(out) == 0:
		return nil, &usageError{cmd: cmd, err: fmt.Errorf("no node `%s` with a consumer group in pipeline `%s`", node, g.Pipeline.Name.V), hint: cmp.Or(didYouMean(node, known), "there are "+names(known))}
	}
	return out, nil
}

// idle refuses groups that have members: these would go on from where they are, or be broken.
func (c *consumers) idle(s Streams, all []groups.Standing) error {
	alive := false
	for _, g := range all {
		if len(g.Members) == 0 {
			continue
		}
		alive = true
		hint := "stop them first, and keep them stopped until this is done"
		if i := slices.IndexFunc(c.graph.Nodes, func(n *compiler.Node) bool { return n.Group == g.Name }); i >= 0 && c.graph.Environment != nil {
			hint = fmt.Sprintf("stop them first: `kubectl -n %s scale deployment/%s --replicas=0`, with the engine and the scaler that would undo it suspended",
				c.graph.Environment.Namespace.V, c.graph.Nodes[i].Object)
		}
		s.say("error: group `%s` has %s: %s", g.Name, plural(len(g.Members), "member"), names(g.Members))
		s.say("  hint: %s", hint)
	}
	if alive {
		s.say("nothing was changed: %v", errAlive)
		return errors.Join(errRefused, errAlive)
	}
	return nil
}

// errAlive is why groups with members are left alone.
var errAlive = errors.New("groups with members alive are left alone")
