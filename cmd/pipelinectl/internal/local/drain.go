package local

import (
	"context"
	"io"
	"time"
)

const (
	// drainBudget bounds how long all nodes together are given to finish what was posted before Ctrl-C.
	drainBudget = 30 * time.Second
	// drainEvery is between two looks at what is left.
	drainEvery = 25 * time.Millisecond
	// endEvery is between two looks at the metrics of a runner that is ending: the last ones must not be missed, so that
	// the totals of two neighbours agree.
	endEvery = 2 * time.Millisecond
)

// drain ends the runners in the direction of flow: what takes records from outside first, then each stage once it has
// finished what the one before it wrote, so that nothing is left between two nodes. Then it prints the totals. Only
// force interrupts it.
func (r *run) drain(force context.Context) {
	r.say("draining; Ctrl-C again ends at once")
	deadline := time.Now().Add(drainBudget)
	for _, stage := range stages(r.members) {
		for _, m := range stage {
			r.awaitIdle(force, m, deadline)
		}
		r.refresh(force, stage)
		for _, m := range stage {
			m.admin.release()
			m.ingest.release()
			m.stop()
		}
		for _, m := range stage {
			r.awaitEnd(force, m)
		}
	}
	for _, m := range r.members {
		m.totals.Lag = float64(r.lag(m))
	}
	r.screen.Redraw("")
	_, _ = io.WriteString(r.screen, table(r.members, false, 0)) // nobody is left to tell
}

// awaitIdle waits until a member has nothing left to read, has ended, or the deadline has passed.
func (r *run) awaitIdle(force context.Context, m *member, deadline time.Time) {
	refreshed := time.Now()
	for left := r.lag(m); left > 0; left = r.lag(m) {
		if time.Now().After(deadline) {
			r.say("node %s still has %d records to read: not waiting any longer", m.Label, left)
			return
		}
		select {
		case <-force.Done():
			return
		case <-m.done:
			return
		case <-time.After(drainEvery):
		}
		if time.Since(refreshed) >= refreshEvery {
			refreshed = time.Now()
			r.refresh(force, r.members)
		}
	}
}

// awaitEnd waits until a member's runner has ended, looking at its metrics until they are gone. A runner in a process
// of its own is killed when force is done; one in this process is left behind.
func (r *run) awaitEnd(force context.Context, m *member) {
	if m.done == nil {
		return
	}
	for {
		select {
		case <-m.done:
			return
		case <-time.After(endEvery):
			r.refresh(force, []*member{m})
		}
		if force.Err() != nil && !r.options.Isolate {
			return
		}
	}
}
