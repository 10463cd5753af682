package kafka

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
)

// skipEvery is how often a claim that reads nothing is looked at.
const skipEvery = 500 * time.Millisecond

// skip tells the intake of a claim, until ctx is done, of offsets behind the last record that hold none: the client passes
// over the markers of transactions, and over what they aborted, in silence. Without it the position would stay before them,
// and the claim seem to be behind for as long as nothing follows. It asks the broker once for each end of the log.
func (h *handler) skip(ctx context.Context, claim sarama.ConsumerGroupClaim, intake Intake, next *atomic.Int64) {
	ticker := time.NewTicker(skipEvery)
	defer ticker.Stop()
	at := next.Load()
	for empty, asked := at, int64(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if now := next.Load(); now != at { // it reads
			at, empty, asked = now, now, 0
			continue
		}
		if end := claim.HighWaterMarkOffset(); end > max(empty, asked) {
			from, err := h.from(claim, empty)
			if err != nil {
				continue
			}
			to, _, err := probe(h.client, claim.Topic(), claim.Partition(), from)
			if err != nil {
				continue
			}
			asked = end
			if to > from {
				empty = to
			}
		}
		if empty > at {
			intake.Skip(empty)
		}
	}
}

// from is the offset that reading begins at where the client knows it as the oldest.
func (h *handler) from(claim sarama.ConsumerGroupClaim, offset int64) (int64, error) {
	if offset >= 0 {
		return offset, nil
	}
	return h.client.GetOffset(claim.Topic(), claim.Partition(), sarama.OffsetOldest)
}
