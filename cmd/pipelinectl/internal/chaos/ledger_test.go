package chaos

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// work is a node that reads t.in and writes t.out; at-least-once, in the order of keys.
func work() *contract.Node {
	return &contract.Node{
		Group: "g", Inputs: []contract.Input{{Name: "in", Topic: "t.in"}}, Outputs: []contract.Output{{Name: "out", Topic: "t.out"}},
		DeadLetters: "t.dlq", Ordering: contract.OrderKey, Delivery: contract.AtLeastOnce, Concurrency: 2,
		OnFailure: &contract.OnFailure{FailurePolicy: contract.FailurePolicy{
			InPlace: contract.InPlace{Attempts: 3},
			Routes: map[contract.Class]contract.Route{
				contract.Transient: {To: contract.RouteDeadLetters}, contract.Permanent: {To: contract.RouteDeadLetters},
				contract.Overload: {To: contract.RouteDeadLetters}, contract.Poison: {To: contract.RouteDeadLetters},
			},
		}},
	}
}

// hook is a node that reads t.out and delivers.
func hook() *contract.Node {
	n := work()
	n.Inputs[0].Topic, n.Outputs, n.DeadLetters = "t.out", nil, "t.hook.dlq"
	n.Webhook = &contract.Webhook{URL: "https://hooks.example.org"}
	return n
}

// id is that of the record i, made that of what work makes of it.
func id(i int) string { return fmt.Sprintf("id-%d", i) }

func made(i int) string { return fmt.Sprintf("made-%d", i) }

// input is record i of t.in: two keys, one partition.
func input(i int) Record {
	return Record{Position: Position{Place{"t.in", 0}, int64(i)}, ID: id(i), Key: fmt.Sprint("key-", i%2)}
}

// output is what work made of record i, at an offset.
func output(i, offset int) Record {
	return Record{Position: Position{Place{"t.out", 0}, int64(offset)}, ID: made(i), Parent: id(i), Key: fmt.Sprint("key-", i%2)}
}

// records is how many a sound ledger has.
const records = 10

// sound is a ledger of ten records that went through both nodes, each once and in order.
func sound() *Ledger {
	l := &Ledger{
		Nodes:  []Node{{Label: "work", Contract: work()}, {Label: "hook", Contract: hook()}},
		Topics: map[string][]Record{}, Delivered: map[string][]string{},
	}
	for i := range records {
		l.Entered = append(l.Entered, Entry{Topic: "t.in", ID: id(i), Key: input(i).Key})
		l.Topics["t.in"] = append(l.Topics["t.in"], input(i))
		l.Topics["t.out"] = append(l.Topics["t.out"], output(i, i))
		l.Delivered["hook"] = append(l.Delivered["hook"], made(i))
	}
	return l
}

// again has work write record i once more, and the hook deliver that too.
func (l *Ledger) again(i int) {
	l.Topics["t.out"] = append(l.Topics["t.out"], output(i, len(l.Topics["t.out"])))
	l.Delivered["hook"] = append(l.Delivered["hook"], made(i))
}

// cutAt is the state of work when it has written some records and committed fewer.
func cutAt(committed, written int64) Cut {
	return Cut{
		Label: "work", Committed: map[Place]int64{{"t.in", 0}: committed},
		Ends: map[Place]int64{{"t.in", 0}: records, {"t.out", 0}: written},
	}
}

// bury moves record i from the results of work to its dead letters.
func (l *Ledger) bury(i int, f *Failure) {
	l.Topics["t.out"] = slices.DeleteFunc(l.Topics["t.out"], func(r Record) bool { return r.Parent == id(i) })
	l.Delivered["hook"] = slices.DeleteFunc(l.Delivered["hook"], func(got string) bool { return got == made(i) })
	letter := input(i)
	letter.Position, letter.Failure = Position{Place{"t.dlq", 0}, int64(len(l.Topics["t.dlq"]))}, f
	l.Topics["t.dlq"] = append(l.Topics["t.dlq"], letter)
}

