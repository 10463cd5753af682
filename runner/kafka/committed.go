package kafka

import (
	"context"

	"github.com/IBM/sarama"
)

// fetch gives the position that was committed for a partition, zero for none, and the id of the topic that it is of.
func (c *committer) fetch(ctx context.Context, topic string, partition int32) (position Position, id sarama.Uuid, err error) {
	err = repeat(ctx, func() (err error) {
		position, err = c.ask(topic, partition)
		return err
	}, c.asking.met)
	if err == nil {
		c.asking.over()
		position.Metadata, id = unsigned(position.Metadata)
	}
	return position, id, err
}

func (c *committer) ask(topic string, partition int32) (Position, error) {
	broker, err := c.client.Coordinator(c.group)
	if err != nil {
		return Position{}, err
	}
	request := sarama.NewOffsetFetchRequest(c.client.Config().Version, c.group, map[string][]int32{topic: {partition}})
	request.RequireStable = c.stable
	response, err := broker.FetchOffset(request)
	if err != nil {
		_ = broker.Close()
		_ = c.client.RefreshCoordinator(c.group)
		return Position{}, err
	}
	block := response.GetBlock(topic, partition)
	switch {
	case response.Err != sarama.ErrNoError:
		c.moved(response.Err)
		return Position{}, response.Err
	case block == nil:
		return Position{}, sarama.ErrIncompleteResponse
	case block.Err != sarama.ErrNoError:
		c.moved(block.Err)
		return Position{}, block.Err
	case block.Offset < 0:
		return Position{}, nil
	default:
		return Position{Next: block.Offset, Metadata: block.Metadata}, nil
	}
}
