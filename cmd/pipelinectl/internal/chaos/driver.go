package chaos

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/local"
)

// Bounds of a round.
const (
	// longestPause is how long a runner stands still while its input grows: less than a group's session lasts, or its
	// partitions would go to another.
	longestPause = 4 * time.Second
	// session is runner/kafka's; a pause that came near it counts as a fault of its own.
	session = 8 * time.Second
	// settled is how long nothing must change for a backlog to count as complete.
	settled = 400 * time.Millisecond
	// idleWithin bounds the wait for a node to come nearer to the end of what it has, delays of retries apart.
	idleWithin = 2 * time.Minute
	// strikeWithin bounds the wait for a record in flight.
	strikeWithin = 10 * time.Second
	lookEvery    = 3 * time.Millisecond
	// tries is how often a round is begun anew when the moment was missed, each with twice the input.
	tries = 5
	// unread is the part of the input that must be unread when a fault strikes.
	unread = 0.3
)

// errStalled says that a node stands still, which no fault excuses.
var errStalled = errors.New("does not finish its input")

// driver disturbs a session, round by round: in each, one node gets input while it stands still, goes on, and is struck
// in the middle of it.
type driver struct {
	Options
	session *local.Session
	hooks   *hooks
	feeder  *feeder
	// nodes are all, victims those that read records.
	nodes, victims []local.Node
	setting        setting
	random         *rand.Rand
	cuts           []Cut
	strikes        []Strike
}

// Strike is a fault that struck while a record was in flight and enough of the input unread.
type Strike struct {
	Kind Kind   `json:"kind"`
	Node string `json:"node"`
	// Input is how many records the node had to read, Unread how many of them at the least it had not begun with, InFlight
	// how many were in work.
	Input    int `json:"input"`
	Unread   int `json:"unread"`
	InFlight int `json:"inFlight"`
	// Gap is how long, at the most, the runners of the node together finished nothing while the fault lasted, in seconds.
	// It is measured while runners are rolled, and counts only while there was something to read.
	Gap float64 `json:"gap,omitempty"`
}

// String tells it in a line.
func (s *Strike) String() string {
	line := fmt.Sprintf("%s of node %s with %d in flight and %d of %d unread", s.Kind, s.Node, s.InFlight, s.Unread, s.Input)
	if s.Gap > 0 {
		line += fmt.Sprintf("; at most %.2f s without a result", s.Gap)
	}
	return line
}

// disturb injects the faults: each kind in turn, and each kind on another node than the last time.
func (d *driver) disturb(ctx context.Context) error {
	d.random.Shuffle(len(d.Kinds), func(i, j int) { d.Kinds[i], d.Kinds[j] = d.Kinds[j], d.Kinds[i] })
	d.random.Shuffle(len(d.victims), func(i, j int) { d.victims[i], d.victims[j] = d.victims[j], d.victims[i] })
	for i := range d.Faults {
		kind := d.Kinds[i%len(d.Kinds)]
		victims := d.setting.victims(kind)
		victim := victims[(i%len(d.Kinds)+i/len(d.Kinds))%len(victims)]
		size := max(d.Records/d.Faults, 2*victim.Runner.Concurrency+2*feeders)
		progress := 0.4 * d.random.Float64()
		for try := range tries {
			strike, err := d.round(ctx, kind, victim, size<<try, progress)
			if err != nil {
				return fmt.Errorf("fault %d, %s of node %s: %w", i+1, kind, victim.Label, err)
			}
			if strike != nil {
				d.strikes = append(d.strikes, *strike)
				d.say("fault %d of %d: %s", i+1, d.Faults, strike)
				break
			}
			progress /= 2
		}
	}
	return nil
}

