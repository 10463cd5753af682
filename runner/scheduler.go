package runner

import (
	"sync"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// scheduler decides which record runs when. Records that must follow one another stand in one lane: all of a partition,
// those of a key, or one alone, as the ordering says. A lane runs one record at a time; up to limit lanes run side by
// side, a number that the limiter changes. A record that waits to be tried again keeps the head of its lane, so that nothing overtakes it, but no worker.
//
// There are no idle goroutines: a worker is started when there is work and fewer than limit run, and ends when no lane
// is ready. So nothing has to be stopped either; lanes of a closed partition run empty, since run refuses their records.
type scheduler struct {
	ordering contract.Ordering
	limit    int
	// turn is how many records of a lane are run before the next lane has its turn: more than one where a record is over
	// in no time, so that handing over does not cost more than the record.
	turn int
	// run handles the head of a lane: again says that it must be run again after wait, or when release is called.
	run func(t *task) (wait time.Duration, again bool)

	mu      sync.Mutex
	ready   lanes
	workers int
}

// lane is records in the order in which they must run.
type lane struct {
	head, tail *task
	// key is set for a lane of its partition's keyed ones.
	key  string
	part *partition
	// next links lanes that are ready.
	next *lane
}

// lanes is a queue of lanes.
type lanes struct{ head, tail *lane }

func (q *lanes) push(l *lane) {
	l.next = nil
	if q.head == nil {
		q.head = l
	} else {
		q.tail.next = l
	}
	q.tail = l
}

func (q *lanes) pop() *lane {
	l := q.head
	if l != nil {
		q.head = l.next
	}
	return l
}

// push puts a record behind those that it must follow, and says whether there are none.
func (s *scheduler) push(t *task) (first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.laneOf(t)
	t.next = nil
	if l.head != nil {
		l.tail.next = t
		l.tail = t
		return false
	}
	l.head, l.tail = t, t
	s.wake(l)
	return true
}

func (s *scheduler) laneOf(t *task) *lane {
	switch {
	case t.entry != nil: // its park calls one of a key at a time
		return &lane{}
	case s.ordering == contract.OrderPartition:
		return &t.part.lane
	case s.ordering == contract.OrderKey && t.rec.Key != nil:
		l := t.part.keyed[string(t.rec.Key)]
		if l == nil {
			l = &lane{key: string(t.rec.Key), part: t.part}
			t.part.keyed[l.key] = l
		}
		return l
	default:
		return &lane{}
	}
}

// wake makes a lane ready and sees that somebody works on it. The lock is held.
func (s *scheduler) wake(l *lane) {
	s.ready.push(l)
	if s.workers < s.limit {
		s.workers++
		go s.work()
	}
}

// resize sets how many lanes run side by side; 0 stops all of them, each after the record that it is at.
func (s *scheduler) resize(limit int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = limit
	for l := s.ready.head; l != nil && s.workers < s.limit; l = l.next {
		s.workers++
		go s.work()
	}
}

func (s *scheduler) work() {
	s.mu.Lock()
	for s.workers <= s.limit {
		l := s.ready.pop()
		if l == nil {
			break
		}
		first, last := l.head, l.tail
		s.mu.Unlock()
		t, wait, again := s.take(first, last)
		s.mu.Lock()
		if again && wait == untilReleased {
			l.head = t
			s.hold(l)
			continue
		}
		if again {
			l.head = t
			time.AfterFunc(wait, func() {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.wake(l)
			})
			continue
		}
		l.head = t.next
		switch {
		case l.head != nil:
			s.ready.push(l) // behind the other lanes: none starves
		case l.part != nil:
			delete(l.part.keyed, l.key)
		}
	}
	s.workers--
	s.mu.Unlock()
}

// take runs the records of a lane from first on, up to a turn of them, and gives the one that it ended with: the last one
// that was run, or one that must be run again. Until last, which others may append to, the lane is the worker's alone, so
// no lock is needed.
func (s *scheduler) take(first, last *task) (t *task, wait time.Duration, again bool) {
	t = first
	for n := 1; ; n++ {
		if wait, again = s.run(t); again || t == last || n >= s.turn {
			return t, wait, again
		}
		t = t.next
	}
}

// untilReleased is the wait of a record that its partition's gate holds.
const untilReleased = time.Duration(-1)

// hold sets a lane aside until its partition is released, unless that has happened meanwhile. The lock is held.
func (s *scheduler) hold(l *lane) {
	if p := l.head.part; p.reopened(l.head.heldAt) {
		s.ready.push(l)
	} else {
		p.aside = append(p.aside, l)
	}
}

// release makes the lanes of a partition ready that were set aside, but for those that would only be held again.
func (s *scheduler) release(p *partition) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var free []*lane
	free, p.aside = p.sift(p.aside)
	for _, l := range free {
		s.wake(l)
	}
}
