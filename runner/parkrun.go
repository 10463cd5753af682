package runner

import (
	"context"
	"errors"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// fill gives a task of the park its record. False: the claim is at its end.
func (k *park) fill(t *task) bool {
	p := k.part
	log := p.loop.log.With("park", k.topic, "partition", p.claim.Partition, "offset", t.offset)
	for looks := 1; t.rec.Topic == ""; looks++ {
		c, err := k.content(t.entry)
		switch {
		case p.ctx.Err() != nil:
			return false
		case err != nil:
			log.Warn("parked record not read, trying again", "error", err)
			p.loop.metrics.ClientFailed("park")
			wait(p.ctx, parkPause)
		case c == nil: // a transaction's end is not seen everywhere at once
			if looks%missingLooks == 0 {
				log.Error("parked record is not in its log: its key waits until it is, or until clean removes the park", "looks", looks)
				p.loop.metrics.ClientFailed("park")
			}
			wait(p.ctx, parkPause)
		default:
			t.rec = c.rec
			t.history.resume(c.retry, time.Now())
		}
	}
	return true
}

// missingLooks is how often a record is looked for between two complaints that it is not there: half a minute. Somebody
// deleted it, which is not for the runner to take for an outcome.
const missingLooks = 150

// content gives what an entry holds, nil where the log does not show it yet.
func (k *park) content(e *parked) (*content, error) {
	k.part.mu.Lock()
	c, at := e.content, e.at
	k.store.drop(e)
	k.part.mu.Unlock()
	if c != nil {
		return c, nil
	}
	take := func(one record.Record) {
		offset, ok := record.ParkedOffset(one.Key, k.part.claim.Partition)
		if !ok || one.Value == nil {
			return
		}
		source, retry, err := record.ParseParked(&one)
		if err != nil {
			return
		}
		if offset == e.offset && (one.Offset == at || at == 0) {
			c = &content{source.Clone(), retry}
			return
		}
		k.part.mu.Lock()
		defer k.part.mu.Unlock()
		if other := k.entries[offset]; other != nil && other.at == one.Offset && other.content == nil && !other.left {
			k.store.keep(other, content{source, retry}, true) // what comes along is likely to be next
		}
	}
	if at == 0 { // the entry stands at the beginning, or it is not known where
		return c, k.log.Replay(k.part.ctx, take)
	}
	return c, k.log.From(k.part.ctx, at, take)
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// passOn lets the next record of a key run once one from the park is out of the user's code.
func (p *partition) passOn(t *task) {
	if p.ctx.Err() != nil {
		return
	}
	p.mu.Lock()
	if t.parking == nil {
		p.park.leave(t.entry)
	}
	p.mu.Unlock()
	p.park.dispatch()
}

// both is a sink with transactions: see kafka.Transaction.
type both interface {
	WriteBoth(ctx context.Context, r record.Record, ack record.Ack, with record.Record) error
}

// handOver writes what becomes of a record; where there are transactions, with the end of its entry.
func (p *partition) handOver(r record.Record, t *task) error {
	if tx, ok := p.sink.(both); ok && t.entry != nil {
		t.ended = true
		return tx.WriteBoth(p.ctx, r, t, p.unparked(t))
	}
	return p.sink.Write(p.ctx, r, t)
}

func (p *partition) unparked(t *task) record.Record {
	return record.Unparked(p.park.topic, p.claim.Partition, t.entry.offset)
}

// unpark writes the end of an entry, once what became of its record is acknowledged.
func (p *partition) unpark(t *task) {
	t.ended = true
	if p.sink.Write(p.ctx, p.unparked(t), ending{t}) != nil {
		p.yield() // the record runs again
	}
}

var _ record.Ack = ending{}

// ending is the Ack of the end of an entry.
type ending struct{ *task }

// Acked implements record.Ack.
func (a ending) Acked(err error) {
	if err == nil {
		a.part.finish(a.task)
		return
	}
	if _, rejected := errors.AsType[*record.RejectedError](err); rejected {
		a.part.loop.log.Error("the end of a parked record is rejected: it runs again when its park is read next", "park",
			a.part.park.topic, "partition", a.part.claim.Partition, "offset", a.offset, "error", err)
	}
	a.part.yield()
}
