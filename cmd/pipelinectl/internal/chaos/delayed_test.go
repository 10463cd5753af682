package chaos

import (
	"maps"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// delays has work retry records later: in a tier or, with a park, in the order of keys.
func (l *Ledger) delays(park string) {
	n := l.Nodes[0].Contract
	n.OnFailure.Delayed = []contract.Delay{{After: contract.Duration(time.Second), Times: 2}}
	if n.Inputs[0].Park = park; park == "" {
		n.Ordering, n.Retries = contract.OrderNone, []string{"t.retry.1"}
	}
}

// putOff has work write record i to its tier, to wait for a round.
func (l *Ledger) putOff(i, round int) {
	waiting := input(i)
	waiting.Position, waiting.Round = Position{Place{"t.retry.1", 0}, int64(len(l.Topics["t.retry.1"]))}, round
	l.Topics["t.retry.1"] = append(l.Topics["t.retry.1"], waiting)
}

// cutWaiting is cutAt when the tier has some entries, of which fewer are committed.
func cutWaiting(committed, written, done, waiting int64) Cut {
	c := cutAt(committed, written)
	c.Committed[Place{"t.retry.1", 0}], c.Ends[Place{"t.retry.1", 0}] = done, waiting
	return c
}

// cutParked is cutAt when a park holds record i.
func cutParked(committed, written int64, i int) Cut {
	c := cutAt(committed, written)
	c.Parked = map[Position]bool{input(i).Position: true}
	return c
}

// TestCheckDelayed is TestCheck for a node with delayed retries.
func TestCheckDelayed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		plant func(*Ledger)
		want  string
	}{
		{"put off and duplicated without a fault", func(l *Ledger) { l.delays(""); l.putOff(9, 1); l.again(9) }, "node work: duplicated"},
		{"put off, and read again since that was not committed", func(l *Ledger) {
			l.delays("")
			l.putOff(9, 1)
			l.Cuts = []Cut{cutWaiting(9, 9, 0, 1)}
			l.putOff(9, 1)
			l.again(9)
		}, ""},
		{"waiting in a tier, and duplicated", func(l *Ledger) {
			l.delays("")
			l.putOff(9, 1)
			l.Cuts = []Cut{cutWaiting(10, 9, 0, 1)}
			l.again(9)
		}, "node work: duplicated"},
		{"finished in a tier, and not committed there", func(l *Ledger) {
			l.delays("")
			l.putOff(9, 1)
			l.Cuts = []Cut{cutWaiting(10, 10, 0, 1)}
			l.again(9)
		}, ""},
		{"put off for another round, and not committed in the tier", func(l *Ledger) {
			l.delays("")
			l.putOff(9, 1)
			l.putOff(9, 2)
			l.Cuts = []Cut{cutWaiting(10, 9, 0, 2)}
			l.putOff(9, 2)
			l.again(9)
		}, ""},
		{"finished, and still parked", func(l *Ledger) { l.delays("t.park"); l.Cuts = []Cut{cutParked(10, 10, 9)}; l.again(9) }, ""},
		{"parked, and duplicated", func(l *Ledger) { l.delays("t.park"); l.Cuts = []Cut{cutParked(10, 9, 9)}; l.again(9) }, "node work: duplicated"},
		{"finished while another is parked", func(l *Ledger) { l.delays("t.park"); l.Cuts = []Cut{cutParked(10, 10, 8)}; l.again(9) }, "node work: duplicated"},
		{"parked, and overtaken within its key", func(l *Ledger) {
			l.delays("t.park")
			l.Topics["t.out"][2], l.Topics["t.out"][4] = output(4, 2), output(2, 4)
			l.Delivered["hook"][2], l.Delivered["hook"][4] = made(4), made(2)
		}, "node work: reordered within their key: id-4"},
		{"parked, given up and overtaken", func(l *Ledger) {
			l.delays("t.park")
			l.bury(2, &Failure{Class: contract.Transient, Attempts: 9, Topic: "t.in"})
		}, ""},
		{"dead letter before its last delivery", func(l *Ledger) {
			l.delays("t.park")
			l.bury(9, &Failure{Class: contract.Transient, Attempts: 8, Topic: "t.in"})
		}, "node work: dead letters"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			demandDifference(t, c.plant, c.want)
		})
	}
}

// TestReplay: a park holds what was entered and not ended, whatever else stands in it.
func TestReplay(t *testing.T) {
	t.Parallel()
	entry := func(key string, null bool) Record {
		return Record{Position: Position{Place: Place{"t.park", 3}}, Key: key, Null: null}
	}
	got := map[Position]bool{}
	replay(got, []Record{
		entry("3/7", false), entry("3/8", false), entry("3/marks", false), entry("3/7", false), entry("3/7", true), entry("3/9", true),
		entry("2/5", false), entry("", false),
	}, "t.in")
	if want := map[Position]bool{{Place{"t.in", 3}, 8}: true}; !maps.Equal(got, want) {
		t.Errorf("it holds %v, want %v", got, want)
	}
}

// TestWatchDelayed: a record that waits is nothing that anybody could finish, and what else a park holds is no record.
func TestWatchDelayed(t *testing.T) {
	t.Parallel()
	w := newWatch()
	for i := range 3 {
		w.see(input(i), true, false)
	}
	w.see(input(1), false, true)
	w.see(output(0, 0), false, false)
	w.see(Record{Key: "0/marks"}, false, true)
	if got := w.left(); got != 1 {
		t.Errorf("%d records are left, want the one that nothing became of", got)
	}
}
