package runner

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/kafka"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// parkedAt adds entries to a world's park, with keys of their own where key is empty.
func (w *parkWorld) parkedAt(due time.Time, offsets ...int64) {
	for _, offset := range offsets {
		entry := record.Parked(&w.source[offset], "park", record.Retry{Due: due, Round: 1, Failures: 1, First: due, Cause: "not yet", Entered: due})
		entry.Offset, entry.Timestamp = int64(len(w.park)), time.Now()
		w.park = append(w.park, entry)
	}
}

// TestParkedThenRead: a record that was parked, and that the next holder of the claim reads after it has finished it from the
// park, does not run again.
func TestParkedThenRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newParkWorld(t, 1, 5)
		w.unread, w.source[4].Key = true, nil
		w.committed = kafka.Position{Next: 2, Metadata: "1"}
		w.parkedAt(time.Now(), 1, 3)
		l := w.begin()
		time.Sleep(time.Hour)
		for _, offset := range []int64{2, 3, 4} {
			l.part.Push(w.source[offset])
		}
		time.Sleep(time.Hour)
		l.close()
		slices.Sort(w.outcomes)
		if !slices.Equal(w.outcomes, []int64{1, 2, 3, 4}) || w.committed.Next != 5 {
			t.Errorf("outcomes %v, committed %+v", w.outcomes, w.committed)
		}
	})
}

// TestParkedWeighs: what a park holds counts as held from when it is read, also where nothing else moves.
func TestParkedWeighs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newParkWorld(t, 1, 3)
		w.unread = true
		w.committed = kafka.Position{Next: 3, Metadata: "1"}
		w.parkedAt(time.Now().Add(time.Hour), 0, 1, 2)
		l := w.begin()
		time.Sleep(time.Minute)
		if held := l.part.loop.memory.Held(); held < 3*parkedBytes {
			t.Errorf("%d bytes held for 3 entries", held)
		}
		time.Sleep(time.Hour)
		l.close()
		if held := l.part.loop.memory.Held(); held != 0 {
			t.Errorf("%d bytes are held at the end", held)
		}
	})
}

// TestSuspects: of the last mark only those are suspected that may have been in work when the process died: the first of
// their key, without an outcome since.
func TestSuspects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newParkWorld(t, 1, 6)
		for i := range w.source {
			w.source[i].Key = []byte{byte('a' + i/2)}
		}
		w.unread = true
		w.committed = kafka.Position{Next: 6, Metadata: checkpoint{ceiling: 70}.encode(6)}
		due := time.Now().Add(time.Minute)
		w.parkedAt(due, 0, 1, 2, 3, 4, 5)
		w.park = append(w.park, record.Record{Key: markKey(0), Value: []byte("1 0:3 1 2 4"), Offset: 6})
		w.parkedAt(due, 2)
		w.park = append(w.park, record.Unparked("park", 0, 4), record.Record{Key: []byte("end"), Value: []byte{}, Offset: 9})
		l := w.begin()
		time.Sleep(time.Second)
		w.mu.Lock()
		if !slices.Equal(w.buried, []int64{0}) || len(w.attempts) > 0 {
			t.Errorf("buried %v, tried %v", w.buried, w.attempts)
		}
		w.mu.Unlock()
		for !l.over() {
			time.Sleep(time.Minute)
		}
		l.close()
		w.outcomes = append([]int64{4}, w.outcomes...) // it was ended before
		w.check(0, 1)
	})
}

// TestParkFull: when a park has no more room nothing more starts that might need some, and it goes on when there is.
func TestParkFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newParkWorld(t, 2, parkFloor+500)
		w.memory, w.outage = 1, true
		for i := range w.source {
			w.source[i].Key = strconv.AppendInt(nil, int64(i), 10)
		}
		l := w.begin()
		time.Sleep(10 * time.Minute)
		l.part.mu.Lock()
		size := l.part.park.size()
		l.part.mu.Unlock()
		if size < parkFloor || size > parkFloor+l.loop.node.Concurrency {
			t.Errorf("%d entries where %d have room", size, parkFloor)
		}
		w.mu.Lock()
		w.outage = false
		w.mu.Unlock()
		for began := time.Now(); !l.over(); time.Sleep(time.Minute) {
			if time.Since(began) > 100*time.Hour {
				t.Fatalf("it stands still at %d", w.committed.Next)
			}
		}
		l.close()
		w.check(2, 0)
	})
}

