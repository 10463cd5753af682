package runner

import (
	"sort"

	"github.com/pipelinectl/pipelinectl/runner/kafka"
)

// tracker knows which records of a partition are finished and gives the low watermark: the offset below which all are.
// Records are finished in any order; offsets need not be contiguous (compaction and transactions leave gaps). It is a
// ring, so that a record costs no allocation. The zero value is ready for use; it is not safe for concurrent use.
type tracker struct {
	ring []entry
	// head is the sequence number of the oldest entry, count how many there are.
	head  uint64
	count int
	// next is the offset behind the last record added, at first what was committed; any says that there was either.
	next int64
	any  bool
	// bytes is the size of all entries, finished ones above the watermark included: the client reads many records into
	// one buffer, so memory is not free before everything below is.
	bytes int
	// runs counts the runs of finished entries above the watermark.
	runs int
	// known are runs that an earlier claim finished, as far as they are not read again yet.
	known []span
}

type entry struct {
	offset int64
	size   int
	done   bool
}

// begin takes up what is committed: nothing is read yet, and what was finished above it is known.
func (t *tracker) begin(committed kafka.Position, known []span) {
	t.known = known
	if committed != (kafka.Position{}) {
		t.next, t.any = committed.Next, true
	}
}

// add takes a record in, in order of offsets, and gives its sequence number; finished says that an earlier claim has
// finished it.
func (t *tracker) add(offset int64, size int) (seq uint64, finished bool) {
	if t.count == len(t.ring) {
		t.grow()
	}
	seq = t.head + uint64(t.count)
	*t.at(seq) = entry{offset: offset, size: size}
	t.count++
	t.bytes += size
	t.next, t.any = offset+1, true
	for len(t.known) > 0 && t.known[0].to <= offset {
		t.known = t.known[1:]
	}
	if len(t.known) > 0 && t.known[0].from <= offset {
		t.done(seq)
		return seq, true
	}
	return seq, false
}

// skip takes up that no record which is not added yet lies below an offset, and says whether that moves the watermark. It
// does not before all that was added is finished.
func (t *tracker) skip(to int64) bool {
	if t.count > 0 || t.any && to <= t.next {
		return false
	}
	t.next, t.any = to, true
	for len(t.known) > 0 && t.known[0].to <= to {
		t.known = t.known[1:]
	}
	return true
}

// done finishes a record. Finishing it twice is a fault of the caller's that changes nothing.
func (t *tracker) done(seq uint64) {
	if seq < t.head || t.at(seq).done {
		return
	}
	t.at(seq).done = true
	t.runs++ // one of its own, unless it joins its neighbours'
	if seq > t.head && t.at(seq-1).done {
		t.runs--
	}
	if seq+1 < t.head+uint64(t.count) && t.at(seq+1).done {
		t.runs--
	}
	if seq != t.head {
		return
	}
	t.runs-- // the first run is passed by the watermark
	for t.count > 0 && t.at(t.head).done {
		t.bytes -= t.at(t.head).size
		t.head++
		t.count--
	}
}

// joins says whether a record becomes part of a run when it is finished, and none of its own.
func (t *tracker) joins(seq uint64) bool {
	return seq > t.head && t.at(seq-1).done || seq+1 < t.head+uint64(t.count) && t.at(seq+1).done
}

// finished gives the runs of finished records above the watermark, by offset: what a checkpoint has to hold.
func (t *tracker) finished() []span {
	if t.room() == 0 {
		return nil
	}
	out := make([]span, 0, t.room())
	after := false // the entry before is finished
	for seq := t.head; seq < t.head+uint64(t.count); seq++ {
		e := t.at(seq)
		switch {
		case e.done && after:
			out[len(out)-1].to = e.offset + 1
		case e.done:
			out = append(out, span{e.offset, e.offset + 1})
		}
		after = e.done
	}
	low, _ := t.low()
	for _, s := range t.known {
		s.from = max(s.from, t.next, low)
		switch {
		case s.from >= s.to:
		case len(out) > 0 && out[len(out)-1].to == s.from:
			out[len(out)-1].to = s.to
		default:
			out = append(out, s)
		}
	}
	return out
}

// room is how many runs a checkpoint may have to hold.
func (t *tracker) room() int { return t.runs + len(t.known) }

// width is how many offsets lie between the watermark and the end of the last run or record.
func (t *tracker) width() int64 {
	low, _ := t.low()
	end := t.next
	if n := len(t.known); n > 0 {
		end = max(end, t.known[n-1].to)
	}
	return end - low
}

// ahead gives the offset n records behind another that is not below the watermark; what is not read yet counts as
// contiguous.
func (t *tracker) ahead(from int64, n int) int64 {
	i := sort.Search(t.count, func(i int) bool { return t.at(t.head+uint64(i)).offset >= from })
	if i+n < t.count {
		return t.at(t.head + uint64(i+n)).offset
	}
	return max(from, t.next) + int64(i+n-t.count)
}

// low gives the watermark; false before the first record where nothing was committed.
func (t *tracker) low() (int64, bool) {
	switch {
	case t.count > 0:
		return t.at(t.head).offset, true
	case len(t.known) > 0 && t.known[0].from <= t.next: // what an earlier claim has finished goes on from here
		return max(t.next, t.known[0].to), t.any
	default:
		return t.next, t.any
	}
}

func (t *tracker) at(seq uint64) *entry { return &t.ring[seq&uint64(len(t.ring)-1)] }

// grow doubles the ring; its length is a power of two, so that a mask finds an entry.
func (t *tracker) grow() {
	old := *t
	t.ring = make([]entry, max(64, 2*len(old.ring)))
	for i := range old.count {
		seq := old.head + uint64(i)
		*t.at(seq) = *old.at(seq)
	}
}
