package kafka

import (
	"context"

	"github.com/IBM/sarama"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// opening is what is known of a claim before its first record is handed on.
type opening struct {
	known Position
	// of is the id of the topic that known speaks of, id that of the topic as it is.
	of, id sarama.Uuid
	// first are the messages that came meanwhile.
	first []*sarama.ConsumerMessage
}

// ask asks what is committed for a claim, until it knows; false says that the claim was taken back before. Its messages
// are taken meanwhile: their end is how the client says so, and whoever does not listen holds up the whole rebalance.
func (h *handler) ask(session context.Context, claim sarama.ConsumerGroupClaim) (o opening, ok bool) {
	ctx, cancel := context.WithCancel(session)
	defer cancel() // a request that is under way ends by itself
	answered := make(chan opening, 1)
	go func() {
		var o opening
		var err error
		if o.known, o.of, err = h.committer.fetch(ctx, claim.Topic(), claim.Partition()); err != nil {
			return
		}
		if o.id, err = h.committer.topicID(ctx, claim.Topic()); err == nil {
			answered <- o
		}
	}()
	one := map[string][]int32{claim.Topic(): {claim.Partition()}}
	var first []*sarama.ConsumerMessage
	defer func() {
		if len(first) >= burstRecords {
			h.group.Resume(one) // also where the claim is over: the client remembers a pause beyond it
		}
	}()
	for {
		select {
		case o := <-answered:
			o.first = first
			return o, true
		case msg, ok := <-claim.Messages():
			if !ok {
				return opening{}, false
			}
			if first = append(first, msg); len(first) == burstRecords {
				h.group.Pause(one) // what is fetched already still comes
			}
		case <-ctx.Done():
			return opening{}, false
		}
	}
}

// topicID asks for a topic's id, until it knows or ctx is done.
func (c *committer) topicID(ctx context.Context, topic string) (id sarama.Uuid, err error) {
	err = repeat(ctx, func() (err error) {
		id, err = topicID(c.client, topic)
		return err
	}, c.asking.met)
	return id, err
}

// judge says where a claim begins that the client has begun at an offset: at what is known or, where that is of the past,
// at the start of the partition. Again says that the client is elsewhere: what is committed is put right, and the claim
// must begin anew.
func (h *handler) judge(o opening, claim sarama.ConsumerGroupClaim) (known Position, again bool) {
	log := h.source.log.With("topic", claim.Topic(), "partition", claim.Partition(), "committed", o.known.Next)
	switch {
	case o.known == (Position{}):
		return Position{}, false
	case claim.InitialOffset() < 0:
		log.Warn("what is committed lies outside the log, reading from its start")
		h.source.failed("position")
		return Position{}, false
	case o.of != (sarama.Uuid{}) && o.id != (sarama.Uuid{}) && o.of != o.id:
		log.Warn("what is committed is of a topic of this name that was deleted, reading this one from its start")
		h.source.failed("position")
		return Position{}, true
	default:
		return o.known, false
	}
}

// rewind commits the start of a partition in place of what is of the past, or gives up with ctx.
func (h *handler) rewind(ctx context.Context, o opening, claim sarama.ConsumerGroupClaim) {
	var oldest int64
	err := repeat(ctx, func() (err error) {
		oldest, err = h.client.GetOffset(claim.Topic(), claim.Partition(), sarama.OffsetOldest)
		return err
	}, h.committer.asking.met)
	if err == nil {
		h.committer.last(ctx, &claimed{topic: claim.Topic(), partition: claim.Partition(), id: o.id, intake: fixed{Next: oldest}})
	}
}

// fixed is a position to commit that no records stand behind.
type fixed Position

var _ Intake = fixed{}

// Position implements Intake.
func (f fixed) Position() (Position, bool) { return Position(f), true }

// Push implements Intake.
func (fixed) Push(record.Record) {}

// Skip implements Intake.
func (fixed) Skip(int64) {}

// Committed implements Intake.
func (fixed) Committed(Position) {}

// Close implements Intake.
func (fixed) Close() {}
