package chaos

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"time"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/local"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// Kind is a sort of fault.
type Kind string

// The faults.
const (
	// KillRunner ends a node's runner without a word.
	KillRunner Kind = "runner"
	// RefuseWrites has the broker take no records, and ends a node's runner without a word while its results wait.
	RefuseWrites Kind = "refuse"
	// TerminateRunner asks a node's runner to end, as Kubernetes does before it takes a pod away.
	TerminateRunner Kind = "terminate"
	// KillAlgo ends a process of the user's code.
	KillAlgo Kind = "algo"
	// Members has another runner join the node's group, then leave it.
	Members Kind = "members"
	// Roll has two more runners join, then asks each of the three to end and starts it again, one after the other.
	Roll Kind = "roll"
	// KillBroker ends a broker without a word and starts it again.
	KillBroker Kind = "broker"
	// MoveLeaders has another broker lead each partition that the node reads and writes.
	MoveLeaders Kind = "leader"
)

// refusedFor is how long results wait before their runner dies: longer than it takes to commit.
const refusedFor = 300 * time.Millisecond

// Kinds are all of them.
func Kinds() []Kind {
	return []Kind{KillRunner, RefuseWrites, TerminateRunner, KillAlgo, Members, Roll, KillBroker, MoveLeaders}
}

// Remote says that only a Kafka outside suffers faults of the kind: the embedded broker leads all partitions itself.
func (k Kind) Remote() bool { return k == MoveLeaders }

// setting is what decides which nodes a fault can strike.
type setting struct {
	// nodes are those that read records.
	nodes []local.Node
	can   local.Abilities
	// partitions are those of all topics.
	partitions map[string]int32
}

// victims are the nodes that a fault of a kind can strike. Only where there is a partition for each of its runners do they
// all work while they are rolled.
func (s *setting) victims(k Kind) []local.Node {
	exactly := func(n local.Node) bool { return n.Runner.Delivery == contract.ExactlyOnce }
	switch {
	case k == KillBroker && (!s.can.Kill || !s.can.KeepsTransactions && slices.ContainsFunc(s.nodes, exactly)),
		k == MoveLeaders && !s.can.Move:
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.nodes), func(n local.Node) bool {
		switch k {
		case KillAlgo:
			return n.Runner.Exec == nil || runtime.GOOS != "linux"
		case RefuseWrites:
			return len(n.Runner.Outputs) == 0
		case Roll:
			return s.width(n) < rolled
		default:
			return false
		}
	})
}

// width is how many partitions a node reads.
func (s *setting) width(n local.Node) int {
	sum := 0
	for _, in := range n.Runner.Inputs {
		sum += int(s.partitions[in.Topic])
	}
	return sum
}

// strike has the fault happen, unless the moment has passed: then nil. The runner stands still while that is found out,
// so that what the fault finds is known exactly. Who rolls it has watched it since it had nothing to read.
func (d *driver) strike(ctx context.Context, s *Strike, victim local.Node, before *Cut, w *watch) (_ *Strike, err error) {
	pid := d.session.PID(victim.Label)
	if s.Kind == RefuseWrites {
		written := topicsOf(victim)[len(victim.Runner.Inputs):]
		if err := errors.Join(d.session.Refuse(ctx, written, true), pause(ctx, refusedFor)); err != nil {
			return nil, err
		}
		defer func() {
			err = errors.Join(err, d.session.Refuse(ctx, written, false), d.session.AwaitLife(ctx, victim.Label, 0))
		}()
	}
	if err := d.session.Send(pid, local.Pause); err != nil {
		return nil, err
	}
	resume := func() error { return d.session.Send(pid, local.Resume) }
	var hit []int // algo processes live for milliseconds
	if s.Kind == KillAlgo {
		for _, child := range children(pid) {
			if d.session.Send(child, local.Kill) == nil {
				hit = append(hit, child)
			}
		}
	}
	cut, err := d.still(ctx, victim)
	if err != nil {
		return nil, errors.Join(err, resume())
	}
	s.Unread = s.Input - (cut.written(victim) - before.written(victim)) - max(s.InFlight, victim.Runner.Concurrency)
	if s.Unread < 1 || float64(s.Unread) < unread*float64(s.Input) {
		return nil, resume()
	}
	switch s.Kind {
	case RefuseWrites:
		err = errors.Join(d.keep(ctx, victim, cut), d.session.Send(pid, local.Kill))
	case KillRunner:
		err = errors.Join(d.keep(ctx, victim, cut), d.session.Send(pid, local.Kill), d.session.AwaitLife(ctx, victim.Label, pid))
	case TerminateRunner:
		err = errors.Join(d.session.Send(pid, local.Terminate), resume(), d.session.AwaitLife(ctx, victim.Label, pid))
	case KillAlgo:
		if err = resume(); len(hit) == 0 {
			return nil, err
		}
	case Members:
		if err = resume(); err == nil {
			err = d.joinAndLeave(ctx, s)
		}
	case Roll:
		if err = resume(); err == nil {
			err = d.roll(ctx, s, victim, w)
		}
	case KillBroker:
		if err = resume(); err == nil {
			err = d.killBroker(ctx, victim)
		}
	case MoveLeaders:
		if err = resume(); err == nil {
			err = d.moveLeaders(ctx, victim)
		}
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}
