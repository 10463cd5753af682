package runner

import "github.com/pipelinectl/pipelinectl/runner/kafka"

// settle takes a record that is finished as far as its transaction goes. The lock is held.
func (p *partition) settle(t *task) {
	p.settled = append(p.settled, t)
	if len(p.settled) == transactionRecords || p.gate.alone > 0 || p.park != nil && p.park.state == parkTrying {
		p.claim.Commit()
	}
}

// pressing says whether a transaction should end: something is finished, or a held record waits for a commit.
func (p *partition) pressing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.settled) > 0 || p.skipped || p.gate.waiting || p.closing
}

// settledPosition finishes what is settled, and gives the position that says so. A life that cannot commit it is over.
func (p *partition) settledPosition() (kafka.Position, bool) {
	p.mu.Lock()
	var opened, turned bool
	for _, t := range p.settled {
		o, u := p.conclude(t)
		opened, turned = opened || o, turned || u
	}
	p.settled, p.skipped = nil, false
	p.mu.Unlock()
	p.pass(opened, turned)
	p.park.dispatch()
	return p.Position()
}

// abandon ends a life whose transaction came to nothing: its attempts are cancelled, since all of it comes again. Closed
// is closed when a Close that is under way has ended; nil: there is none.
func (p *partition) abandon(closed <-chan struct{}) {
	p.cancel()
	if closed != nil {
		<-closed
	} else {
		p.Close()
	}
}
