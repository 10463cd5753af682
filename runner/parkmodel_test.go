package runner

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/call"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/kafka"
	"github.com/pipelinectl/pipelinectl/runner/metrics"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// parkWorld is a broker and user code without either: a source of one partition, its park, and what came of the records. Only
// it outlives a process.
type parkWorld struct {
	t      *testing.T
	random *rand.Rand
	source []record.Record
	// unread keeps the source from being pushed when a process begins.
	unread bool
	// killer is the offset that kills a process when it runs from the park; -1: none does.
	killer int64
	budget int
	// memory is that of the processes; outage has everything fail.
	memory int64
	outage bool
	// log takes the logs of the processes.
	log io.Writer

	mu        sync.Mutex
	park      []record.Record
	committed kafka.Position
	// outcomes are the offsets whose result or dead letter was written, in order; buried are those with a dead letter.
	outcomes, buried []int64
	attempts         map[int64]int
	life             *parkLife
}

// parkLife is a process.
type parkLife struct {
	world *parkWorld
	loop  *loop
	part  *partition
	// dead says that nothing of it reaches the world any more; died is closed then, if the killer did it.
	dead  bool
	died  chan struct{}
	queue chan func()
	close func()
}

// begin starts a process that reads the source from what is committed.
func (w *parkWorld) begin() *parkLife {
	n := parkNode(time.Minute, 1000)
	n.Timeout = contract.Duration(time.Hour)
	l := &parkLife{world: w, died: make(chan struct{}), queue: make(chan func(), 1<<16)}
	w.mu.Lock()
	w.life = l
	left := w.committed
	w.mu.Unlock()
	l.loop = newLoop(n, l, l, kafka.NewMemory(w.memory), record.NewMaker(n, "", ""), slog.New(slog.NewTextHandler(w.log, nil)))
	l.loop.metrics = metrics.New(n, "", "", func() []metrics.Partition { return nil })
	asked := make(chan struct{}, 1)
	claim := kafka.Claim{
		Topic: "in", Committed: left, Pause: func(bool) {}, HighWater: func() int64 { return int64(len(w.source)) },
		Log: func(string) *kafka.Log { return &kafka.Log{Replay: l.replay, From: l.from} },
		Commit: func() {
			select {
			case asked <- struct{}{}:
			default:
			}
		},
	}
	l.part = l.loop.open(claim, l, nil)
	l.part.park.store.budget = func() int { return w.budget }
	l.part.park.start(suspicion{died: l.part.gate.alone > 0})
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // the broker answers a producer in order
		for {
			select {
			case write := <-l.queue:
				time.Sleep(time.Millisecond)
				write()
			case <-ctx.Done():
				return
			}
		}
	}()
	go func() {
		for {
			select {
			case <-asked:
			case <-time.After(200 * time.Millisecond):
			case <-ctx.Done():
				return
			}
			l.commit()
		}
	}()
	l.close = sync.OnceFunc(func() {
		l.part.Close()
		l.commit()
		cancel()
	})
	for _, r := range w.source {
		if r.Offset >= left.Next && !w.unread {
			l.part.Push(r)
		}
	}
	return l
}

func (l *parkLife) commit() {
	position, ok := l.part.Position()
	l.world.mu.Lock()
	if !ok || l.dead || position == l.world.committed {
		l.world.mu.Unlock()
		return
	}
	l.world.committed = position
	l.world.mu.Unlock()
	l.part.Committed(position)
}

// kill ends the process as it stands.
func (l *parkLife) kill() {
	l.world.mu.Lock()
	l.dead = true
	l.world.mu.Unlock()
	l.part.cancel()
	l.close()
}

func (l *parkLife) replay(_ context.Context, each func(record.Record)) error {
	return l.from(context.Background(), 0, each)
}

func (l *parkLife) from(_ context.Context, offset int64, each func(record.Record)) error {
	l.world.mu.Lock()
	log := slices.Clone(l.world.park[offset:])
	l.world.mu.Unlock()
	for _, r := range log {
		each(r)
	}
	return nil
}

// Call implements Caller: records fail now and then; the killer kills, when it runs from the park.
func (l *parkLife) Call(ctx context.Context, r *call.Request) (call.Result, error) {
	w := l.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if l.dead {
		return call.Result{}, ctx.Err()
	}
	offset := r.Record.Offset
	w.attempts[offset]++
	if string(r.Record.Value) != fmt.Sprint("value ", offset) || !slices.EqualFunc(r.Record.Headers, w.source[offset].Headers, func(a, b record.Header) bool {
		return string(a.Key) == string(b.Key) && string(a.Value) == string(b.Value)
	}) || string(r.Record.Key) != string(w.source[offset].Key) || !r.Record.Timestamp.Equal(w.source[offset].Timestamp) {
		w.t.Errorf("offset %d runs as %+v", offset, r.Record)
	}
	switch {
	case offset == w.killer && r.Attempt > 1:
		l.dead = true
		close(l.died)
		return call.Result{}, ctx.Err()
	case offset == w.killer, w.outage, w.random.IntN(6) == 0:
		return call.Result{}, &call.Failure{Class: record.Transient, Cause: "not yet"}
	case w.random.IntN(50) == 0:
		return call.Result{}, &call.Failure{Class: record.Permanent, Cause: "never"}
	}
	return call.Result{Value: r.Record.Value, None: false}, nil
}