// TestMark: what a mark says is read back, and nothing else is.
func TestMark(t *testing.T) {
	m := marks{covered: map[*parked]bool{{offset: 7}: true, {offset: 12}: true}, doubts: map[int64]*doubt{7: {tries: 2}, 3: {}}}
	text := m.encode()
	tries, err := parseMark(text)
	if text != "1 3 7:2 12" || err != nil || len(tries) != 3 || tries[7] != 2 {
		t.Errorf("%q, %v, %v", text, tries, err)
	}
	for _, text := range []string{"", "2 7", "1 x", "1 -1", "1 7:", "1 7:x", "1 7:-1", "1 9223372036854775808"} {
		if tries, err := parseMark(text); err == nil {
			t.Errorf("%q gives %v", text, tries)
		}
	}
}

// FuzzMark: no text brings the parser down, and what it takes it gives back.
func FuzzMark(f *testing.F) {
	f.Add("1 3 7:2 12")
	f.Fuzz(func(t *testing.T, text string) {
		tries, err := parseMark(text)
		if err != nil {
			return
		}
		m := marks{doubts: map[int64]*doubt{}}
		for offset, n := range tries {
			m.doubts[offset] = &doubt{tries: n}
		}
		again, err := parseMark(m.encode())
		if err != nil || len(again) != len(tries) {
			t.Errorf("%q became %q: %v", text, m.encode(), err)
		}
	})
}

// TestInsert: records of a key wait in the order of their offsets, behind one that is in work already.
func TestInsert(t *testing.T) {
	q := &parkQueue{}
	for _, offset := range []int64{5, 9, 7, 3} {
		q.insert(&parked{offset: offset})
	}
	q.called = true // 3 is in work
	q.insert(&parked{offset: 1})
	var got []int64
	for _, e := range q.waiting {
		got = append(got, e.offset)
	}
	if !slices.Equal(got, []int64{3, 1, 5, 7, 9}) {
		t.Errorf("waiting %v", got)
	}
}

// TestStore: contents take no more than the budget; those that came first stay, unless what is read anew needs their room.
func TestStore(t *testing.T) {
	r := record.Record{Value: make([]byte, 100)}
	budget := 3 * r.Size()
	s := newStore(func() int { return budget })
	var entries []*parked
	for range 5 {
		e := &parked{}
		s.keep(e, content{rec: r}, false)
		entries = append(entries, e)
	}
	kept := func() (out []int) {
		for i, e := range entries {
			if e.content != nil {
				out = append(out, i)
			}
		}
		return out
	}
	if got := kept(); !slices.Equal(got, []int{0, 1, 2}) || s.bytes != budget {
		t.Errorf("kept %v in %d bytes", got, s.bytes)
	}
	s.drop(entries[1])
	s.keep(entries[3], content{rec: r}, true)
	s.keep(entries[4], content{rec: r}, true)
	if got := kept(); !slices.Equal(got, []int{2, 3, 4}) || s.bytes != budget {
		t.Errorf("kept %v in %d bytes", got, s.bytes)
	}
	big := &parked{}
	s.keep(big, content{rec: record.Record{Value: make([]byte, budget)}}, true)
	if big.content != nil || s.bytes > budget {
		t.Errorf("%d bytes kept in %d", s.bytes, budget)
	}
}

// TestParkedMissing: a parked record that somebody deleted is neither finished nor passed over in silence.
func TestParkedMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newParkWorld(t, 1, 3)
		w.unread, w.budget = true, 0 // contents are read when their turn comes
		w.committed = kafka.Position{Next: 3, Metadata: "1"}
		w.parkedAt(time.Now().Add(time.Hour), 0)
		var said strings.Builder
		w.log = &said
		l := w.begin()
		time.Sleep(time.Minute)
		w.mu.Lock()
		w.park[0].Value = nil
		w.mu.Unlock()
		time.Sleep(2 * time.Hour)
		l.close()
		synctest.Wait()
		if !strings.Contains(said.String(), "parked record is not in its log") || len(w.outcomes) > 0 {
			t.Errorf("outcomes %v, said %q", w.outcomes, said.String())
		}
	})
}