// demandDifference demands one difference of a ledger that was sound before; empty: none.
func demandDifference(t *testing.T, plant func(*Ledger), want string) {
	t.Helper()
	l := sound()
	plant(l)
	got := l.Check().Differences
	switch {
	case want == "" && len(got) > 0:
		t.Errorf("differences %q, want none", got)
	case want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], want)):
		t.Errorf("differences %q, want one that begins with %q", got, want)
	}
}

// TestCheck plants each difference in a ledger that is sound without it, and the nearest thing that is none.
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		plant func(*Ledger)
		// want begins the one difference; empty: none.
		want string
	}{
		{name: "nothing", plant: func(*Ledger) {}},
		{"lost", func(l *Ledger) {
			l.Topics["t.out"], l.Delivered["hook"] = slices.Delete(l.Topics["t.out"], 4, 5), slices.Delete(l.Delivered["hook"], 4, 5)
		}, "node work: lost, without result and without dead letter: id-4"},
		{"lost by a hook", func(l *Ledger) { l.Delivered["hook"] = slices.Delete(l.Delivered["hook"], 9, 10) }, "node hook: lost"},
		{"lost on the way in", func(l *Ledger) { l.Entered = append(l.Entered, Entry{Topic: "t.in", ID: "id-none"}) }, "lost on the way in: id-none"},
		{"lost behind a commit", func(l *Ledger) {
			l.Cuts = []Cut{cutAt(5, 4)}
			l.Topics["t.out"], l.Delivered["hook"] = slices.Delete(l.Topics["t.out"], 4, 5), slices.Delete(l.Delivered["hook"], 4, 5)
		}, "node work: lost"},
		{"dropped by policy", func(l *Ledger) {
			l.Nodes[0].Contract.OnFailure.Routes[contract.Permanent] = contract.Route{To: contract.RouteDrop}
			l.Topics["t.out"], l.Delivered["hook"] = slices.Delete(l.Topics["t.out"], 4, 5), slices.Delete(l.Delivered["hook"], 4, 5)
		}, ""},

		{"duplicated without a fault", func(l *Ledger) { l.again(9) }, "node work: duplicated beyond what its faults explain: id-9"},
		{"duplicated, finished since the last commit", func(l *Ledger) { l.Cuts = []Cut{cutAt(9, 10)}; l.again(9) }, ""},
		{"duplicated more often than there were faults", func(l *Ledger) {
			l.Cuts = []Cut{cutAt(9, 10)}
			l.again(9)
			l.again(9)
		}, "node work: duplicated"},
		{"duplicated though committed", func(l *Ledger) { l.Cuts = []Cut{cutAt(10, 10)}; l.again(9) }, "node work: duplicated"},
		{"duplicated though not written when the runner died", func(l *Ledger) { l.Cuts = []Cut{cutAt(9, 9)}; l.again(9) }, "node work: duplicated"},
		{"duplicated by a runner that lived on", func(l *Ledger) {
			alive := cutAt(9, 9)
			alive.Alive = true
			l.Cuts = []Cut{alive}
			l.again(9)
		}, ""},
		{"duplicated by another node's fault", func(l *Ledger) {
			other := cutAt(9, 10)
			other.Label = "hook"
			l.Cuts = []Cut{other}
			l.again(9)
		}, "node work: duplicated"},
		{"duplicated, exactly once", func(l *Ledger) {
			l.Nodes[0].Contract.Delivery = contract.ExactlyOnce
			l.Cuts = []Cut{cutAt(9, 10)}
			l.again(9)
		}, "node work: duplicated"},
		{"delivered twice", func(l *Ledger) { l.Delivered["hook"] = append(l.Delivered["hook"], made(9)) }, "node hook: duplicated"},
		{"result and dead letter", func(l *Ledger) {
			letter := input(3)
			letter.Place, letter.Failure = Place{"t.dlq", 0}, &Failure{Class: contract.Permanent, Attempts: 1, Topic: "t.in"}
			l.Topics["t.dlq"] = []Record{letter}
		}, "node work: duplicated"},

		{"swapped within a key", func(l *Ledger) {
			l.Topics["t.out"][2], l.Topics["t.out"][4] = output(4, 2), output(2, 4)
			l.Delivered["hook"][2], l.Delivered["hook"][4] = made(4), made(2)
		}, "node work: reordered within their key: id-4"},
		{"swapped deliveries of a key", func(l *Ledger) {
			l.Delivered["hook"][2], l.Delivered["hook"][4] = made(4), made(2)
		}, "node hook: reordered within their key: made-4"},
		{"swapped between keys", func(l *Ledger) { l.Delivered["hook"][2], l.Delivered["hook"][3] = made(3), made(2) }, ""},
		{"swapped where any order goes", func(l *Ledger) {
			l.Nodes[1].Contract.Ordering = contract.OrderNone
			l.Delivered["hook"][2], l.Delivered["hook"][4] = made(4), made(2)
		}, ""},
		{"swapped on the way in", func(l *Ledger) { l.Entered[2], l.Entered[4] = l.Entered[4], l.Entered[2] }, "reordered on the way in: id-2"},

		{"dead letter by policy", func(l *Ledger) { l.bury(9, &Failure{Class: contract.Permanent, Attempts: 1, Topic: "t.in"}) }, ""},
		{"dead letter of a class that is dropped", func(l *Ledger) {
			l.Nodes[0].Contract.OnFailure.Routes[contract.Permanent] = contract.Route{To: contract.RouteDrop}
			l.bury(9, &Failure{Class: contract.Permanent, Attempts: 1, Topic: "t.in"})
		}, "node work: dead letters that its policy does not explain: id-9"},
		{"dead letter before its last attempt", func(l *Ledger) {
			l.bury(9, &Failure{Class: contract.Transient, Attempts: 2, Topic: "t.in"})
		}, "node work: dead letters"},
		{"dead letter after its last attempt", func(l *Ledger) { l.bury(9, &Failure{Class: contract.Transient, Attempts: 3, Topic: "t.in"}) }, ""},
		{"dead letter of an overloaded algo without a bound", func(l *Ledger) {
			l.bury(9, &Failure{Class: contract.Overload, Topic: "t.in"})
		}, "node work: dead letters"},
		{"dead letter for deaths that were not", func(l *Ledger) {
			l.Nodes[0].Deaths = 2
			l.bury(9, &Failure{Class: contract.Poison, Cause: causeKilled, Topic: "t.in"})
		}, "node work: dead letters"},
		{"dead letter for three deaths", func(l *Ledger) {
			l.Nodes[0].Deaths = 3
			l.bury(9, &Failure{Class: contract.Poison, Cause: causeKilled, Topic: "t.in"})
		}, ""},
		{"dead letter that says nothing", func(l *Ledger) { l.bury(9, nil) }, "node work: dead letters"},
		{"a result of nothing", func(l *Ledger) {
			l.Delivered["hook"] = append(l.Delivered["hook"], "id-none")
		}, "node hook: made of records that it never read: id-none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			demandDifference(t, c.plant, c.want)
		})
	}
}

// TestCheckCounts: the report says how much beside how much.
func TestCheckCounts(t *testing.T) {
	t.Parallel()
	l := sound()
	l.Cuts = []Cut{cutAt(7, 10)} // 7, 8 and 9 are finished and not committed
	l.again(8)
	l.bury(0, &Failure{Class: contract.Permanent, Attempts: 1, Topic: "t.in"})
	got := l.Check().Nodes[0]
	want := NodeReport{
		Node: "work", Ordering: contract.OrderKey, Delivery: contract.AtLeastOnce, Read: 10, Written: 9, Duplicated: 1, Allowed: 3, DeadLettered: 1,
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
