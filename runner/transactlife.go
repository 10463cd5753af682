package runner

import (
	"context"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/kafka"
)

// The lives of a claim with transactions: see transacted.

// run lives until the claim is closed.
func (x *transacted) run() {
	defer close(x.ended)
	defer x.drop()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		<-x.closing
		cancel()
	}()
	for pause := transactionPause; ; pause = min(2*pause, transactionPauseMax) {
		before := x.reached()
		err := x.live(ctx)
		if err == nil {
			return
		}
		x.loop.log.Warn("transaction aborted", "topic", x.claim.Topic, "partition", x.claim.Partition, "error", err)
		x.loop.metrics.ClientFailed("transaction")
		if x.reached() > before {
			pause = transactionPause
		}
		select {
		case <-ctx.Done():
			x.tidy()
			return
		case <-time.After(pause):
		}
	}
}

// live is one life: from what is committed to the end of the claim, or to a transaction that comes to nothing.
func (x *transacted) live(ctx context.Context) error {
	tx, err := x.claim.Transactions.New(ctx)
	if err != nil {
		return err
	}
	defer tx.Close()
	committed, err := x.claim.Transactions.Committed(ctx)
	if err != nil {
		return err
	}
	p := x.begin(committed, tx)
	defer x.over()
	ticker := time.NewTicker(transactionEvery)
	defer ticker.Stop()
	var closed chan struct{} // windows go on while the claim drains: a transaction must not outlast its timeout
	for closing := x.closing; ; {
		select {
		case <-closing:
			closing, closed = nil, make(chan struct{})
			go func() {
				defer close(closed)
				p.Close()
			}()
		case <-closed:
			return x.end(p, tx)
		case <-ticker.C:
		case <-x.wake:
		}
		if err := x.end(p, tx); err != nil && tx.Lost() {
			tx.Close() // what is on its way hears of it
			p.abandon(closed)
			return err
		} else if err != nil { // a commit without a transaction: it is tried again
			x.loop.log.Debug("not committed, trying again", "topic", x.claim.Topic, "partition", x.claim.Partition, "error", err)
		}
	}
}

// tidyTime bounds tidy.
const tidyTime = time.Second

// tidy leaves a claim in order whose last transaction came to nothing: nothing is in work, so its successor need not look
// for who killed us.
func (x *transacted) tidy() {
	ctx, cancel := context.WithTimeout(context.Background(), tidyTime)
	defer cancel()
	tx, err := x.claim.Transactions.New(ctx) // only then is it certain what is committed
	if err != nil {
		return
	}
	defer tx.Close()
	committed, err := x.claim.Transactions.Committed(ctx)
	if err != nil {
		return
	}
	known, err := parseCheckpoint(committed.Metadata, committed.Next)
	if err != nil || known.ceiling == 0 {
		return
	}
	committed.Metadata = checkpoint{done: known.done}.encode(committed.Next)
	x.offer(&committed) // the claim's last commit says it again if need be
	for ctx.Err() == nil && x.claim.Transactions.Plainly() != nil {
		select {
		case <-ctx.Done():
		case <-time.After(transactionEvery):
		}
	}
}

// begin makes a life from what is committed.
func (x *transacted) begin(committed kafka.Position, tx *kafka.Transaction) *partition {
	if !x.began {
		x.began, x.past = true, committed
	}
	if x.claim.Committed == (kafka.Position{}) && committed == x.past {
		committed = kafka.Position{} // it lies outside the log, as the source has found
	}
	claim := x.claim
	claim.Committed = committed
	p := x.loop.open(claim, tx, x)
	x.forget(committed.Next)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.claim.Pause(false) // the life before may have paused it
	s := suspicion{died: x.gate == nil && p.gate.alone > 0, doubts: x.doubts}
	if x.gate != nil {
		p.gate.resume(x.gate, committed.Next)
	}
	x.current = p
	x.weight.set(x.loop.memory, 0)
	p.park.start(s)
	for _, r := range x.kept {
		p.Push(r)
	}
	return p
}

// end ends the transaction that is open, if anything is to be said.
func (x *transacted) end(p *partition, tx *kafka.Transaction) error {
	if !p.pressing() && !tx.Lost() && !x.again {
		return nil
	}
	committed, ok, err := tx.End(p.settledPosition, func() error { return x.plainly(p) })
	if ok {
		x.Committed(committed)
	}
	return err
}

// over ends a life.
func (x *transacted) over() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.current.mu.Lock()
	last := x.current.gate
	if x.current.park != nil {
		x.doubts = x.current.park.marks.doubts
	}
	x.current.mu.Unlock()
	x.gate, x.current = &last, nil
	x.weight.set(x.loop.memory, x.keptBytes)
}
