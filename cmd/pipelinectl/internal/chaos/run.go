package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/local"
)

// Options say how a plan is disturbed.
type Options struct {
	// Faults is how many are injected, of Kinds in an order that follows from Seed.
	Faults int
	Kinds  []Kind
	Seed   uint64
	// Records is how many are fed to each entrance in all, at the least.
	Records int
	// Program starts this program.
	Program []string
	// Kafka is what records go through; nil: an embedded one.
	Kafka *local.Cluster
	// Talk takes what runners, programs and the course of the run have to say.
	Talk io.Writer
}

// Outcome is what became of a run.
type Outcome struct {
	*Report
	// Entered counts the records that were acknowledged on their way in.
	Entered int
	Strikes []Strike
}

// ErrNothingToFeed is returned for a plan that no record can be fed to, or in which nothing reads records.
var ErrNothingToFeed = errors.New("no node of the pipeline reads records that this run can feed")

// ErrNoVictim is returned where none of the faults asked for can strike the pipeline (Kind.victims).
var ErrNoVictim = errors.New("none of these faults can strike a node of the pipeline here")

// Run runs a plan, disturbs it, and accounts for every record. An error says that it could not be carried out; what the
// pipeline did wrong is in the outcome. Force ends processes at once.
func Run(ctx, force context.Context, p *local.Plan, o Options) (out *Outcome, err error) {
	h, err := startHooks()
	if err != nil {
		return nil, err
	}
	defer h.close()
	p = withHooks(p, h)
	s, err := local.Open(ctx, force, p, local.Options{Results: io.Discard, Talk: o.Talk, Program: o.Program}, o.Kafka)
	defer func() { err = errors.Join(err, s.Close()) }()
	if err != nil {
		return nil, err
	}
	d := &driver{
		Options: o, session: s, hooks: h, nodes: p.Nodes, feeder: &feeder{entrances: entrances(p, s.URL)},
		random: rand.New(rand.NewPCG(o.Seed, 0)),
	}
	if d.victims = consumers(p); len(d.victims) == 0 || len(d.feeder.entrances) == 0 {
		return nil, ErrNothingToFeed
	}
	d.setting = setting{nodes: slices.Clone(d.victims), can: s.Abilities(), partitions: map[string]int32{}}
	for _, t := range p.Topics {
		d.setting.partitions[t.Name] = t.Partitions
	}
	d.Kinds = slices.DeleteFunc(slices.Clone(o.Kinds), func(k Kind) bool {
		none := len(d.setting.victims(k)) == 0
		if none {
			d.say("the fault %s can strike no node here", k)
		}
		return none
	})
	if len(d.Kinds) == 0 {
		return nil, ErrNoVictim
	}
	if d.feeder.producer, err = kgo.NewClient(s.Options()...); err != nil {
		return nil, err
	}
	defer d.feeder.producer.Close()
	err = d.disturb(ctx)
	if err == nil {
		d.say("%d records entered; waiting until they have arrived", len(d.feeder.all()))
		err = d.finish(ctx)
	}
	if err != nil && !errors.Is(err, errStalled) {
		return nil, err
	}
	d.session.Stop()
	stalled := err
	if out, err = d.settle(ctx); err == nil && stalled != nil {
		out.differ("%v", stalled)
	}
	return out, err
}

// withHooks gives a plan whose hooks all post to h.
func withHooks(p *local.Plan, h *hooks) *local.Plan {
	out := *p
	out.Nodes = slices.Clone(p.Nodes)
	for i := range out.Nodes {
		if n := &out.Nodes[i]; n.Runner.Webhook != nil {
			n.URL = h.url(n.Label)
		}
	}
	return &out
}

// consumers are the nodes that read records.
func consumers(p *local.Plan) []local.Node {
	return slices.DeleteFunc(slices.Clone(p.Nodes), func(n local.Node) bool { return n.Runner.Group == "" })
}

// finish waits until all records have arrived.
func (d *driver) finish(ctx context.Context) error {
	for _, label := range d.session.Labels() {
		i := slices.IndexFunc(d.victims, func(n local.Node) bool { return n.Label == label })
		if i < 0 {
			continue
		}
		if err := d.idle(ctx, d.victims[i]); err != nil {
			return err
		}
	}
	return nil
}

// settle makes the ledger and judges it.
func (d *driver) settle(ctx context.Context) (*Outcome, error) {
	l := &Ledger{Entered: d.feeder.all(), Delivered: d.hooks.all(), Cuts: d.cuts}
	topics := map[string]bool{}
	for _, n := range d.nodes {
		l.Nodes = append(l.Nodes, Node{Label: n.Label, Contract: n.Runner, Deaths: d.session.Deaths(n.Label)})
		for _, topic := range topicsOf(n) {
			topics[topic] = true
		}
	}
	var err error
	if l.Topics, err = read(ctx, d.session, slices.Sorted(maps.Keys(topics)), nil); err != nil {
		return nil, err
	}
	out := &Outcome{Report: l.Check(), Entered: len(l.Entered), Strikes: d.strikes}
	for i := range d.strikes {
		if s := &d.strikes[i]; s.Gap > longestGap {
			out.differ("node %s: finished nothing for %.2f s while its runners came and went, at most %.0f s is promised", s.Node, s.Gap, longestGap)
		}
	}
	if missing := d.Faults - len(d.strikes); missing > 0 {
		out.differ("%d of %d faults could not strike while a record was in flight and 30 %% of the input unread", missing, d.Faults)
	}
	return out, nil
}

// topicsOf are all topics of a node: those that it reads first, then those that it writes.
func topicsOf(n local.Node) []string {
	out := inputsOf(n)
	for _, o := range n.Runner.Outputs {
		out = append(out, o.Topic)
	}
	if n.Runner.DeadLetters != "" {
		out = append(out, n.Runner.DeadLetters)
	}
	return slices.Concat(out, waitsOf(n))
}

func inputsOf(n local.Node) []string {
	var out []string
	for _, in := range n.Runner.Inputs {
		out = append(out, in.Topic)
	}
	return out
}

// waitsOf are the topics in which records wait for a delayed retry.
func waitsOf(n local.Node) []string { return slices.Concat(n.Runner.Retries, parksOf(n)) }

func parksOf(n local.Node) []string {
	var out []string
	for _, in := range n.Runner.Inputs {
		if in.Park != "" {
			out = append(out, in.Park)
		}
	}
	return out
}

func (d *driver) say(format string, args ...any) {
	_, _ = fmt.Fprintf(d.Talk, "chaos: "+format+"\n", args...) // nobody is left to tell
}