// Write implements Sink.
func (l *parkLife) Write(_ context.Context, r record.Record, ack record.Ack) error {
	l.queue <- func() {
		w := l.world
		w.mu.Lock()
		if l.dead {
			w.mu.Unlock()
			ack.Acked(kafka.ErrClosed)
			return
		}
		switch r.Topic {
		case "park":
			r.Offset, r.Timestamp = int64(len(w.park)), time.Now()
			w.park = append(w.park, r)
		default:
			offset := ack.(*task).rec.Offset
			w.outcomes = append(w.outcomes, offset)
			if r.Topic == "dlq" && strings.Contains(ack.(*task).given.Cause, "earlier log") {
				w.t.Errorf("offset %d is given up: %s", offset, ack.(*task).given.Cause)
			}
			if r.Topic == "dlq" && ack.(*task).given.Class == record.Poison {
				w.buried = append(w.buried, offset)
			}
		}
		w.mu.Unlock()
		if placed, ok := ack.(record.Placed); ok {
			placed.Placed(r.Offset)
		}
		ack.Acked(nil)
	}
	return nil
}

// over says whether every record has an outcome, and nothing is parked or uncommitted.
func (l *parkLife) over() bool {
	l.world.mu.Lock()
	next := l.world.committed.Next
	l.world.mu.Unlock()
	l.part.mu.Lock()
	defer l.part.mu.Unlock()
	return next == int64(len(l.world.source)) && l.part.park.state == parkOpen && l.part.park.size() == 0
}

func newParkWorld(t *testing.T, seed uint64, records int) *parkWorld {
	w := &parkWorld{t: t, random: rand.New(rand.NewPCG(seed, 1)), killer: -1, budget: parkBytes, log: io.Discard, attempts: map[int64]int{}}
	keys := 1 + w.random.IntN(20)
	for offset := range int64(records) {
		r := record.Record{
			Topic: "in", Offset: offset, Value: fmt.Append(nil, "value ", offset), Timestamp: time.UnixMilli(offset * 1000),
			Headers: []record.Header{{Key: []byte("own"), Value: fmt.Append(nil, offset)}},
		}
		if k := w.random.IntN(keys + 1); k > 0 {
			r.Key = fmt.Append(nil, "key ", k)
		}
		w.source = append(w.source, r)
	}
	return w
}

// chance gives a number below n.
func (w *parkWorld) chance(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.random.IntN(n)
}

// check holds what came of the records to what was promised: nothing is lost, and no key's records overtake one another.
func (w *parkWorld) check(seed uint64, crashes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := map[int64]bool{}
	last := map[string]int64{}
	for _, offset := range w.outcomes {
		if seen[offset] {
			continue
		}
		seen[offset] = true
		if key := w.source[offset].Key; key != nil {
			if before, ok := last[string(key)]; ok && before > offset {
				w.t.Errorf("seed %d: %s: %d after %d", seed, key, offset, before)
			}
			last[string(key)] = offset
		}
	}
	if len(seen) != len(w.source) {
		w.t.Errorf("seed %d: %d of %d records have an outcome", seed, len(seen), len(w.source))
	}
	if twice := len(w.outcomes) - len(seen); crashes == 0 && twice > 0 {
		w.t.Errorf("seed %d: %d outcomes twice without a crash", seed, twice)
	}
}

// TestParkModel: whatever fails, dies and is handed over, at whatever moment, every record has its outcome, and those of a
// key in order; without a crash each has just one.
func TestParkModel(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			w := newParkWorld(t, seed, 1+int(seed)*7)
			if seed%3 == 1 {
				w.budget = 1 // nothing stays in memory
			}
			crashes := 0
			for life := 0; ; life++ {
				l := w.begin()
				if life < 12 {
					time.Sleep(time.Duration(w.chance([]int{int(300 * time.Millisecond), int(3 * time.Minute)}[w.chance(2)])))
					if seed%2 == 0 && w.chance(2) == 0 {
						crashes++
						l.kill()
					} else {
						l.close()
					}
					continue
				}
				for began := time.Now(); !l.over(); time.Sleep(time.Second) {
					if time.Since(began) > 10*time.Hour {
						t.Fatalf("seed %d: it stands still at %d", seed, w.committed.Next)
					}
				}
				l.close()
				break
			}
			w.check(seed, crashes)
		})
	}
}

// TestParkKiller: a record that kills the process each time it runs from the park is found out, and no other.
func TestParkKiller(t *testing.T) {
	for seed := range uint64(40) {
		synctest.Test(t, func(t *testing.T) {
			w := newParkWorld(t, seed, 200)
			w.killer = w.random.Int64N(200)
			deaths := 0
			for over := false; !over; {
				l := w.begin()
				dead := false
				for began := time.Now(); !over && !dead; time.Sleep(time.Second) {
					select {
					case <-l.died:
						deaths++
						dead = true
						l.kill()
					default:
						over = l.over()
					}
					if time.Since(began) > 10*time.Hour {
						t.Fatalf("seed %d: it stands still at %d after %d deaths", seed, w.committed.Next, deaths)
					}
				}
				if deaths > 5 {
					t.Fatalf("seed %d: %d deaths", seed, deaths)
				}
				l.close()
			}
			w.check(seed, deaths)
			if !slices.Equal(w.buried, []int64{w.killer}) {
				t.Errorf("seed %d: buried as killers %v, want %d; %d deaths", seed, w.buried, w.killer, deaths)
			}
		})
	}
}
