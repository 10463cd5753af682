package runner

import (
	"github.com/pipelinectl/pipelinectl/runner/kafka"
)

// gate decides which records of a partition may start. It keeps two promises.
//
// What is finished above the watermark always fits into a commit: where it might not, nothing more starts until the
// watermark has moved.
//
// A record that kills the process is found out. Nothing starts at or above the ceiling, and a ceiling counts once it is
// committed; so whoever finds one in the commit of a process that died knows that the culprit is below it, and runs what
// is unfinished there one record at a time (of all partitions that recover: see turnstile), each announced in a commit
// before it starts. One that was begun triesMax times and never came to an end is given up; its neighbours only wait.
//
// All of it is under its partition's lock.
type gate struct {
	// ceiling is the committed one, margin how far beyond the records that have started the next one will be.
	ceiling int64
	margin  int
	// started is the offset behind the highest record that has started, recent how many began since the last commit.
	started int64
	recent  int
	// found is the ceiling that was found dirty, zero for none. Alone is the same while one record runs at a time below it, and
	// zero when that is over.
	found, alone int64
	suspect      suspect
	// announced is the suspect that was announced last; what became of it may come to nothing with a transaction.
	announced suspect
	// below counts, in a tier, those below alone that may start and are not finished.
	below int
	// offered is what the last Position said.
	offered checkpoint
	// waiting and crowded say that a record is held: for a commit, or for room in the next one.
	waiting, crowded bool
	// epoch counts how often held records were let ask again.
	epoch uint64
}

// verdict is what the gate says about a record.
type verdict int

const (
	// refused: the partition is let go.
	refused verdict = iota
	// held: the record waits, and the gate says when it is to ask again.
	held
	// admitted: it may start.
	admitted
	// condemned: it has killed triesMax processes, and is given up without another try.
	condemned
)

const (
	// triesMax is how often a record may end its process.
	triesMax = 3
	// marginMin and marginMax bound gate.margin: enough for records to start without waiting for a commit, few enough to
	// run one by one after a crash.
	marginMin, marginMax = 64, 4096
	// marginStep is by how much it grows when records wait for a commit. Each step costs a round trip to the broker, and
	// from 64 to 4096 by doubling a copying runner took half as long again as with two steps.
	marginStep = 8
)

// admit decides about a record. The lock is held.
func (p *partition) admit(t *task) verdict {
	g := &p.gate
	if p.park != nil {
		if v, decided := p.park.admit(t); decided {
			return v
		}
	}
	v := admitted
	switch {
	case g.alone > 0:
		v = p.examine(t.offset)
	case t.offset >= g.ceiling:
		v = held
		p.widen()
	case !p.roomy(t):
		t.heldAt, g.crowded = g.epoch, true
		return held
	}
	if v == held {
		t.heldAt, g.waiting = g.epoch, true
		p.claim.Commit()
		return held
	}
	g.started = max(g.started, t.offset+1)
	if t.history.last == nil {
		g.recent++
	}
	return v
}

// roomy says whether a checkpoint has room for a record. The watermark's own always has, since nothing moves without it, and
// so has what joins a run.
func (p *partition) roomy(t *task) bool {
	return t.seq == p.track.head || p.track.joins(t.seq) || p.fits(4)
}

// fits says whether a checkpoint has room for another run, with so many quarters of it in use.
func (p *partition) fits(quarters int) bool {
	return p.track.room()+p.active+len(p.settled) < maxRuns(p.track.width())*quarters/4
}

// passed tells the gate of a record that is finished, and says whether held ones may pass now, and whether it is another
// partition's turn. The lock is held.
func (p *partition) passed(t *task) (opened, turned bool) {
	g := &p.gate
	if g.alone == 0 {
		return g.crowded && (p.fits(3) || p.active <= 1) && p.open(), false
	}
	if g.suspect.set && g.suspect.offset == t.offset {
		g.suspect, turned = suspect{}, true
	}
	turned = p.recovered() || turned
	return p.open(), turned
}

// Position implements kafka.Intake: the watermark, and the checkpoint with the ceiling raised ahead of need.
func (p *partition) Position() (kafka.Position, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	low, ok := p.track.low()
	if !ok {
		return kafka.Position{}, false
	}
	g := &p.gate
	c := checkpoint{done: p.track.finished()}
	if !p.released {
		c.ceiling = p.raised(low)
		if g.suspect.begun {
			c.suspect, c.tries = g.suspect.offset, g.suspect.tries
		}
	}
	g.offered = c
	return kafka.Position{Next: low, Metadata: c.encode(low)}, true
}

// raised is the ceiling to commit. It stays as it is while more than half of the margin is left, so that a partition
// without work commits nothing. The margin counts records: their offsets may lie far apart.
func (p *partition) raised(low int64) int64 {
	g := &p.gate
	if g.alone > 0 {
		return g.alone
	}
	from := max(g.started, low)
	recent := g.recent
	g.recent = 0
	if g.ceiling > p.track.ahead(from, g.margin/2) {
		return g.ceiling
	}
	g.margin = min(max(marginMin, g.margin*3/4, 2*recent), marginMax)
	return p.track.ahead(from, g.margin)
}

// Committed implements kafka.Intake.
func (p *partition) Committed(kafka.Position) {
	p.mu.Lock()
	g := &p.gate
	g.ceiling = max(g.ceiling, g.offered.ceiling)
	if s := &g.suspect; s.begun && s.same(suspect{offset: g.offered.suspect, tries: g.offered.tries}) {
		s.announced = true
		g.announced = *s
	}
	opened := p.open()
	p.mu.Unlock()
	if opened {
		p.loop.scheduler.release(p)
	}
}
