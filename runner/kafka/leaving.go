package kafka

import (
	"context"
	"sync"

	"github.com/IBM/sarama"
)

// leaving has a membership last until its claims are let go. Who leaves goes on taking part in the group's rebalances
// meanwhile: a client whose context ends in the middle of one stays in a generation that is past, in which nothing can be
// committed any more, and all that its claims finish is done again by others.
type leaving struct {
	// asked is done when the membership is to end.
	asked context.Context

	mu     sync.Mutex
	closed bool
	claims sync.WaitGroup
}

// enter takes a claim in; false: no more is.
func (l *leaving) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.claims.Add(1)
	}
	return !l.closed
}

// await waits until the membership is to end and all claims are let go.
func (l *leaving) await() {
	<-l.asked.Done()
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.claims.Wait()
}

// linger keeps a claim that is let go until the membership ends or another one gets it: its handler's return would end the
// membership.
func (h *handler) linger(session context.Context, claim sarama.ConsumerGroupClaim) {
	h.group.Pause(map[string][]int32{claim.Topic(): {claim.Partition()}})
	for {
		select {
		case <-session.Done():
			return
		case _, ok := <-claim.Messages(): // what was fetched before
			if !ok {
				return
			}
		}
	}
}
