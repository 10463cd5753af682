package chaos

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/local"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// The faults of this file last for a while, and the node that they strike works on. So it is fed all that time.

// joinAndLeave has another runner join, take part in as much input again, and leave in the middle of it.
func (d *driver) joinAndLeave(ctx context.Context, s *Strike) error {
	joined, err := d.session.Join(ctx, s.Node)
	if err != nil {
		return err
	}
	defer joined.Leave()
	return d.feeder.feed(ctx, s.Input)
}

// longestGap is how long the runners of a node may finish nothing while they are rolled, in seconds.
const longestGap = 1.0

// rolled is how many runners of a node are there while they are rolled.
const rolled = 3

// roll has as many runners as that, and asks one after the other to end, as Kubernetes does when a Deployment changes.
func (d *driver) roll(ctx context.Context, s *Strike, victim local.Node, w *watch) error {
	runners := []*local.Runner{d.session.Runner(victim.Label)}
	for len(runners) < rolled {
		joined, err := d.session.Join(ctx, victim.Label)
		if err != nil {
			return err
		}
		defer joined.Leave()
		runners = append(runners, joined)
	}
	above := d.upstream(victim)[1:]
	left := func() int { return w.left() + d.unread(above) }
	gap, err := w.measure(func() error {
		return d.fed(ctx, 2*s.Input, left, func(ctx context.Context) error {
			for _, r := range runners {
				before := r.PID()
				if err := errors.Join(d.session.Send(before, local.Terminate), r.AwaitLife(ctx, before)); err != nil {
					return err
				}
			}
			return nil
		})
	})
	s.Gap = gap.Seconds()
	return err
}

// killBroker ends a broker while all runners stand still, and has it run again while they work. They live on with what
// they have in work, and may find that their partitions are no longer theirs: when it goes, and when it comes back.
func (d *driver) killBroker(ctx context.Context, victim local.Node) error {
	var pids []int
	for _, n := range d.nodes {
		pid := d.session.PID(n.Label)
		if err := d.session.Send(pid, local.Pause); err != nil {
			return err
		}
		pids = append(pids, pid)
	}
	cuts, err := d.stills(ctx)
	if err == nil {
		err = d.session.KillBroker(ctx, topicsOf(victim))
	}
	for _, pid := range pids {
		err = errors.Join(err, d.session.Send(pid, local.Resume))
	}
	if err != nil {
		return err
	}
	nodes := d.upstream(victim)
	left := func() int { return d.unread(nodes) }
	if err := d.fed(ctx, 2*feeders, left, d.session.HealBrokers); err != nil {
		return err
	}
	for _, n := range d.nodes {
		if err := d.session.AwaitLife(ctx, n.Label, 0); err != nil {
			return err
		}
	}
	for i, n := range d.victims {
		after, err := d.cut(ctx, n)
		if err != nil {
			return err
		}
		cuts[i].Ends = after.Ends // what came meanwhile was in work too
		d.cuts = append(d.cuts, cuts[i], cuts[i])
	}
	return nil
}

// stills are the states of all victims, which stand still, and what their parks hold.
func (d *driver) stills(ctx context.Context) ([]Cut, error) {
	var out []Cut
	for _, n := range d.victims {
		cut, err := d.still(ctx, n)
		if err != nil {
			return nil, err
		}
		if cut.Parked, err = d.parkedAgain(ctx, n); err != nil {
			return nil, err
		}
		cut.Alive = true
		out = append(out, *cut)
	}
	return out, nil
}

// moveLeaders has all that the node reads and writes led by another broker while it works.
func (d *driver) moveLeaders(ctx context.Context, victim local.Node) error {
	nodes := d.upstream(victim)
	left := func() int { return d.unread(nodes) }
	return d.fed(ctx, 2*feeders, left, func(ctx context.Context) error {
		return d.session.MoveLeaders(ctx, topicsOf(victim))
	})
}

// unread gives how much some nodes have not committed.
func (d *driver) unread(nodes []local.Node) int {
	sum := 0
	for _, n := range nodes {
		sum += int(d.session.Unread(n.Label))
	}
	return sum
}

// upstream are the nodes that write what a node reads, near or far, behind the node itself.
func (d *driver) upstream(n local.Node) []local.Node {
	nodes, wanted := []local.Node{n}, map[string]bool{}
	for i := 0; i < len(nodes); i++ {
		for _, in := range nodes[i].Runner.Inputs {
			wanted[in.Topic] = true
		}
		for _, other := range d.victims {
			writes := slices.ContainsFunc(other.Runner.Outputs, func(o contract.Output) bool { return wanted[o.Topic] })
			if writes && !slices.ContainsFunc(nodes, func(known local.Node) bool { return known.Label == other.Label }) {
				nodes = append(nodes, other)
			}
		}
	}
	return nodes
}

// fedEvery is between two looks at what a node has left to read.
const fedEvery = 20 * time.Millisecond

// fed does something during which a node is fed as much again as soon as it has less than least left.
func (d *driver) fed(ctx context.Context, least int, left func() int, do func(ctx context.Context) error) error {
	enough, stop := context.WithCancel(ctx)
	defer stop()
	fed := make(chan error, 1)
	go func() {
		var err error
		for err == nil && enough.Err() == nil {
			if left() < least {
				err = d.feeder.feed(ctx, least)
			}
			_ = pause(enough, fedEvery) // its end is seen above
		}
		fed <- err
	}()
	err := do(ctx)
	stop()
	return errors.Join(err, <-fed)
}
