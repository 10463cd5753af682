package runner

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// modelled is a log and a consumer of it, told twice: by a tracker, and by plain maps that say nothing clever.
type modelled struct {
	t      *testing.T
	random *rand.Rand
	// log are the offsets that exist, with gaps, as compaction and transactions leave them.
	log []int64

	real tracker
	// pushed are the records that this process has read and not finished, by offset, with their sequence numbers; read
	// says how far into log it is.
	pushed map[int64]uint64
	read   int
	sizes  map[int64]int

	// finished is what any process ever finished, as its own mind has it; committed what a reader of the commit knows.
	finished  map[int64]bool
	position  int64
	text      string
	committed map[int64]bool
}

// TestTrackerModel drives both through random reads, completions, commits, crashes (what was not committed is forgotten)
// and rebalances (a commit, then another process).
func TestTrackerModel(t *testing.T) {
	for seed := range uint64(300) {
		m := &modelled{t: t, random: rand.New(rand.NewPCG(seed, 1)), committed: map[int64]bool{}}
		next := int64(m.random.IntN(100))
		for range 300 {
			m.log = append(m.log, next)
			next += 1 + int64(m.random.IntN(3)*m.random.IntN(2))
		}
		m.position = m.log[0]
		m.claim()
		for range 600 {
			switch n := m.random.IntN(100); {
			case n < 45 && m.read < len(m.log):
				m.push()
			case n < 90:
				m.finish()
			case n < 96:
				m.commit()
			case n < 98:
				m.claim() // a crash
			default:
				m.commit()
				m.claim()
			}
			m.compare(seed)
			if t.Failed() {
				return
			}
		}
	}
}

// claim is a process that knows no more than the commit.
func (m *modelled) claim() {
	known, err := parseCheckpoint(m.text, m.position)
	if err != nil {
		m.t.Fatal(err)
	}
	m.real, m.pushed, m.sizes, m.finished = tracker{known: known.done}, map[int64]uint64{}, map[int64]int{}, maps.Clone(m.committed)
	m.read, _ = slices.BinarySearch(m.log, m.position)
}

func (m *modelled) push() {
	offset := m.log[m.read]
	m.read++
	m.sizes[offset] = m.random.IntN(1000)
	seq, finished := m.real.add(offset, m.sizes[offset])
	if finished != m.committed[offset] {
		m.t.Errorf("the commit says %v of offset %d", finished, offset)
	}
	if !finished {
		m.pushed[offset] = seq
	}
}

func (m *modelled) finish() {
	if len(m.pushed) == 0 {
		return
	}
	offset := slices.Sorted(maps.Keys(m.pushed))[m.random.IntN(len(m.pushed))]
	m.real.done(m.pushed[offset])
	m.real.done(m.pushed[offset]) // twice changes nothing
	delete(m.pushed, offset)
	m.finished[offset] = true
}

func (m *modelled) commit() {
	low, ok := m.real.low()
	if !ok {
		return
	}
	m.position, m.text = low, checkpoint{done: m.real.finished()}.encode(low)
	m.committed = maps.Clone(m.finished)
}

// compare holds the tracker to what the maps say.
func (m *modelled) compare(seed uint64) {
	m.t.Helper()
	low, ok := m.real.low()
	if !ok {
		if len(m.sizes) > 0 {
			m.t.Errorf("seed %d: no watermark after %d records", seed, len(m.sizes))
		}
		return
	}
	want, bytes, runs, after := m.log[m.read-1]+1, 0, 0, true
	if len(m.pushed) > 0 {
		want = slices.Min(slices.Collect(maps.Keys(m.pushed)))
	} else if low > want { // an earlier claim's work, not read again yet
		want = low
	}
	for _, offset := range m.log {
		if offset < low && !m.finished[offset] {
			m.t.Errorf("seed %d: the watermark %d passes %d, which is not finished", seed, low, offset)
		}
	}
	for _, offset := range slices.Sorted(maps.Keys(m.sizes)) {
		if offset < want {
			continue
		}
		_, open := m.pushed[offset]
		bytes += m.sizes[offset]
		if after && !open {
			runs++
		}
		after = open
	}
	if low != want || m.real.bytes != bytes || m.real.runs != runs || len(m.real.finished()) > m.real.room() {
		m.t.Errorf("seed %d: low watermark %d, %d bytes, %d runs (%d written in room for %d), want %d, %d, %d",
			seed, low, m.real.bytes, m.real.runs, len(m.real.finished()), m.real.room(), want, bytes, runs)
	}
}

func TestTrackerEmpty(t *testing.T) {
	var empty tracker
	if _, ok := empty.low(); ok {
		t.Error("a watermark before the first record")
	}
	seq, _ := empty.add(7, 1)
	empty.done(seq)
	empty.done(seq) // twice changes nothing
	if low, ok := empty.low(); !ok || low != 8 {
		t.Errorf("low watermark %d, %v, want 8", low, ok)
	}
}

func TestTrackerDoesNotAllocate(t *testing.T) {
	var track tracker
	seq, _ := track.add(0, 1)
	if n := testing.AllocsPerRun(1000, func() {
		track.done(seq)
		seq, _ = track.add(1, 1)
	}); n > 0 {
		t.Errorf("%v allocations per record", n)
	}
}
