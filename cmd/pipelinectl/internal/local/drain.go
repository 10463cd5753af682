package local

import (
	"cmp"
	"io"
	"time"
)

const (
	// drainBudget is Options.Budget where that says nothing.
	drainBudget = 30 * time.Second
	// drainEvery is between two looks at what is left.
	drainEvery = 25 * time.Millisecond
	// endEvery is between two looks at the metrics of a runner that is ending: the last ones must not be missed, so that
	// the totals of two neighbours agree.
	endEvery = 2 * time.Millisecond
)

// drain ends the runners in the direction of flow: what takes records from outside first, then each stage once it has
// finished what the one before it wrote, so that nothing is left between two nodes. Then it prints the totals.
func (r *run) drain() {
	r.say("draining; Ctrl-C again ends at once")
	overdue := time.AfterFunc(cmp.Or(r.options.Budget, drainBudget), r.giveUp)
	defer overdue.Stop()
	for _, stage := range stages(r.members) {
		for _, m := range stage {
			r.awaitIdle(m)
		}
		r.refresh(r.hurry, stage)
		for _, m := range stage {
			m.admin.release()
			m.ingest.release()
			m.stop()
		}
		for _, m := range stage {
			r.awaitEnd(m)
		}
	}
	for _, m := range r.members {
		left := r.lag(m)
		m.totals.Lag = float64(left)
		if left > 0 {
			r.say("node %s has not finished: %s left", m.Label, plural(left, "record"))
		}
	}
	r.screen.Redraw("")
	_, _ = io.WriteString(r.screen, table(r.members, false, 0)) // nobody is left to tell
}

// awaitIdle waits until a member has nothing left to read or has ended. What waits for a delayed retry may do so for
// hours, and is not waited for.
func (r *run) awaitIdle(m *member) {
	refreshed := time.Now()
	for r.unread(m) > 0 {
		select {
		case <-r.hurry.Done():
			return
		case <-m.done:
			return
		case <-time.After(drainEvery):
		}
		if time.Since(refreshed) >= refreshEvery {
			refreshed = time.Now()
			r.refresh(r.hurry, r.members)
		}
	}
}

// awaitEnd waits until a member's runner has ended, looking at its metrics until they are gone. In a hurry, a runner in
// a process of its own is killed, and one in this process is left behind.
func (r *run) awaitEnd(m *member) {
	if m.done == nil {
		return
	}
	for {
		select {
		case <-m.done:
			return
		case <-time.After(endEvery):
			r.refresh(r.hurry, []*member{m})
		}
		if r.hurry.Err() != nil && !r.options.Isolate {
			return
		}
	}
}
