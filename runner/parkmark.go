package runner

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// A record that runs from a park is below every ceiling of the gate, so if it kills the process no commit accuses it. That
// is what marks are for: a mark is one more entry of the log, under a key of its own, that lists who may be in work.
// Nothing starts before a mark that lists it is acknowledged. Whoever finds the claim of a process that died tries those of
// the last mark first, and one at a time, each announced in a mark that counts its tries; after triesMax it is given up.
//
// Only the first of a key can have been in work, so a mark accuses few. It is written ahead of need, for many at once, and
// for those behind the first of a key too: the price is one small record for some tens that run, and a round trip for the
// first of them. While a dead process is cleared up it is a record and a round trip for each that is tried. Marks are
// written plainly, also where there are transactions: they must last when one comes to nothing.
type marks struct {
	// covered are in the last mark, or in the one that is being written; started counts those of them that were handed over.
	covered map[*parked]bool
	started int
	// doubts are the entries to be tried alone, by offset.
	doubts map[int64]*doubt
	// inside is the entry that runs while no other record of the partition may.
	inside *parked
	// writing says that a mark is under way, stale that the last one no longer says what it should.
	writing, stale bool
}

// doubt is an entry that may have killed a process.
type doubt struct {
	// tries counts the processes that began it; asked says that this one is among them, announced that a mark says so.
	tries            int
	asked, announced bool
}

// marked is how many entries marks let start at once, and as many more behind them. The next mark is written when half of
// them are at their end, so that it is for many; the other half keeps all workers busy.
func (k *park) marked() int { return max(64, 2*k.part.loop.node.Concurrency) }

// ended takes an entry off the next mark.
func (m *marks) ended(e *parked) {
	delete(m.covered, e)
	e.allowed = false
	if e.started {
		e.started = false
		m.started--
	}
}

// putOff takes those behind an entry off the next mark too: it keeps them waiting.
func (m *marks) putOff(e *parked) {
	m.ended(e)
	for _, behind := range e.queue.waiting {
		if behind != e && !m.covered[behind] {
			return
		}
		m.ended(behind)
	}
}

// mark is one that is to be written.
type mark struct {
	park *park
	text string
	// covers and announces are what it allows.
	covers    []*parked
	announces []*doubt
}

// mark gives the mark that must be written now, nil for none. The lock is held.
func (k *park) mark() *mark {
	m := &k.marks
	if m.writing || k.part.closing {
		return nil
	}
	out := &mark{park: k}
	switch {
	case k.state == parkTrying && m.stale:
		for _, d := range m.doubts {
			if d.asked {
				out.announces = append(out.announces, d)
			}
		}
	case k.state == parkOpen && len(k.due) > 0 && m.started <= k.marked()/2:
		out.covers = k.next(k.marked()-m.started, k.marked()-(len(m.covered)-m.started))
	default:
		return nil
	}
	for _, e := range out.covers {
		m.covered[e] = true
	}
	m.writing, m.stale = true, false
	out.text = m.encode()
	return out
}

// next gives the entries to cover: so many that are due, and so many behind them.
func (k *park) next(due, behind int) []*parked {
	heads := k.due[:min(len(k.due), due)]
	out := make([]*parked, 0, len(heads)+max(0, behind))
	for _, t := range heads {
		out = append(out, t.entry)
	}
	each := max(0, behind) / len(heads)
	for _, t := range heads {
		for _, e := range t.entry.queue.waiting[:min(len(t.entry.queue.waiting), 1+each)] {
			if e != t.entry && e.written {
				out = append(out, e)
			}
		}
	}
	return out
}

var _ record.Ack = (*mark)(nil)

func (m *mark) write() {
	p := m.park.part
	r := record.Record{Topic: m.park.topic, Partition: p.claim.Partition, Key: markKey(p.claim.Partition), Value: []byte(m.text)}
	_ = p.loop.sink.Write(p.ctx, r, m) // it fails at the end only: nothing more starts then
}

// Acked implements record.Ack.
func (m *mark) Acked(err error) {
	k := m.park
	var rejected *record.RejectedError
	switch {
	case errors.As(err, &rejected):
		k.part.loop.log.Error("mark rejected: what kills a process is not found out among parked records", "topic", k.topic,
			"partition", k.part.claim.Partition, "error", err)
	case err != nil:
		return // the sink is closed
	}
	k.part.mu.Lock()
	k.marks.writing = false
	for _, e := range m.covers {
		e.allowed = k.marks.covered[e]
	}
	for _, d := range m.announces {
		d.announced = true
	}
	due := k.due
	k.due = nil
	for _, t := range due {
		k.come(t)
	}
	opened := len(m.announces) > 0 && k.part.open()
	k.part.mu.Unlock()
	k.part.pass(opened, false)
	k.dispatch()
}

// markVersion begins the text of a mark.
const markVersion = "1"

func markKey(partition int32) []byte { return fmt.Appendf(nil, "%d/marks", partition) }

// encode gives the text: offsets, each with the number of its tries if there were any.
func (m *marks) encode() string {
	tries := map[int64]int{}
	for e := range m.covered {
		tries[e.offset] = 0
	}
	for offset, d := range m.doubts {
		tries[offset] = d.tries
	}
	var b strings.Builder
	b.WriteString(markVersion)
	for _, offset := range slices.Sorted(maps.Keys(tries)) {
		fmt.Fprintf(&b, " %d", offset)
		if n := tries[offset]; n > 0 {
			fmt.Fprintf(&b, ":%d", n)
		}
	}
	return b.String()
}

// parseMark reads what encode wrote: tries by offset.
func parseMark(text string) (map[int64]int, error) {
	version, rest, _ := strings.Cut(text, " ")
	if version != markVersion {
		return nil, fmt.Errorf("a mark of version %.20q, not %s", version, markVersion)
	}
	tries := map[int64]int{}
	for word := range strings.FieldsSeq(rest) {
		number, count, counted := strings.Cut(word, ":")
		offset, err := strconv.ParseInt(number, 10, 64)
		n := 0
		if err == nil && counted {
			n, err = strconv.Atoi(count)
		}
		if err != nil || offset < 0 || n < 0 {
			return nil, fmt.Errorf("a mark has %.40q", word)
		}
		tries[offset] = n
	}
	return tries, nil
}

// tryNext has the next doubtful entry tried, and opens the park when there is none. The lock is held.
func (k *park) tryNext() {
	if k.state != parkTrying || k.marks.inside != nil {
		return
	}
	for len(k.marks.doubts) > 0 {
		offset := slices.MinFunc(slices.Collect(maps.Keys(k.marks.doubts)), cmp.Compare[int64])
		e := k.entries[offset]
		if e == nil || e.queue.called {
			delete(k.marks.doubts, offset)
			continue
		}
		e.queue.called = true
		k.marks.inside = e
		k.ready = append(k.ready, k.taskOf(e))
		return
	}
	k.state = parkOpen
	due := k.due
	k.due = nil
	for _, t := range due {
		k.come(t)
	}
}
