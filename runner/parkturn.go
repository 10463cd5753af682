package runner

import (
	"errors"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/call"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// admit decides about a record as far as the park goes; undecided, it is for the gate. What is only parked or already is
// can kill nobody, so no ceiling holds it, only the room in a commit. The lock is held.
func (k *park) admit(t *task) (v verdict, decided bool) {
	p, g := k.part, &k.part.gate
	switch {
	case t.entry != nil:
		v = k.admitParked(t)
	case k.state == parkUnread:
		v = held
	default:
		t.met = k.meets(&t.rec)
		switch {
		case t.met != meetsItself && k.full(4):
			v, k.held = held, true
		case t.met == meetsNothing && k.state == parkOpen && (g.alone == 0 || k.marks.inside == nil):
			return 0, false
		case t.met == meetsNothing:
			v = held
		case !p.roomy(t):
			v, g.crowded = held, true
		default:
			v = admitted
		}
	}
	if v == held {
		t.heldAt = g.epoch
	}
	return v, true
}

// admitParked decides about a record that is to run from the park. Where others are tried alone it is too: not because it is
// suspected, but lest it cast suspicion on them.
func (k *park) admitParked(t *task) verdict {
	p, g := k.part, &k.part.gate
	_, any := p.track.low()
	switch d := k.marks.doubts[t.offset]; {
	case g.ceiling == 0 && any: // nothing says yet that a death of ours would be one
		g.waiting = true
		p.claim.Commit()
		return held
	case d == nil && g.alone == 0:
		return admitted
	case d == nil && (g.suspect.begun || k.marks.inside != nil && k.marks.inside != t.entry), !p.loop.turnstile.take(p):
		return held
	case d == nil, d.announced:
		k.marks.inside = t.entry
		return admitted
	case d.tries >= triesMax && !d.asked:
		return condemned
	case !d.asked:
		d.asked, d.tries, k.marks.stale = true, d.tries+1, true
		return held
	default:
		return held
	}
}

// meet handles a record that the park has something to say about.
func (l *loop) meet(t *task) {
	if t.met == meetsItself {
		t.part.finish(t)
		return
	}
	l.park(t, record.Retry{Due: time.Now(), Entered: t.history.entered})
}

// park writes the entry of a record that waits; it is finished in its source's log once the entry is acknowledged.
func (l *loop) park(t *task, retry record.Retry) {
	p := t.part
	p.mu.Lock()
	free := p.park.enter(t, retry)
	p.mu.Unlock()
	if !free {
		l.giveUp(t, &call.Failure{Class: record.Permanent, Cause: "a record of an earlier log has its place in " + p.park.topic}, "")
		return
	}
	if p.sink.Write(p.ctx, record.Parked(&t.rec, p.park.topic, retry), parking{t}) != nil {
		p.yield()
	}
}

var _ record.Placed = parking{}

// parking is the Ack of an entry.
type parking struct{ *task }

// Placed implements record.Placed.
func (a parking) Placed(offset int64) {
	a.part.mu.Lock()
	defer a.part.mu.Unlock()
	a.parking.at = offset
}

// Acked implements record.Ack.
func (a parking) Acked(err error) {
	t, p := a.task, a.part
	var rejected *record.RejectedError
	switch {
	case err == nil:
		if t.tier > 0 {
			p.loop.metrics.Delayed(t.tier).Inc()
		}
		p.finish(t)
	case errors.As(err, &rejected):
		go p.park.refused(t, rejected) // not on the sink's goroutine: writing may block
	default:
		p.yield()
	}
}

// refused gives up a record whose entry the topic rejects.
func (k *park) refused(t *task, rejected error) {
	k.part.mu.Lock()
	e := t.parking
	if t.parking = nil; t.entry == nil {
		k.forget(e)
	} else {
		k.leave(e)
	}
	k.part.mu.Unlock()
	k.dispatch()
	f := t.history.last
	if f == nil {
		f = &call.Failure{Class: record.Permanent, Cause: "it cannot wait for a record before it of its key"}
	}
	t.tier = 0
	k.part.loop.giveUp(t, f, "not put off, "+rejected.Error())
}

// conclude takes what a record has to do with the park for done, and says what of it others wait for. The lock is held.
func (k *park) conclude(t *task) (opened, turned bool) {
	if t.met == meetsItself {
		delete(k.seen, t.offset)
	}
	e := t.entry
	if e != nil {
		delete(k.marks.doubts, e.offset)
	}
	switch {
	case t.parking != nil:
		k.entered(t.parking, e != nil)
	case e != nil:
		k.forget(e)
	}
	if e == nil {
		return false, false // the gate has the rest to say
	}
	if k.marks.inside == e {
		k.marks.inside = nil
		k.tryNext()
		opened, turned = k.part.open(), true
	}
	if k.held && !k.full(3) {
		k.held = false
		opened = k.part.open() || opened
	}
	return opened, turned
}

// entered has an entry count from now on; again says that its record ran from the park.
func (k *park) entered(e *parked, again bool) {
	e.written = true
	if again {
		e.queue.called = false
		k.marks.putOff(e)
	}
	k.call(e.queue)
}
