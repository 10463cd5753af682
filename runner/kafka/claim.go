package kafka

import (
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
)

var _ sarama.ConsumerGroupHandler = (*handler)(nil)

// markEvery is how often the low watermark is handed to the client, which commits once in commitEvery: marking each
// record cost 10 to 40 times the rest of the loop in others' measurements.
const markEvery = 200 * time.Millisecond

// handler passes the claims of one membership to the partitions.
type handler struct {
	source     *Source
	partitions Partitions
	group      sarama.ConsumerGroup
	joined     atomic.Bool
}

// Setup implements sarama.ConsumerGroupHandler: the group is joined.
func (h *handler) Setup(session sarama.ConsumerGroupSession) error {
	h.joined.Store(true)
	h.source.joined.Store(true)
	h.source.log.Info("joined", "group", h.source.group, "member", session.MemberID())
	return nil
}

// Cleanup implements sarama.ConsumerGroupHandler: every claim is closed, the last marks are committed next.
func (h *handler) Cleanup(sarama.ConsumerGroupSession) error {
	h.source.joined.Store(false)
	return nil
}

// ConsumeClaim implements sarama.ConsumerGroupHandler. It never blocks while the claim is held: a reader that does
// holds up the next fetch of every partition of the broker, and is then thrown off it again and again. The order at
// the end is what makes a rebalance lose nothing: start no more, wait for what was started, mark; the client commits
// the marks when this has returned and before it lets the partition go.
func (h *handler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	topic, partition := claim.Topic(), claim.Partition()
	one := map[string][]int32{topic: {partition}}
	intake := h.partitions.Open(Claim{
		Topic: topic, Partition: partition, HighWater: claim.HighWaterMarkOffset,
		Pause: func(paused bool) {
			if paused {
				h.group.Pause(one)
			} else {
				h.group.Resume(one)
			}
		},
	})
	m := marker{session: session, topic: topic, partition: partition, reset: claim.InitialOffset() < 0}
	m.read(claim, intake)
	intake.Close()
	// The client remembers a pause beyond the claim; without this the partition would stand still when it comes back.
	h.group.Resume(one)
	m.mark(intake)
	return nil
}

// marker hands one claim's low watermark to the client.
type marker struct {
	session   sarama.ConsumerGroupSession
	topic     string
	partition int32
	marked    int64
	// reset says that the claim did not begin at a committed offset: there is none, or it lies outside the log.
	reset bool
}

// read pushes records until the claim is over.
func (m *marker) read(claim sarama.ConsumerGroupClaim, intake Intake) {
	ticker := time.NewTicker(markEvery)
	defer ticker.Stop()
	over := m.session.Context().Done()
	for {
		select {
		case msg, ok := <-claim.Messages():
			if !ok {
				return
			}
			intake.Push(recordOf(msg))
			if !m.rest(claim, intake) {
				return
			}
		case <-ticker.C:
			m.mark(intake)
		case <-over: // Messages may stay open while the client is looking for a leader
			return
		}
	}
}

// restRecords bounds how much is taken between two looks at the other channels.
const restRecords = 128

// rest takes what is there already, at a fraction of the price of a select over several channels. It says whether the
// claim goes on.
func (m *marker) rest(claim sarama.ConsumerGroupClaim, intake Intake) bool {
	for range restRecords {
		select {
		case msg, ok := <-claim.Messages():
			if !ok {
				return false
			}
			intake.Push(recordOf(msg))
		default:
			return true
		}
	}
	return true
}

func (m *marker) mark(intake Intake) {
	next, ok := intake.Next()
	if !ok || next == m.marked {
		return
	}
	m.session.MarkOffset(m.topic, m.partition, next, "")
	if m.reset {
		// MarkOffset keeps the greatest offset. After a topic was made anew that is one of its former life, and nothing
		// would be committed until the new log has grown past it.
		m.session.ResetOffset(m.topic, m.partition, next, "")
	}
	m.marked = next
}
