package runner

// How records that the gate holds are let go.

// open lets held records ask again, and says whether there are any. The lock is held.
func (p *partition) open() bool {
	g := &p.gate
	g.epoch++
	were := g.waiting || g.crowded
	g.waiting, g.crowded = false, false
	return were
}

// sift parts lanes that were held: those above the ceiling still are, and another commit is asked for in their stead, since
// there may be thousands of them. Where more than the ceiling decides, each asks for itself. It is called under the
// scheduler's lock.
func (p *partition) sift(lanes []*lane) (free, still []*lane) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := &p.gate
	if g.alone > 0 || p.park != nil || p.closing {
		return lanes, nil
	}
	for _, l := range lanes {
		if l.head.offset < g.ceiling {
			free = append(free, l)
		} else {
			still = append(still, l)
		}
	}
	if len(still) > 0 {
		p.widen()
		g.waiting = true
		p.claim.Commit()
	}
	return free, still
}

// widen has the next ceiling be further away, since records wait for it. The lock is held.
func (p *partition) widen() {
	if g := &p.gate; !g.waiting {
		g.margin = min(marginStep*g.margin, marginMax)
	}
}

// reopened says whether held records may have been let pass since an epoch.
func (p *partition) reopened(epoch uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gate.epoch != epoch {
		return true
	}
	p.gate.waiting = true // whoever opens next has to release it
	return false
}
