package runner

import (
	"time"
)

// How a partition is let go.

// Close implements kafka.Intake: nothing more starts; what was started has the drain to finish, then its attempts are
// cancelled, and what is not finished even so stays unfinished.
func (p *partition) Close() {
	p.mu.Lock()
	p.closing = true
	p.waits.quit()
	if p.park != nil {
		p.park.waits.quit()
	}
	if p.active == 0 {
		close(p.idle)
	}
	p.mu.Unlock()
	close(p.shut)
	defer p.loop.forget(p)
	defer p.release()
	if p.await(p.loop.drain.attempts) {
		return
	}
	p.cancel()
	p.await(p.loop.drain.release - p.loop.drain.attempts)
}

// release has the next commit say that nothing is in work.
func (p *partition) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.released = true
	p.weigh()
}

// await says whether the partition became idle within d.
func (p *partition) await(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.idle:
		return true
	case <-timer.C:
		return false
	}
}
