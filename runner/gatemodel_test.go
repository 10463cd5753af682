package runner

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/call"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/kafka"
	"github.com/pipelinectl/pipelinectl/runner/metrics"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// desk is one partition without a broker: whoever asks for a commit gets it after a moment. It is for a bubble of synctest.
type desk struct {
	loop *loop
	part *partition
	// close lets the partition go; a second time does nothing.
	close func()

	mu        sync.Mutex
	handled   []int64
	committed kafka.Position
	// frozen says that the process is dead, and commits no more.
	frozen bool
}

// Call implements Caller: records whose value is "wait" take an hour, the others no time.
func (d *desk) Call(ctx context.Context, r *call.Request) (call.Result, error) {
	d.mu.Lock()
	d.handled = append(d.handled, r.Record.Offset)
	d.mu.Unlock()
	if string(r.Record.Value) == "wait" {
		select {
		case <-ctx.Done():
			return call.Result{}, ctx.Err()
		case <-time.After(time.Hour):
		}
	}
	return call.Result{None: true}, nil
}

func newDesk(t *testing.T, ordering contract.Ordering, left kafka.Position) *desk {
	t.Helper()
	n := httpNode()
	n.Ordering = ordering
	return newDeskOf(t, n, "in", left)
}

// newDeskOf is one of a node's partitions of a topic.
func newDeskOf(t *testing.T, n *contract.Node, topic string, left kafka.Position) *desk {
	t.Helper()
	n.Concurrency, n.Timeout = 8, contract.Duration(2*time.Hour)
	d := &desk{committed: left}
	d.loop = newLoop(n, d, nil, kafka.NewMemory(0), record.NewMaker(n, "", ""), slog.New(slog.DiscardHandler))
	d.loop.metrics = metrics.New(n, "", "", func() []metrics.Partition { return nil })
	asked := make(chan struct{}, 1)
	ask := func() {
		select {
		case asked <- struct{}{}:
		default:
		}
	}
	d.part = d.loop.open(kafka.Claim{Topic: topic, Committed: left, HighWater: func() int64 { return 0 }, Commit: ask, Pause: func(bool) {}}, nil, nil)
	var committing sync.WaitGroup
	committing.Go(func() {
		for range asked {
			time.Sleep(time.Millisecond)
			d.commit()
		}
	})
	d.close = sync.OnceFunc(func() {
		d.part.Close()
		close(asked)
		committing.Wait()
	})
	t.Cleanup(d.close)
	return d
}

// commit does what the committer does in a round.
func (d *desk) commit() {
	position, ok := d.part.Position()
	if d.mu.Lock(); !ok || d.frozen || position == d.committed {
		d.mu.Unlock()
		return
	}
	d.committed = position
	d.mu.Unlock()
	d.part.Committed(position)
}

// push gives the partition records, each of a key of its own where value does not say otherwise.
func (d *desk) push(value string, offsets ...int64) {
	for _, offset := range offsets {
		d.part.Push(record.Record{Topic: "in", Offset: offset, Key: fmt.Append(nil, offset), Value: []byte(value)})
	}
}

// settled gives what was handled once nothing moves any more.
func (d *desk) settled() []int64 {
	time.Sleep(10 * time.Minute)
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(slices.Values(d.handled))
}

// TestRecoveryEnds: what is left by a process that died holds nothing up for ever, whatever the log is like: offsets
// may be those of a transaction's markers, and records may have been compacted away.
func TestRecoveryEnds(t *testing.T) {
	for name, c := range map[string]struct {
		ordering contract.Ordering
		left     checkpoint
		log      []int64
	}{
		"markers at the ceiling":    {contract.OrderPartition, checkpoint{ceiling: 12}, []int64{10, 12, 14}},
		"nothing below the ceiling": {contract.OrderNone, checkpoint{ceiling: 74}, []int64{80, 81}},
		"the suspect is gone":       {contract.OrderNone, checkpoint{ceiling: 14, suspect: 12, tries: 2}, []int64{10, 11, 13, 20}},
		"the suspect was finished":  {contract.OrderNone, checkpoint{ceiling: 14, suspect: 12, tries: 2, done: []span{{12, 13}}}, []int64{10, 11, 12, 13}},
		"the suspect has records before it in its lane": {
			contract.OrderPartition, checkpoint{ceiling: 14, suspect: 12, tries: 2}, []int64{10, 11, 12, 13, 20},
		},
		"a suspect that never comes": {contract.OrderNone, checkpoint{ceiling: 74, suspect: 1 << 39, tries: 2}, upTo(windowRecords + 2)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, c.ordering, kafka.Position{Next: 10, Metadata: c.left.encode(10)})
				for _, offset := range c.log { // one after another: the next is not there yet when one ends
					d.push("", offset)
					if len(c.log) < 10 {
						time.Sleep(time.Second)
					}
				}
				want := slices.DeleteFunc(slices.Clone(c.log), func(offset int64) bool {
					return slices.ContainsFunc(c.left.done, func(s span) bool { return s.from <= offset && offset < s.to })
				})
				if got := d.settled(); !slices.Equal(got, want) {
					t.Errorf("handled %d records, want %d: %v", len(got), len(want), got[:min(len(got), 10)])
				}
			})
		})
	}
}

