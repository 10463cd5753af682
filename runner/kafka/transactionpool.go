package kafka

import (
	"context"
	"errors"
	"sync"

	"github.com/IBM/sarama"
)

// poolClients is how many clients the transactions of a membership share. A client sends a broker one request at a time,
// so that with one for all an end waits behind the batches of all other claims; one for each would cost memory, and won
// little.
const poolClients = 4

// pool holds the clients of a membership's transactions, each opened when it is first needed. They are not the consumer's:
// a broker answers what comes over a connection one request after the other, and a fetch that finds nothing would hold up
// all that is written.
type pool struct {
	open  func(context.Context) (sarama.Client, error)
	slots [poolClients]struct {
		mu     sync.Mutex
		client sarama.Client
		closed bool
	}
}

// newPool gives a pool that connects as the source does, and writes like the sink.
func newPool(s *Source) *pool {
	return &pool{open: func(ctx context.Context) (sarama.Client, error) {
		config, err := transactionConfig(s)
		if err != nil {
			return nil, err
		}
		return connect(ctx, func() (sarama.Client, error) { return sarama.NewClient(addresses(s.env), config) })
	}}
}

// transactionConfig is for writing in transactions: like the sink, and where it writes.
func transactionConfig(s *Source) (*sarama.Config, error) {
	config, err := sinkConfig(s.env, s.client, s.parks)
	if err != nil {
		return nil, err
	}
	config.Net.ReadTimeout, config.Net.WriteTimeout = answerWithin, answerWithin
	config.Metadata.Retry.Max = 0 // see insist
	return config, nil
}

// get gives the client for a partition that is claimed.
func (p *pool) get(ctx context.Context, partition int32) (_ sarama.Client, err error) {
	slot := &p.slots[int(partition)%len(p.slots)]
	slot.mu.Lock()
	defer slot.mu.Unlock()
	switch {
	case slot.closed:
		return nil, sarama.ErrClosedClient
	case slot.client == nil:
		slot.client, err = p.open(ctx)
	}
	return slot.client, err
}

// Close ends the connections.
func (p *pool) Close() error {
	var all error
	for i := range p.slots {
		slot := &p.slots[i]
		slot.mu.Lock()
		if slot.client != nil && !slot.closed {
			all = errors.Join(all, slot.client.Close())
		}
		slot.closed = true
		slot.mu.Unlock()
	}
	return all
}