// round feeds a node and strikes it in the middle of its work; nil: the moment was missed.
func (d *driver) round(ctx context.Context, kind Kind, victim local.Node, size int, progress float64) (_ *Strike, err error) {
	if err := d.idle(ctx, victim); err != nil {
		return nil, err
	}
	var w *watch
	if kind == Roll {
		if w, err = d.watch(ctx, victim); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, w.close()) }()
	}
	input, before, err := d.backlog(ctx, victim, size)
	if err != nil || input == 0 {
		return nil, err
	}
	target := int(progress * float64(input))
	deadline := time.Now().Add(strikeWithin)
	for ; time.Now().Before(deadline); err = pause(ctx, lookEvery) {
		if err != nil {
			return nil, err
		}
		counts, err := d.session.Counts(ctx, victim.Label)
		if err != nil || counts.InFlight == 0 { // it is busy: asked again
			continue
		}
		now, err := d.cut(ctx, victim)
		if err != nil {
			return nil, err
		}
		done := now.written(victim) - before.written(victim)
		if done < target {
			continue
		}
		strike := &Strike{Kind: kind, Node: victim.Label, Input: input, InFlight: int(counts.InFlight)}
		return d.strike(ctx, strike, victim, before, w)
	}
	return nil, nil
}

// backlog has input pile up in front of a node, and gives how much, and the state before the node goes on.
func (d *driver) backlog(ctx context.Context, victim local.Node, size int) (int, *Cut, error) {
	pid := d.session.PID(victim.Label)
	already := d.session.Unread(victim.Label)
	if err := d.session.Send(pid, local.Pause); err != nil {
		return 0, nil, err
	}
	begun := time.Now()
	defer func() { _ = d.session.Send(pid, local.Resume) }() // a process that is gone needs none
	if err := d.feeder.feed(ctx, size); err != nil {
		return 0, nil, err
	}
	input, since := int64(0), time.Now()
	for time.Since(begun) < longestPause && input < int64(size) && (input == 0 || time.Since(since) < settled) {
		if now := d.session.Unread(victim.Label) - already; now != input {
			input, since = now, time.Now()
		}
		if err := pause(ctx, lookEvery); err != nil {
			return 0, nil, err
		}
	}
	cut, err := d.cut(ctx, victim)
	if err == nil && time.Since(begun) > session {
		long := *cut
		long.Alive = true
		err = d.keep(ctx, victim, &long)
	}
	return int(input), cut, err
}

// keep has the ledger know the state of a node that stands still.
func (d *driver) keep(ctx context.Context, n local.Node, cut *Cut) (err error) {
	cut.Parked, err = d.parkedAgain(ctx, n)
	d.cuts = append(d.cuts, *cut)
	return err
}

// cut is the state of a node.
func (d *driver) cut(ctx context.Context, n local.Node) (*Cut, error) {
	ends, err := d.session.Admin().ListEndOffsets(ctx, topicsOf(n)...)
	if err != nil {
		return nil, err
	}
	committed, err := d.session.Admin().FetchOffsets(ctx, n.Runner.Group)
	if err != nil {
		return nil, err
	}
	out := &Cut{Label: n.Label, Committed: map[Place]int64{}, Ends: map[Place]int64{}, Delivered: d.hooks.count(n.Label)}
	ends.Each(func(o kadm.ListedOffset) { out.Ends[Place{o.Topic, o.Partition}] = o.Offset })
	committed.Each(func(o kadm.OffsetResponse) { out.Committed[Place{o.Topic, o.Partition}] = max(0, o.At) })
	return out, nil
}

// still is the state of a node that stands still, once all that it has sent is answered.
func (d *driver) still(ctx context.Context, n local.Node) (*Cut, error) {
	last, err := d.cut(ctx, n)
	for same := 0; err == nil && same < 3; {
		if err = pause(ctx, 5*time.Millisecond); err != nil {
			break
		}
		var now *Cut
		if now, err = d.cut(ctx, n); err != nil {
			break
		}
		if same++; !now.equal(last) {
			same = 0
		}
		last = now
	}
	return last, err
}

func (c *Cut) equal(other *Cut) bool {
	return maps.Equal(c.Ends, other.Ends) && maps.Equal(c.Committed, other.Committed) && c.Delivered == other.Delivered
}

// written is how much a node has written up to the cut.
func (c *Cut) written(n local.Node) int {
	return c.Delivered + c.total(topicsOf(n)[len(n.Runner.Inputs):])
}

// total adds up the ends of topics.
func (c *Cut) total(topics []string) int {
	total := int64(0)
	for at, end := range c.Ends {
		if slices.Contains(topics, at.Topic) {
			total += end
		}
	}
	return int(total)
}
