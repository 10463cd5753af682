package runner

import (
	"context"
	"sync"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/kafka"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

var _ kafka.Intake = (*partition)(nil)

// The window of a partition: what is read and lies above its low watermark. Beyond it the partition is paused, and
// resumed at three quarters of it: the client takes up to a fetch's wait to notice (maxWait in kafka/config.go), and what
// is left must last for so long.
// What a fetch had already asked for still comes, so the bounds are soft by one fetch.
const (
	// windowRecords bounds the tracker and the queue; where few partitions carry small records it is reached first.
	windowRecords = 16 << 10
	// windowBytes is shared by all partitions of the runner, so that its memory does not grow with them.
	windowBytes = 64 << 20
	// windowFloor is a partition's least share: below it a fetch would bring more than the window.
	windowFloor = 256 << 10
)

// partition is one claim: its records that are not finished, and how far it is. Its lock is a leaf: nothing of ours is
// locked inside it.
type partition struct {
	loop  *loop
	claim kafka.Claim
	input *contract.Input
	// ctx ends the attempts at its records.
	ctx    context.Context
	cancel context.CancelFunc
	in     interface{ Inc() }

	// lane and keyed are the scheduler's, under its lock.
	lane  lane
	keyed map[string]*lane

	mu      sync.Mutex
	track   tracker
	paused  bool
	closing bool
	// active counts records that were started and are neither finished nor given back; idle is closed when it is 0 and
	// no more will start.
	active int
	idle   chan struct{}
}

// Push implements kafka.Intake.
func (p *partition) Push(r record.Record) {
	t := &task{rec: r, part: p}
	p.mu.Lock()
	t.seq = p.track.add(r.Offset, r.Size())
	if !p.paused && p.beyond(4) {
		p.flow(true)
	}
	p.mu.Unlock()
	p.in.Inc()
	p.loop.scheduler.push(t)
}

// Next implements kafka.Intake.
func (p *partition) Next() (int64, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.track.low()
}

// beyond says whether more than so many quarters of the window are used.
func (p *partition) beyond(quarters int) bool {
	share := max(windowFloor, windowBytes/max(1, int(p.loop.claims.Load())))
	return p.track.count > windowRecords*quarters/4 || p.track.bytes > share*quarters/4
}

// begin starts a record unless the partition is to be let go.
func (p *partition) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing {
		return false
	}
	p.active++
	return true
}

// finish ends a record for good: its offset counts as done.
func (p *partition) finish(t *task) {
	p.mu.Lock()
	p.track.done(t.seq)
	if p.paused && !p.closing && !p.beyond(3) {
		p.flow(false)
	}
	p.end()
	p.mu.Unlock()
}

// flow pauses or resumes the claim. The lock is held, so that the client hears of both in the order in which they were
// decided; it calls nothing back.
func (p *partition) flow(paused bool) {
	p.paused = paused
	p.claim.Pause(paused)
}

// yield ends a record's turn without finishing it: it waits to be tried again, or will be delivered anew.
func (p *partition) yield() {
	p.mu.Lock()
	p.end()
	p.mu.Unlock()
}

func (p *partition) end() {
	p.active--
	if p.closing && p.active == 0 {
		close(p.idle)
	}
}

// Close implements kafka.Intake: nothing more starts; what was started has the drain to finish, then its attempts are
// cancelled, and what is not finished even so stays unfinished.
func (p *partition) Close() {
	p.mu.Lock()
	p.closing = true
	if p.active == 0 {
		close(p.idle)
	}
	p.mu.Unlock()
	defer p.loop.forget(p)
	if p.await(p.loop.drain.attempts) {
		return
	}
	p.cancel()
	p.await(p.loop.drain.release - p.loop.drain.attempts)
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
