package runner

import (
	"cmp"
	"container/list"
	"slices"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/kafka"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// park knows what is parked of a partition: records that wait for a delayed retry, and those that came after them with the
// same key, which wait for them. All of it stands in the park's log (Input.Park), in the partition of the same number, so
// that whoever has the claim next finds it there: an entry for each record, under its place, until one without value ends
// it. Here is the index: which records of a key wait, in the order of their offsets, and what of it is due.
//
// A key is parked as long as a record of it waits or is in work from here; the records of such a key that are read meanwhile
// are parked behind. One record of a key at a time is in work: either its lane's, or the first of those that wait, in a lane
// of its own. Both follow from what is under the partition's lock, as all of this is.
//
// Files: parkopen.go reads the log at the beginning of a claim, parkturn.go is a record's way in, parkdue.go calls what is
// due, parkrun.go is its way out, parkmark.go finds who kills processes, parkstore.go has what is kept in memory.
type park struct {
	part  *partition
	topic string
	log   *kafka.Log
	state parkState
	// entries are those of the log that were not ended, by the offset of their record; keys lead to those that wait.
	entries map[int64]*parked
	keys    map[string]*parkQueue
	// seen are the records that were parked when the claim began and that it may still read, also if their entries have ended
	// meanwhile: by offset, with their time, by which a record of a topic that was made anew differs.
	seen map[int64]int64
	// waits has the first of each key until it is due, due those whose time has come, ready those that may start.
	waits waits
	due   []*task
	ready []*task
	marks marks
	store *store
	// held says that records wait until there is room for entries.
	held bool
}

// parkState is how far a park is.
type parkState int

const (
	// parkUnread: its log is being read, and nothing of the partition starts.
	parkUnread parkState = iota
	// parkTrying: entries that may have killed a process are tried, one at a time; nothing else starts.
	parkTrying
	// parkOpen: all is as usual.
	parkOpen
)

const (
	// parkedBytes is about what an entry takes in memory without its content. All entries of a partition may take a quarter
	// of its share of the runner's memory, but parkFloor of them have room in any case; beyond it nothing more starts that
	// might be parked. Contents may take another quarter.
	parkedBytes = 200
	parkFloor   = 4 << 10
)

// parked is an entry of a park.
type parked struct {
	// offset is that of the record in its source, timestamp its time in milliseconds.
	offset, timestamp int64
	// at is the entry's own offset, zero where it is not known: then its content is never dropped.
	at    int64
	queue *parkQueue
	due   time.Time
	// content is nil where it must be read, place its place in the store.
	content *content
	place   *list.Element
	// written says that the entry counts: it is acknowledged, and so is its transaction. Allowed: a mark covers it. Started:
	// it was handed over then. Left: it no longer waits, and no longer keeps its key parked.
	written, allowed, started, left bool
}

// parkQueue are the entries of a key that wait, in order; a record without a key has one of its own.
type parkQueue struct {
	key     string
	keyed   bool
	waiting []*parked
	// called says that there is a task for the first of them.
	called bool
}

func newPark(p *partition, topic string) *park {
	return &park{
		part: p, topic: topic, log: p.claim.Log(topic), entries: map[int64]*parked{}, keys: map[string]*parkQueue{},
		seen: map[int64]int64{}, store: newStore(p.loop.parkBytes),
	}
}

// meeting is what a record that was read finds in the park.
type meeting int

const (
	// meetsNothing: it may be tried.
	meetsNothing meeting = iota
	// meetsItself: it is parked already, by who had the claim before.
	meetsItself
	// meetsOthers: it must wait behind others of its key.
	meetsOthers
)

// meets says what a record that was read finds.
func (k *park) meets(r *record.Record) meeting {
	at, ok := k.seen[r.Offset]
	if e := k.entries[r.Offset]; e != nil {
		at, ok = e.timestamp, true
	}
	if ok && at == r.Timestamp.UnixMilli() {
		return meetsItself
	}
	if q := k.keys[string(r.Key)]; r.Key != nil && q != nil {
		return meetsOthers
	}
	return meetsNothing
}

// full says whether so many quarters of the room for entries are used.
func (k *park) full(quarters int) bool {
	return len(k.entries) >= max(parkFloor, k.part.loop.share()/4/parkedBytes)*quarters/4
}

// bytes is about what it takes in memory. The lock is held.
func (k *park) bytes() int {
	if k == nil {
		return 0
	}
	return len(k.entries)*parkedBytes + k.store.bytes
}

// queueOf gives the queue of a key.
func (k *park) queueOf(key []byte) *parkQueue {
	if key == nil {
		return &parkQueue{}
	}
	q := k.keys[string(key)]
	if q == nil {
		q = &parkQueue{key: string(key), keyed: true}
		k.keys[q.key] = q
	}
	return q
}

// enter parks a record, or a parked one anew; its entry counts once it is written. False: its place is taken by a record of
// a log that is no more.
func (k *park) enter(t *task, retry record.Retry) bool {
	e := t.entry
	if e == nil {
		if k.entries[t.rec.Offset] != nil {
			return false
		}
		e = &parked{offset: t.rec.Offset, timestamp: t.rec.Timestamp.UnixMilli(), queue: k.queueOf(t.rec.Key)}
		k.entries[e.offset] = e
		e.queue.insert(e)
	}
	e.due, e.written = retry.Due, false
	k.store.keep(e, content{t.rec, retry}, false)
	t.parking = e
	return true
}

// insert puts an entry where its offset belongs, almost always at the end; never before one that is in work.
func (q *parkQueue) insert(e *parked) {
	at, _ := slices.BinarySearchFunc(q.waiting, e.offset, func(other *parked, offset int64) int { return cmp.Compare(other.offset, offset) })
	if at == 0 && q.called {
		at = 1
	}
	q.waiting = slices.Insert(q.waiting, at, e)
}

// leave lets the records behind one go on: it is out of the user's code, and what it gave is on its way.
func (k *park) leave(e *parked) {
	q := e.queue
	if e.left {
		return
	}
	e.left = true
	first := len(q.waiting) > 0 && q.waiting[0] == e
	if first {
		q.waiting[0] = nil
		q.waiting = q.waiting[1:]
		q.called = false
	} else {
		q.waiting = slices.DeleteFunc(q.waiting, func(other *parked) bool { return other == e })
	}
	if len(q.waiting) == 0 && q.keyed && k.keys[q.key] == q {
		delete(k.keys, q.key)
	}
	k.call(q)
}

// forget drops an entry.
func (k *park) forget(e *parked) {
	k.leave(e)
	k.store.drop(e)
	if k.entries[e.offset] == e {
		delete(k.entries, e.offset)
	}
	k.marks.ended(e)
}

// size is how many records are parked. The lock is held.
func (k *park) size() int {
	if k == nil {
		return 0
	}
	return len(k.entries)
}
