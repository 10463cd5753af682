package runner

import (
	"cmp"
	"container/heap"
	"time"
)

var _ heap.Interface = (*waits)(nil)

// waits are the records of a tier's partition that are not due, the next one first, with one timer for all of them. They
// take no worker, and the gate does not know them: whoever waits cannot be what killed a process. It is under its
// partition's lock.
type waits struct {
	queue []waiting
	// timer is nil before the first record.
	timer *time.Timer
}

// waiting is one record of waits.
type waiting struct {
	task *task
	due  time.Time
}

// Len implements heap.Interface, as do the others.
func (w *waits) Len() int { return len(w.queue) }

// Less puts the older record first where two are due at once.
func (w *waits) Less(i, j int) bool {
	a, b := w.queue[i], w.queue[j]
	return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.task.seq, b.task.seq)) < 0
}

func (w *waits) Swap(i, j int) { w.queue[i], w.queue[j] = w.queue[j], w.queue[i] }

// Push is heap.Push's.
func (w *waits) Push(x any) { w.queue = append(w.queue, x.(waiting)) }

// Pop is heap.Pop's.
func (w *waits) Pop() any {
	last := len(w.queue) - 1
	x := w.queue[last]
	w.queue[last] = waiting{}
	w.queue = w.queue[:last]
	return x
}

// lookEvery bounds a timer, so that a clock which was set or stood still meanwhile is noticed: due times are by the clock
// on the wall, timers are not.
const lookEvery = time.Minute

// wait keeps a record until it is due, and says whether it does. The lock is held.
func (p *partition) wait(t *task, due, now time.Time) bool {
	if p.closing || !due.After(now) {
		return false
	}
	heap.Push(&p.waits, waiting{t, due})
	if p.waits.queue[0].task == t {
		p.arm(now)
	}
	return true
}

// arm sets the timer to the next record's time. The lock is held.
func (p *partition) arm(now time.Time) {
	if p.waits.Len() == 0 {
		return
	}
	in := min(p.waits.queue[0].due.Sub(now), lookEvery)
	if p.waits.timer == nil {
		p.waits.timer = time.AfterFunc(in, p.wake)
	} else {
		p.waits.timer.Reset(in)
	}
}

// wake hands the records over that are due.
func (p *partition) wake() {
	var due []*task
	p.mu.Lock()
	for now := time.Now(); ; {
		if p.waits.Len() == 0 || p.waits.queue[0].due.After(now) {
			p.arm(now)
			break
		}
		t := heap.Pop(&p.waits).(waiting).task
		p.owe(t, 1)
		due = append(due, t)
	}
	p.mu.Unlock()
	for _, t := range due {
		p.loop.scheduler.push(t)
	}
}

// quit lets go of all that wait. The lock is held.
func (w *waits) quit() {
	w.queue = nil
	if w.timer != nil {
		w.timer.Stop()
	}
}

// owe counts, with 1, a record of a tier that may start from now on, and with -1 one that is finished. The lock is held.
func (p *partition) owe(t *task, n int) {
	p.due += n
	if t.offset < p.gate.alone {
		p.gate.below += n
	}
}

// innocent says whether all that is unfinished below the ceiling of a process that died was read and waits: what is not due
// yet was in nobody's work. A suspect is, whatever the clock here says. The lock is held.
func (p *partition) innocent() bool {
	g := &p.gate
	return p.tier > 0 && g.below == 0 && !g.suspect.set && p.track.next >= g.alone
}

// lag is how many offsets lie between what is unfinished and the end of the partition; where records wait, how many are
// due. The lock is held.
func (p *partition) lag() int64 {
	next, known := p.track.low()
	switch {
	case !known:
		return 0
	case p.waits.Len() > 0:
		return int64(p.due)
	default:
		return max(0, p.claim.HighWater()-next)
	}
}
