package runner

// tracker knows which records of a partition are finished and gives the low watermark: the offset below which all are.
// Records are finished in any order; offsets need not be contiguous (compaction and transactions leave gaps). It is a
// ring, so that a record costs no allocation. The zero value is ready for use; it is not safe for concurrent use.
type tracker struct {
	ring []entry
	// head is the sequence number of the oldest entry, count how many there are.
	head  uint64
	count int
	// next is the offset behind the last record added; any says that there was one.
	next int64
	any  bool
	// bytes is the size of all entries, finished ones above the watermark included: the client reads many records into
	// one buffer, so memory is not free before everything below is.
	bytes int
}

type entry struct {
	offset int64
	size   int
	done   bool
}

// add takes a record in, in order of offsets, and gives its sequence number.
func (t *tracker) add(offset int64, size int) uint64 {
	if t.count == len(t.ring) {
		t.grow()
	}
	seq := t.head + uint64(t.count)
	*t.at(seq) = entry{offset: offset, size: size}
	t.count++
	t.bytes += size
	t.next, t.any = offset+1, true
	return seq
}

// done finishes a record. Finishing it twice is a fault of the caller's that changes nothing.
func (t *tracker) done(seq uint64) {
	if seq < t.head {
		return
	}
	t.at(seq).done = true
	for t.count > 0 && t.at(t.head).done {
		t.bytes -= t.at(t.head).size
		t.head++
		t.count--
	}
}

// low gives the watermark; false before the first record.
func (t *tracker) low() (int64, bool) {
	if t.count > 0 {
		return t.at(t.head).offset, true
	}
	return t.next, t.any
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
