package runner

import (
	"slices"
	"sync"
)

// turnstile lets one partition at a time try a record alone. Were there two, both would be found beside the death that
// one of them caused. Its lock is a leaf, as a partition's is, and may be taken inside that one. The zero value is ready
// for use.
type turnstile struct {
	mu      sync.Mutex
	inside  *partition
	waiting []*partition
}

// take says whether it is the partition's turn; if not, leave will name it.
func (t *turnstile) take(p *partition) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.inside == nil {
		t.inside = p
	}
	if t.inside != p && !slices.Contains(t.waiting, p) {
		t.waiting = append(t.waiting, p)
	}
	return t.inside == p
}

// leave ends the partition's turn, and its wait; it gives those that may ask again.
func (t *turnstile) leave(p *partition) []*partition {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = slices.DeleteFunc(t.waiting, func(q *partition) bool { return q == p })
	if t.inside != p {
		return nil
	}
	t.inside = nil
	next := t.waiting
	t.waiting = nil
	return next
}

// turn lets the partitions that recover ask again, once this one has had its turn.
func (l *loop) turn(p *partition) {
	for _, q := range l.turnstile.leave(p) {
		q.mu.Lock()
		opened := q.open()
		q.mu.Unlock()
		if opened {
			l.scheduler.release(q)
		}
	}
}
