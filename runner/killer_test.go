package runner

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/call"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/kafka"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// mortal is a process that one record kills.
type mortal struct {
	*desk
	killer int64
	died   chan struct{}
	buried chan int64
}

// Call implements Caller.
func (m *mortal) Call(ctx context.Context, r *call.Request) (call.Result, error) {
	if r.Record.Offset == m.killer {
		m.mu.Lock()
		m.frozen = true
		m.mu.Unlock()
		close(m.died)
		<-ctx.Done()
		return call.Result{}, ctx.Err()
	}
	return m.desk.Call(ctx, r)
}

// Write implements Sink: all it is given are dead letters.
func (m *mortal) Write(_ context.Context, _ record.Record, ack record.Ack) error {
	m.buried <- ack.(*task).rec.Offset
	ack.Acked(nil)
	return nil
}

// TestKillerModel lets processes die over a record of a random log, with a random ordering, until it is given up: it, and
// no other, after four deaths at most (the first is nobody's yet), and every other record is handled.
func TestKillerModel(t *testing.T) {
	orderings := []contract.Ordering{contract.OrderPartition, contract.OrderKey, contract.OrderNone}
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 0))
		log, at := []int64{}, random.Int64N(1000)
		for range 1 + random.IntN(300) {
			log = append(log, at)
			if at++; random.IntN(3) == 0 {
				at += random.Int64N(200)
			}
		}
		killer := log[random.IntN(len(log))]
		handled, position, deaths, over := map[int64]bool{}, kafka.Position{}, 0, false
		for life := 0; life < 10 && !over; life++ {
			ordering := orderings[random.IntN(len(orderings))] // a new one in each life: configurations change
			if seed%2 == 0 {
				ordering = orderings[seed/2%3]
			}
			synctest.Test(t, func(t *testing.T) {
				m := &mortal{desk: newDesk(t, ordering, position), killer: killer, died: make(chan struct{}), buried: make(chan int64, len(log))}
				m.loop.caller, m.loop.sink, m.part.sink = m, m, m
				for _, offset := range log {
					if offset >= position.Next {
						m.push("", offset)
					}
				}
				m.settled()
				for _, offset := range m.handled {
					handled[offset] = true
				}
				select {
				case <-m.died:
					deaths++
				default:
					over = true
				}
				m.commit()
				position = m.committed
				if len(m.buried) > 1 || len(m.buried) == 1 && <-m.buried != killer {
					t.Errorf("seed %d: a neighbour is buried", seed)
				}
			})
		}
		limit := 4
		if seed%2 == 1 {
			limit = 9 // another ordering makes the count begin anew
		}
		if !over || len(handled) != len(log)-1 || handled[killer] || deaths > limit || position.Next != log[len(log)-1]+1 {
			t.Errorf("seed %d: over %v after %d deaths, %d of %d handled, committed %+v", seed, over, deaths, len(handled), len(log)-1, position)
		}
	}
}

// stumbling is user code that fails each other record the first times.
type stumbling struct {
	*desk
	times int
}

// Call implements Caller.
func (f *stumbling) Call(ctx context.Context, r *call.Request) (call.Result, error) {
	if r.Record.Offset%2 == 0 && r.Attempt <= f.times {
		return call.Result{}, &call.Failure{Class: record.Transient, Cause: "not yet"}
	}
	return f.desk.Call(ctx, r)
}

// TestCrowded: where more records are finished above the watermark than a commit has room for, nothing more starts until
// there is room again, and nothing is forgotten over it.
func TestCrowded(t *testing.T) {
	for _, times := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t, contract.OrderNone, kafka.Position{})
			d.loop.caller = &stumbling{d, times}
			p := d.loop.policies["in"]
			p.InPlace.Backoff, p.InPlace.Max = contract.Duration(time.Minute), contract.Duration(time.Minute)
			d.loop.policies["in"] = p
			const records = 5000
			longest, crowded := 0, false
			for offset := range int64(records) {
				d.push("", offset)
			}
			for d.commit(); d.committed.Next < records && longest <= checkpointBytes; d.commit() {
				longest = max(longest, len(d.committed.Metadata))
				d.part.mu.Lock()
				crowded = crowded || d.part.gate.crowded
				d.part.mu.Unlock()
				if time.Sleep(time.Second); time.Since(time.Unix(946684800, 0)) > 10*time.Hour { // the bubble's beginning
					t.Fatalf("it stands still at %d", d.committed.Next)
				}
			}
			if got := d.settled(); len(got) != records || longest > checkpointBytes || !crowded {
				t.Errorf("%d of %d handled, metadata of %d bytes, crowded %v", len(got), records, longest, crowded)
			}
		})
	}
}
