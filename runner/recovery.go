package runner

import (
	"github.com/pipelinectl/pipelinectl/runner/kafka"
)

// How a claim recovers from a process that died: one record at a time, each announced before it starts; see gate.

// suspect is the record that runs alone.
type suspect struct {
	set    bool
	offset int64
	// seen says that the record was read in this life of the claim.
	seen bool
	// tries counts the processes that began it; announced says that this one is committed among them.
	tries     int
	begun     bool
	announced bool
}

// recover takes up what the last holder of the partition left.
func (p *partition) recover(committed kafka.Position, known checkpoint) {
	p.track.begin(committed, known.done)
	p.gate.margin = marginMin
	p.gate.ceiling, p.gate.found, p.gate.alone = known.ceiling, known.ceiling, known.ceiling
	if known.tries > 0 && known.ceiling > 0 {
		p.gate.suspect = suspect{set: true, offset: known.suspect, tries: known.tries}
	}
}

// resume goes on where an earlier life of the same claim was, from the offset that is committed. Its process has not died, so
// the ceiling that is found there accuses nobody. What the earlier life has concluded since came to nothing: what it recovered
// from is to be recovered from again, and the suspect is the committed one, which need not be announced again if this process
// has begun it.
func (g *gate) resume(last *gate, next int64) {
	g.margin, g.found, g.alone, g.announced = last.margin, last.found, 0, last.announced
	if next >= g.found {
		g.suspect = suspect{}
		return
	}
	g.ceiling, g.alone = g.found, g.found
	if s := &g.suspect; s.set && (s.same(last.announced) || last.suspect.begun && s.same(last.suspect)) {
		s.begun, s.announced = true, true
		g.announced = *s
	}
}

// same says whether two are one try at one record.
func (s *suspect) same(other suspect) bool { return s.offset == other.offset && s.tries == other.tries }

// sighted tells the gate of a record that was read: the suspect of an earlier life holds up all others, so it is one only
// as long as it can still come. It may be compacted away, or lie beyond a window that has become smaller. It says whether
// held records may pass now. The lock is held.
func (p *partition) sighted(offset int64, finished bool) (opened bool) {
	s := &p.gate.suspect
	switch {
	case !s.set || s.seen, offset < s.offset && !p.paused:
		return false
	case offset == s.offset && !finished:
		s.seen = true
		return false
	default:
		return p.absolve()
	}
}

// behind tells the gate of a record that must follow others in its lane: were it the suspect, it and they would wait
// for each other. That is so only where the ordering was changed since the suspect was found.
func (p *partition) behind(offset int64) (opened bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.gate.suspect; !s.set || s.offset != offset {
		return false
	}
	return p.absolve()
}

// absolve drops the suspect of an earlier life. The lock is held.
func (p *partition) absolve() (opened bool) {
	p.gate.suspect = suspect{}
	return p.open()
}

// examine decides about a record while the partition recovers from a process that died.
func (p *partition) examine(offset int64) verdict {
	g := &p.gate
	s := &g.suspect
	switch {
	case offset >= g.alone, s.set && s.offset != offset, !p.loop.turnstile.take(p):
		return held
	case !s.set:
		*s = suspect{set: true, offset: offset, seen: true}
	}
	switch {
	case s.tries >= triesMax && !s.begun:
		return condemned
	case !s.begun:
		s.begun, s.tries = true, s.tries+1
		return held
	case !s.announced:
		return held
	default:
		return admitted
	}
}

// recovered ends the recovery, and says so, once all that was read below the ceiling is finished. Whoever asks to
// start is reason to look: the record that moves the watermark over the ceiling may come after the last one below it has
// ended, with a gap between them. The lock is held.
func (p *partition) recovered() bool {
	g := &p.gate
	if low, ok := p.track.low(); g.alone == 0 || !ok || low < g.alone && !p.innocent() {
		return false
	}
	g.alone, g.suspect = 0, suspect{}
	return true
}
