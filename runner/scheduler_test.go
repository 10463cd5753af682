package runner

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// TestSchedulerModel drives the scheduler with records of random partitions and keys, some of which are tried again, and
// checks what it promises: never more than limit at once, records of one lane one after another and in order, every
// record to its end.
func TestSchedulerModel(t *testing.T) {
	for _, ordering := range []contract.Ordering{contract.OrderPartition, contract.OrderKey, contract.OrderNone} {
		for _, limit := range []int{1, 2, 7} {
			for _, turn := range []int{1, 5} {
				t.Run(fmt.Sprintf("%s/%d/%d", ordering, limit, turn), func(t *testing.T) {
					t.Parallel()
					model := newModel(t, ordering, limit, turn)
					model.feed(2000)
					model.pending.Wait()
					if limit > 1 && ordering != contract.OrderPartition && model.most < 2 {
						t.Error("nothing ever ran side by side")
					}
				})
			}
		}
	}
}

// model is what a scheduler is checked against.
type model struct {
	t         *testing.T
	ordering  contract.Ordering
	limit     int
	scheduler *scheduler
	parts     []*partition
	pending   sync.WaitGroup

	mu      sync.Mutex
	random  *rand.Rand
	running map[string]bool
	last    map[string]int64
	now     int
	most    int
}

func newModel(t *testing.T, ordering contract.Ordering, limit, turn int) *model {
	m := &model{
		t: t, ordering: ordering, limit: limit, random: rand.New(rand.NewPCG(1, 2)), running: map[string]bool{}, last: map[string]int64{},
	}
	m.scheduler = &scheduler{ordering: ordering, limit: limit, turn: turn, run: m.run}
	for range 3 {
		m.parts = append(m.parts, &partition{keyed: map[string]*lane{}})
	}
	return m
}

func (m *model) feed(n int) {
	m.pending.Add(n)
	for i := range n {
		m.mu.Lock()
		p := m.random.IntN(len(m.parts))
		var key []byte
		if k := m.random.IntN(6); k > 0 {
			key = fmt.Append(nil, k)
		}
		m.mu.Unlock()
		m.scheduler.push(&task{part: m.parts[p], rec: record.Record{Partition: int32(p), Offset: int64(i), Key: key}})
	}
}

// queue names what a record must not overtake; empty when it may overtake anything.
func (m *model) queue(t *task) string {
	switch {
	case m.ordering == contract.OrderPartition:
		return strconv.Itoa(int(t.rec.Partition))
	case m.ordering == contract.OrderKey && t.rec.Key != nil:
		return fmt.Sprintf("%d/%s", t.rec.Partition, t.rec.Key)
	}
	return ""
}

func (m *model) run(t *task) (time.Duration, bool) {
	name := m.queue(t)
	m.mu.Lock()
	m.now++
	m.most = max(m.most, m.now)
	if m.now > m.limit {
		m.t.Errorf("%d at once, limit %d", m.now, m.limit)
	}
	if name != "" && m.running[name] {
		m.t.Errorf("two records of %s at once", name)
	}
	if name != "" && t.rec.Offset < m.last[name] {
		m.t.Errorf("%s: %d after %d", name, t.rec.Offset, m.last[name])
	}
	m.running[name], m.last[name] = true, t.rec.Offset
	pause := time.Duration(m.random.IntN(50)) * time.Microsecond
	again := t.history.failures < 2 && m.random.IntN(10) == 0
	m.mu.Unlock()

	time.Sleep(pause) // the record's work; nothing is waited for

	m.mu.Lock()
	defer m.mu.Unlock()
	m.now--
	m.running[name] = false
	if again {
		t.history.failures++
		return pause, true
	}
	m.pending.Done()
	return 0, false
}

func TestSchedulerForgetsKeys(t *testing.T) {
	p := &partition{keyed: map[string]*lane{}}
	var done sync.WaitGroup
	s := &scheduler{ordering: contract.OrderKey, limit: 1, turn: 1, run: func(*task) (time.Duration, bool) { done.Done(); return 0, false }}
	for i := range 100 {
		done.Add(1)
		s.push(&task{part: p, rec: record.Record{Key: fmt.Append(nil, i)}})
	}
	done.Wait()
	eventually(t, "keys forgotten", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(p.keyed) == 0 && s.workers == 0
	})
}
