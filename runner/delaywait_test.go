package runner

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/kafka"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// tieredNode keeps what waits in the topics retry.1 and retry.2, up to two hours.
func tieredNode() *contract.Node {
	n := httpNode()
	n.Ordering, n.Retries = contract.OrderNone, []string{"retry.1", "retry.2"}
	n.OnFailure.Delayed = []contract.Delay{
		{After: contract.Duration(time.Minute), Times: 1}, {After: contract.Duration(2 * time.Hour), Times: 1},
	}
	return n
}

// tierEntry is one of a tier, at an offset, of the record with a hundred times as high an offset in its source.
func tierEntry(offset int64, due time.Time) record.Record {
	source := record.Record{Topic: "in", Offset: 100 * offset, Key: fmt.Append(nil, offset), Value: []byte("v")}
	r := record.Delayed(&source, "retry.1", record.Retry{Due: due, Round: 1, Failures: 3, First: time.Now(), Cause: "no luck", Entered: time.Now()})
	r.Offset, r.Timestamp = offset, time.Now()
	return r
}

func (d *desk) seen() []int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.handled)
}

// TestWaits: records of a tier run at their times, whatever their order in the log, under their source's place; no worker
// waits for them, and the commit stays below them.
func TestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDeskOf(t, tieredNode(), "retry.1", kafka.Position{})
		began := time.Now()
		for offset, minutes := range []int{3, 1, 2, 0} {
			d.part.Push(tierEntry(int64(offset), began.Add(time.Duration(minutes)*time.Minute)))
		}
		for _, want := range [][]int64{{300}, {300, 100}, {300, 100, 200}, {300, 100, 200, 0}} {
			time.Sleep(time.Second)
			synctest.Wait()
			if got := d.seen(); !slices.Equal(got, want) {
				t.Errorf("after %v: %v, want %v", time.Since(began), got, want)
			}
			s := d.loop.state()[0]
			if s.Waiting != 4-len(want) || s.InFlight != 0 || s.Waiting > 0 && s.Lag != 0 || d.loop.scheduler.workers != 0 {
				t.Errorf("after %v: %+v, %d workers", time.Since(began), s, d.loop.scheduler.workers)
			}
			if d.commit(); d.committed.Next != 0 && len(want) < 4 {
				t.Errorf("committed %+v with record 0 unfinished", d.committed)
			}
			time.Sleep(time.Until(began.Add(time.Duration(len(want)) * time.Minute)))
		}
		if d.commit(); d.committed.Next != 4 {
			t.Errorf("committed %+v", d.committed)
		}
	})
}

// TestWaitsEndWithTheirPartition: whoever has it next waits for what is left, and we do not.
func TestWaitsEndWithTheirPartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDeskOf(t, tieredNode(), "retry.1", kafka.Position{})
		due := time.Now().Add(time.Minute)
		d.part.Push(tierEntry(0, due))
		d.close()
		d.part.Push(tierEntry(1, due)) // a fetch that was on its way
		if d.part.waits.timer.Stop() || d.part.waits.Len() > 0 {
			t.Errorf("a timer runs for %d records", d.part.waits.Len())
		}
		if got := d.settled(); len(got) > 0 {
			t.Errorf("handled %v", got)
		}
		d.commit()
		next := newDeskOf(t, tieredNode(), "retry.1", d.committed)
		next.part.Push(tierEntry(0, due))
		next.part.Push(tierEntry(1, due))
		if got := next.settled(); !slices.Equal(got, []int64{0, 100}) {
			t.Errorf("the next one handled %v", got)
		}
	})
}

// TestWaitsAtAWindow: a full window of records that wait pauses the claim, and what comes due opens it again.
func TestWaitsAtAWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDeskOf(t, tieredNode(), "retry.1", kafka.Position{})
		paused := false
		d.part.claim.Pause = func(p bool) { paused = p }
		due := time.Now().Add(time.Minute)
		for offset := range int64(windowRecords + 1) {
			d.part.Push(tierEntry(offset, due))
		}
		if !paused || len(d.seen()) > 0 {
			t.Errorf("paused %v, %d handled", paused, len(d.seen()))
		}
		if got := d.settled(); len(got) != windowRecords+1 || paused {
			t.Errorf("%d handled, paused %v", len(got), paused)
		}
	})
}

