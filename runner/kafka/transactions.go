package kafka

import (
	"context"
	"fmt"
	"sync"

	"github.com/IBM/sarama"
)

// Transactions is what a claim needs to write in transactions.
type Transactions struct {
	// New makes the claim's next Transaction, which ends what one before it left open.
	New func(ctx context.Context) (*Transaction, error)
	// Committed asks the broker what is committed for the claim.
	Committed func(ctx context.Context) (Position, error)
	// Plainly commits the claim's Position outside of a transaction.
	Plainly func() error
}

// transactions gives a claim its own.
func (h *handler) transactions(session sarama.ConsumerGroupSession, one *claimed) *Transactions {
	if !h.source.exactly {
		return nil
	}
	p := place{one.topic, one.partition}
	return &Transactions{
		New: func(ctx context.Context) (*Transaction, error) { return h.newTransaction(ctx, session, p, one.id) },
		Committed: func(ctx context.Context) (Position, error) {
			committed, _, err := h.committer.fetch(ctx, p.topic, p.partition)
			one.once.Lock()
			defer one.once.Unlock()
			one.committed = unknown // transactions commit too, and only the broker knows which of them it took
			return committed, err
		},
		Plainly: func() error { return h.committer.commit([]*claimed{one}) },
	}
}

// transactionalID is the id of the transactions of a claim. It begins with the group's name, which the node's user may use.
func transactionalID(group string, p place) string {
	return fmt.Sprintf("%s.%s.%d", group, p.topic, p.partition)
}

// newTransaction ends what an earlier owner of the id left open.
func (h *handler) newTransaction(ctx context.Context, session sarama.ConsumerGroupSession, p place, id sarama.Uuid) (*Transaction, error) {
	producer, err := h.newProducer(ctx, p)
	if err != nil {
		return nil, err
	}
	t := &Transaction{
		producer: producer, group: h.source.group, session: session, place: p, id: id, memory: h.source.memory,
		writer: newWriter(producer), done: make(chan struct{}),
	}
	t.changed = sync.NewCond(&t.mu)
	t.ctx, t.cancel = context.WithCancel(context.Background())
	go t.run()
	return t, nil
}

// newProducer takes over the id of a claim. It returns when ctx is done, although a request that is under way cannot be
// interrupted.
func (h *handler) newProducer(ctx context.Context, claim place) (*producer, error) {
	p := &producer{id: transactionalID(h.source.group, claim)}
	begun := make(chan error, 1)
	go func() {
		var err error
		if p.client, err = h.client.transactions.get(ctx, claim.partition); err == nil {
			err = p.begin(ctx)
		}
		begun <- access{id: p.id}.explain(err)
	}()
	select {
	case err := <-begun:
		return p, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
