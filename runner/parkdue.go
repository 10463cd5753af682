package runner

import (
	"container/heap"
	"time"
)

// call makes a task of the first record of a queue, once its entry counts.
func (k *park) call(q *parkQueue) {
	if len(q.waiting) == 0 || q.called || !q.waiting[0].written || k.part.closing {
		return
	}
	e := q.waiting[0]
	if k.marks.doubts[e.offset] != nil {
		return // see tryNext
	}
	q.called = true
	t := k.taskOf(e)
	now := time.Now()
	if !e.due.After(now) {
		k.come(t)
		return
	}
	heap.Push(&k.waits, waiting{t, e.due})
	if k.waits.queue[0].task == t {
		k.arm(now)
	}
}

// taskOf gives a task that runs an entry's record as if it had been read from its source.
func (k *park) taskOf(e *parked) *task {
	return &task{part: k.part, input: k.part.input, entry: e, offset: e.offset, seq: uint64(e.offset)}
}

// come takes a record whose time has come.
func (k *park) come(t *task) {
	if e := t.entry; e.allowed && k.state == parkOpen {
		e.started = true
		k.marks.started++
		k.ready = append(k.ready, t)
	} else {
		k.due = append(k.due, t)
	}
}

// arm sets the timer to the next record's time.
func (k *park) arm(now time.Time) {
	if k.waits.Len() == 0 {
		return
	}
	in := min(k.waits.queue[0].due.Sub(now), lookEvery)
	if k.waits.timer == nil {
		k.waits.timer = time.AfterFunc(in, k.wake)
	} else {
		k.waits.timer.Reset(in)
	}
}

// wake finds what is due. The lock is not held.
func (k *park) wake() {
	k.part.mu.Lock()
	now := time.Now()
	for k.waits.Len() > 0 && !k.waits.queue[0].due.After(now) {
		k.come(heap.Pop(&k.waits).(waiting).task)
	}
	k.arm(now)
	k.part.mu.Unlock()
	k.dispatch()
}

// dispatch hands over what may start, and has a mark written for what needs one. The lock is not held: it is inside the
// scheduler's.
func (k *park) dispatch() {
	if k == nil {
		return
	}
	k.part.mu.Lock()
	ready := k.ready
	k.ready = nil
	mark := k.mark()
	k.part.mu.Unlock()
	for _, t := range ready {
		k.part.loop.scheduler.push(t)
	}
	if mark != nil {
		go mark.write()
	}
}
