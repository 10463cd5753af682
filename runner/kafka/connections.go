package kafka

import (
	"context"
	"errors"

	"github.com/IBM/sarama"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// connections are the clients of one membership. A broker answers what comes over a connection one request after the
// other, and a client has one connection to each broker. So a fetch that finds nothing would hold up a commit for maxWait,
// and a join, which waits for all other members, both: partitions that are kept through a rebalance would stand still.
type connections struct {
	// Client is that for fetches, and for all that is nobody's in particular.
	sarama.Client
	// membership joins and beats, commits commits.
	membership, commits sarama.Client
	// transactions write, where positions are committed in them; else it is nil.
	transactions *pool
}

var _ sarama.Client = (*connections)(nil)

// dial opens them; none connects to a broker before it has something to ask there.
func dial(ctx context.Context, env contract.Environment, config *sarama.Config) (*connections, error) {
	c := &connections{}
	for _, client := range []*sarama.Client{&c.Client, &c.membership, &c.commits} {
		var err error
		*client, err = connect(ctx, func() (sarama.Client, error) { return sarama.NewClient(addresses(env), config) })
		if err != nil {
			_ = c.Close() // it says only that there was nothing to close
			return nil, err
		}
	}
	return c, nil
}

// Coordinator implements sarama.Client.
func (c *connections) Coordinator(group string) (*sarama.Broker, error) {
	return c.membership.Coordinator(group)
}

// RefreshCoordinator implements sarama.Client.
func (c *connections) RefreshCoordinator(group string) error {
	return c.membership.RefreshCoordinator(group)
}

// Close implements sarama.Client.
func (c *connections) Close() error {
	var all error
	for _, client := range []sarama.Client{c.Client, c.membership, c.commits} {
		if client != nil {
			all = errors.Join(all, client.Close())
		}
	}
	if c.transactions != nil {
		all = errors.Join(all, c.transactions.Close())
	}
	return all
}
