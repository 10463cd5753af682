package runner

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/kafka"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

var _ kafka.Intake = (*partition)(nil)

// windowRecords bounds the window of a partition: what is read and lies above its low watermark. Beyond it, or when there
// is no memory for more, the partition is paused, and resumed some way below: the client takes up to a fetch's wait to
// notice (maxWait in kafka/config.go), and what is left must last for so long. What a fetch had already asked for still
// comes, so the bounds are soft by one fetch.
const windowRecords = 16 << 10

// partition is one claim: its records that are not finished, and how far it is. Its lock is a leaf: nothing of ours is
// locked inside it.
type partition struct {
	loop  *loop
	claim kafka.Claim
	// input is nil for the partition of a tier, which is numbered from 1.
	input *contract.Input
	tier  int
	// ctx ends the attempts at its records.
	ctx    context.Context
	cancel context.CancelFunc
	in     interface{ Inc() }
	// sink takes what its records give; transacted is the claim whose life it is, where there are transactions.
	sink       Sink
	transacted *transacted

	// lane, keyed and aside (lanes that the gate holds) are the scheduler's, under its lock.
	lane  lane
	keyed map[string]*lane
	aside []*lane

	mu      sync.Mutex
	track   tracker
	gate    gate
	paused  bool
	closing bool
	// released says that the claim is let go: nothing of it is in work, or what is no longer counts.
	released bool
	// active counts records that were started and are neither finished nor given back; idle is closed when it is 0 and
	// no more will start.
	active int
	idle   chan struct{}
	// shut is closed when no more will start.
	shut chan struct{}
	// waits and due, how many may start and are not finished, are a tier's.
	waits waits
	due   int
	// settled are finished as far as the transaction goes that is open; skipped says that there is something to commit
	// although nothing is.
	settled []*task
	skipped bool
	// park is nil where nothing is ever parked.
	park *park
	// weight is that of the records in track.
	weight weight
}

// Push implements kafka.Intake.
func (p *partition) Push(r record.Record) {
	t := &task{rec: r, part: p, offset: r.Offset, input: p.input}
	var now, due time.Time
	if p.tier > 0 {
		now = time.Now()
		due = t.returned(now)
	}
	p.mu.Lock()
	seq, finished := p.track.add(r.Offset, r.Size())
	t.seq = seq
	p.weigh()
	if !p.paused && p.crowded() {
		p.flow(true)
	}
	opened := p.sighted(r.Offset, finished)
	start := !finished // not by who had the partition before
	if start && p.tier > 0 {
		if start = !p.wait(t, due, now); start {
			p.owe(t, 1)
		}
	}
	p.mu.Unlock()
	if p.in != nil {
		p.in.Inc()
	}
	if start && !p.loop.scheduler.push(t) {
		opened = p.behind(r.Offset) || opened
	}
	p.pass(opened, false)
}

// Skip implements kafka.Intake.
func (p *partition) Skip(to int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.skipped = p.track.skip(to) || p.skipped
}

// crowded says whether the partition is to pause, ample whether it may go on. It may hold as much as nobody holds yet: one
// that is busy alone gets half of all memory, n that are busy get an n+1st each, and one that stands still leaves the
// others room (Choudhury and Hahne, "Dynamic Queue Length Thresholds for Shared-Memory Packet Switches", 1998).
func (p *partition) crowded() bool {
	return p.track.count > windowRecords || p.track.bytes > p.loop.memory.Room()
}

func (p *partition) ample() bool {
	return p.track.count <= windowRecords/4*3 && p.track.bytes <= p.loop.memory.Room()/3
}

// share is what each claim may hold of the runner's memory when all hold as much.
func (l *loop) share() int { return l.memory.Share(int(l.claims.Load())) }

// weigh tells the runner's memory what the partition holds. The lock is held.
func (p *partition) weigh() {
	if p.released {
		p.weight.set(p.loop.memory, 0)
	} else {
		p.weight.set(p.loop.memory, p.track.bytes+p.park.bytes())
	}
}

// eased lets the claims go on that had paused because there was no memory left.
func (l *loop) eased() {
	l.mu.Lock()
	partitions := slices.Collect(maps.Keys(l.partitions))
	l.mu.Unlock()
	for _, p := range partitions {
		p.mu.Lock()
		p.proceed()
		p.mu.Unlock()
	}
}

// proceed resumes the claim where it has room again. The lock is held.
func (p *partition) proceed() {
	if p.paused && !p.closing && p.ample() {
		p.flow(false)
	}
}

// begin asks the gate for a record; one that is admitted or condemned is active from then on.
func (p *partition) begin(t *task) verdict {
	p.mu.Lock()
	if p.closing {
		p.mu.Unlock()
		return refused
	}
	turned := p.recovered()
	opened := turned && p.open()
	v := p.admit(t)
	if v == admitted || v == condemned {
		p.active++
	}
	p.mu.Unlock()
	p.pass(opened, turned)
	if t.entry != nil {
		p.park.dispatch() // it may have to be announced
	}
	return v
}

// finish ends a record: its offset counts as done, where there are transactions once the one that it is part of is.
func (p *partition) finish(t *task) {
	if t.entry != nil && t.parking == nil && !t.ended {
		go p.unpark(t) // not on the sink's goroutine: writing may block
		return
	}
	p.mu.Lock()
	var opened, turned bool
	if p.transacted != nil {
		p.settle(t)
	} else {
		opened, turned = p.conclude(t)
	}
	p.end()
	p.mu.Unlock()
	p.pass(opened, turned)
	p.park.dispatch()
}

// conclude takes a record for done, and says what of it others wait for. The lock is held.
func (p *partition) conclude(t *task) (opened, turned bool) {
	if p.park != nil {
		opened, turned = p.park.conclude(t)
	}
	if t.entry != nil {
		p.weigh()
		return opened, turned
	}
	p.track.done(t.seq)
	if p.tier > 0 {
		p.owe(t, -1)
	}
	opened, turned = p.passed(t)
	p.weigh()
	p.proceed()
	return opened, turned
}

// pass tells those who wait for what was concluded.
func (p *partition) pass(opened, turned bool) {
	if turned {
		p.loop.turn(p)
	}
	if opened {
		p.loop.scheduler.release(p)
	}
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
