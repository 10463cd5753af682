package runner

import (
	"slices"
	"sync"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/kafka"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

var _ kafka.Intake = (*transacted)(nil)

// The window of a transaction. A reader of the results waits for its end, and each costs a few requests.
const (
	transactionEvery   = 50 * time.Millisecond
	transactionRecords = 4096
	// transactionPause is the pause before a claim begins anew whose transaction came to nothing; it doubles up to
	// transactionPauseMax while none is committed between.
	transactionPause    = 100 * time.Millisecond
	transactionPauseMax = 30 * time.Second
)

// transacted is a claim with exactly-once: what its records give, and how far it is, is committed in one transaction, or
// not at all. When one comes to nothing the claim begins anew from what the broker says is committed, with the records
// that it has kept for that; a partition (the struct) is one such life.
type transacted struct {
	loop  *loop
	claim kafka.Claim
	wake  chan struct{}
	// closing is closed when the claim is to end, ended when it has.
	closing, ended chan struct{}

	mu sync.Mutex
	// current is nil between two lives; gate is that of the last one, once there was one.
	current *partition
	gate    *gate
	// doubts are those of the last life's park.
	doubts map[int64]*doubt
	// next is what was committed last.
	next int64
	// kept are the records from the committed position on, keptBytes their size.
	kept      []record.Record
	keptBytes int
	// weight is that of kept between two lives; in a life it is the partition's.
	weight weight
	// past is what was committed when the claim began outside of it: a position of a log that is no more. began says that
	// it is known.
	past  kafka.Position
	began bool
	// offered is the position to commit outside of a transaction, nil while there is none: what a life is about to commit
	// in one must not be committed beside it.
	offered *kafka.Position
	// again says that such a commit failed. It belongs to the goroutine of run.
	again bool
}

// transact opens a claim.
func (l *loop) transact(c kafka.Claim) kafka.Intake {
	x := &transacted{
		loop: l, claim: c, wake: make(chan struct{}, 1), closing: make(chan struct{}), ended: make(chan struct{}),
	}
	x.claim.Commit = x.soon
	go x.run()
	return x
}

// soon has the transaction end without waiting for its time.
func (x *transacted) soon() {
	select {
	case x.wake <- struct{}{}:
	default: // somebody has asked already
	}
}

// Push implements kafka.Intake.
func (x *transacted) Push(r record.Record) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.kept = append(x.kept, r)
	x.keptBytes += r.Size()
	if x.current != nil {
		x.current.Push(r)
		return
	}
	x.weight.set(x.loop.memory, x.keptBytes)
	if len(x.kept) > windowRecords || x.keptBytes > x.loop.memory.Room() {
		x.claim.Pause(true) // until the next life
	}
}

// Skip implements kafka.Intake.
func (x *transacted) Skip(to int64) {
	if p := x.living(); p != nil {
		p.Skip(to)
	}
}

// Position implements kafka.Intake, for a commit outside of a transaction: see Transaction.End.
func (x *transacted) Position() (kafka.Position, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.offered == nil {
		return kafka.Position{}, false
	}
	return *x.offered, true
}

// plainly commits what is settled outside of a transaction, when none is open.
func (x *transacted) plainly(p *partition) error {
	position, ok := p.settledPosition()
	if !ok {
		x.again = false
		return nil
	}
	x.offer(&position)
	defer x.offer(nil)
	err := x.claim.Transactions.Plainly()
	x.again = err != nil
	return err
}

func (x *transacted) offer(position *kafka.Position) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.offered = position
}

// Committed implements kafka.Intake.
func (x *transacted) Committed(position kafka.Position) {
	if p := x.living(); p != nil {
		p.Committed(position)
	}
	x.forget(position.Next)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.next = position.Next
}

// reached is how far the claim has committed.
func (x *transacted) reached() int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.next
}

func (x *transacted) living() *partition {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.current
}

// drop drops all that is kept, at the end of the claim.
func (x *transacted) drop() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.kept, x.keptBytes = nil, 0
	x.weight.set(x.loop.memory, 0)
}

// forget drops the records that need not be kept.
func (x *transacted) forget(below int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	i, _ := slices.BinarySearchFunc(x.kept, below, func(r record.Record, offset int64) int { return int(r.Offset - offset) })
	for _, r := range x.kept[:i] {
		x.keptBytes -= r.Size()
	}
	clear(x.kept[:i])
	x.kept = x.kept[i:]
}

// Close implements kafka.Intake.
func (x *transacted) Close() {
	close(x.closing)
	timer := time.NewTimer(x.loop.drain.force)
	defer timer.Stop()
	select {
	case <-x.ended:
	case <-timer.C: // a broker that does not answer ends the transaction without us
	}
}