// TestWaitsOfTheDead: what is due below the ceiling of a process that died runs alone, the rest after it.
func TestWaitsOfTheDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := kafka.Position{Next: 0, Metadata: checkpoint{ceiling: 3}.encode(0)}
		d := newDeskOf(t, tieredNode(), "retry.1", left)
		long := tierEntry(2, time.Now())
		long.Value = []byte("wait") // for an hour
		d.part.Push(tierEntry(0, time.Now().Add(90*time.Minute)))
		d.part.Push(tierEntry(1, time.Now()))
		d.part.Push(long)
		d.part.Push(tierEntry(3, time.Now()))
		if got := d.settled(); !slices.Equal(got, []int64{100, 200}) {
			t.Errorf("handled %v, of which 200 should be at work, and alone", got)
		}
		time.Sleep(time.Hour)
		if got := d.settled(); !slices.Equal(got, []int64{100, 200, 300}) {
			t.Errorf("handled %v after that", got)
		}
	})
}

// TestWaitsAreInnocent: after a process has died, what was not due is in nobody's way: not in that of what follows the
// ceiling, and not in that of other partitions.
func TestWaitsAreInnocent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := kafka.Position{Next: 0, Metadata: checkpoint{ceiling: 2}.encode(0)}
		d := newDeskOf(t, tieredNode(), "retry.1", left)
		later := time.Now().Add(90 * time.Minute)
		d.part.Push(tierEntry(0, later))
		d.part.Push(tierEntry(1, time.Now())) // alone, since it may have been what killed the process
		d.part.Push(tierEntry(2, later))
		d.part.Push(tierEntry(3, time.Now()))
		if got := d.settled(); !slices.Equal(got, []int64{100, 300}) {
			t.Errorf("handled %v while others wait", got)
		}
		if !d.loop.turnstile.take(nil) {
			t.Error("it keeps other partitions out while it waits")
		}
		d.loop.turnstile.leave(nil)
		time.Sleep(2 * time.Hour)
		if got := d.settled(); !slices.Equal(got, []int64{0, 100, 200, 300}) {
			t.Errorf("handled %v in the end", got)
		}
	})
}

// TestKillerInATier: a record that kills its process in a delayed delivery is found out like any other, and its dead letter
// counts the attempts of all deliveries.
func TestKillerInATier(t *testing.T) {
	position, deaths := kafka.Position{}, 0
	var letter record.Record
	for letter.Topic == "" && deaths < 9 {
		synctest.Test(t, func(t *testing.T) {
			m := &grave{mortal: &mortal{desk: newDeskOf(t, tieredNode(), "retry.1", position), killer: 100, died: make(chan struct{})}}
			m.loop.caller, m.loop.sink, m.part.sink = m, m, m
			for offset := range int64(3) {
				if offset >= position.Next {
					r := tierEntry(offset, time.Now())
					m.part.Push(r)
				}
			}
			m.settled()
			select {
			case <-m.died:
				deaths++
			default:
				letter = m.letter
			}
			m.commit()
			position = m.committed
		})
	}
	for name, want := range map[string]string{
		contract.HeaderErrorClass: "poison", contract.HeaderErrorAttempts: "6", contract.HeaderErrorTopic: "in", contract.HeaderErrorOffset: "100",
	} {
		if got, _ := letter.Header(name); string(got) != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if deaths > 4 || letter.Topic != "dlq" {
		t.Errorf("%d deaths, dead letter in %q", deaths, letter.Topic)
	}
}

// grave keeps the dead letter of a mortal.
type grave struct {
	*mortal
	letter record.Record
}

// Write implements Sink.
func (g *grave) Write(_ context.Context, r record.Record, ack record.Ack) error {
	g.letter = r
	ack.Acked(nil)
	return nil
}