func upTo(n int64) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = 10 + int64(i)
	}
	return out
}

// TestSparseOffsets: where offsets lie far apart, records run side by side as they do elsewhere.
func TestSparseOffsets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, contract.OrderNone, kafka.Position{})
		for i := range int64(20) {
			d.push("wait", i*1_000_000)
		}
		if got := d.settled(); len(got) != 8 {
			t.Errorf("%d run at once, want the 8 of concurrency: %v", len(got), got)
		}
	})
}

// TestDirtyWhileDraining: a commit says that records may be in work as long as they are.
func TestDirtyWhileDraining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, contract.OrderNone, kafka.Position{})
		d.push("wait", 0)
		d.settled()
		closed := make(chan struct{})
		go func() { defer close(closed); d.close() }()
		synctest.Wait()
		if p, _ := d.part.Position(); p.Metadata == "1" {
			t.Error("committed clean with a record in work")
		}
		<-closed
		if p, ok := d.part.Position(); !ok || p.Metadata != "1" || p.Next != 0 {
			t.Errorf("let go with %+v", p)
		}
	})
}

// TestFirstRecord: the first record of a claim does not wait for a commit where something was committed before.
func TestFirstRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, contract.OrderNone, kafka.Position{Next: 10, Metadata: "1"})
		d.commit() // the round that follows on a claim
		d.part.claim.Commit = func() { t.Error("the record asks for a commit") }
		d.push("", 10)
		if got := d.settled(); !slices.Equal(got, []int64{10}) {
			t.Errorf("handled %v", got)
		}
	})
}

// TestNoCommitInsideTransaction: what a transaction is about to commit is not committed beside it, by whoever gives up waiting
// for its end.
func TestNoCommitInsideTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, contract.OrderNone, kafka.Position{})
		x := &transacted{loop: d.loop, claim: d.part.claim, current: d.part}
		d.part.transacted = x
		d.push("", 0)
		d.settled()
		d.part.settledPosition() // as Transaction.End does
		if p, ok := x.Position(); ok {
			t.Errorf("committed %+v while the transaction is open", p)
		}
	})
}

// TestKeptIsBounded: records that wait for a life pause their claim.
func TestKeptIsBounded(t *testing.T) {
	var paused bool
	d := &loop{memory: kafka.NewMemory(0)}
	x := &transacted{loop: d, claim: kafka.Claim{Pause: func(pause bool) { paused = pause }}}
	for offset := range int64(windowRecords + 2) {
		x.Push(record.Record{Offset: offset})
	}
	if !paused {
		t.Error("the claim goes on")
	}
}

// TestPastIsNotBelieved: a claim that began outside of what was committed keeps its records, however many were read
// before its first life.
func TestPastIsNotBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, contract.OrderNone, kafka.Position{})
		x := &transacted{loop: d.loop, claim: d.part.claim}
		for offset := range int64(5) {
			x.Push(record.Record{Topic: "in", Offset: offset})
		}
		p := x.begin(kafka.Position{Next: 100, Metadata: "1"}, nil)
		if low, ok := p.track.low(); len(x.kept) != 5 || !ok || low != 0 {
			t.Errorf("%d records kept, watermark %d, %v", len(x.kept), low, ok)
		}
		p.Close()
		x.over()
		if p := x.begin(kafka.Position{Next: 3, Metadata: "1"}, nil); len(x.kept) != 2 {
			t.Errorf("%d records kept of those above a position of its own", len(x.kept))
		} else {
			p.Close()
		}
	})
}

// TestHeldAskOnce: records above the ceiling are not asked again before it is above them, however often it rises; and all
// come to their turn.
func TestHeldAskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, contract.OrderNone, kafka.Position{})
		var asked atomic.Int64
		run := d.loop.scheduler.run
		d.loop.scheduler.run = func(t *task) (time.Duration, bool) {
			asked.Add(1)
			return run(t)
		}
		const records = 3 * marginMax
		d.push("", upTo(records)...)
		if got := d.settled(); len(got) != records {
			t.Errorf("handled %d of %d", len(got), records)
		}
		if n := asked.Load(); n > 2*records { // when it comes, and when it runs
			t.Errorf("%d records asked %d times", records, n)
		}
	})
}
