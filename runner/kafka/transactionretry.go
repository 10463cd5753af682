package kafka

import (
	"context"
	"errors"
	"time"

	"github.com/IBM/sarama"
)

// Bounds of a transaction's requests.
const (
	// lostAfter is how long a request of a transaction is tried again before the transaction is lost: longer than an
	// orderly change of leaders takes. Beginning anew costs little, and goes on trying for ever.
	lostAfter = 1500 * time.Millisecond
	// beginWithin bounds beginning: what is open is ended first, which needs the leaders of all that it wrote to.
	beginWithin = 10 * time.Second
	// replicateWithin is how long a broker waits for its replicas, answerWithin how long it has to answer. Both together
	// are less than transactionTimeout.
	replicateWithin = 5 * time.Second
	answerWithin    = 10 * time.Second
	// insistPause is the pause before a request is tried again; it doubles up to insistPauseMax. It begins short: a
	// coordinator that is still telling the leaders of the last transaction's end takes no new one.
	insistPause    = 5 * time.Millisecond
	insistPauseMax = 320 * time.Millisecond
)

// insist tries until it succeeds, what stands in the way does not pass, or for a while; but once more at least.
func insist(ctx context.Context, within time.Duration, try func() error) error {
	began := time.Now()
	for tries, pause := 1, insistPause; ; tries, pause = tries+1, min(2*pause, insistPauseMax) {
		err := try()
		if err == nil || !mayPass(err) || tries > 1 && time.Since(began)+pause > within {
			return err
		}
		if sleep(ctx, pause); ctx.Err() != nil {
			return err
		}
	}
}

// mayPass says whether the same request may succeed a moment later.
func mayPass(err error) bool {
	code, ok := errors.AsType[sarama.KError](err)
	if !ok { // no answer came, and neither did the request if the client is at an end or cannot say it
		return !final(err) && !errors.Is(err, sarama.ErrClosedClient) && !errors.Is(err, sarama.ErrInvalidPartition)
	}
	switch code {
	case sarama.ErrUnknownTopicOrPartition, sarama.ErrLeaderNotAvailable, sarama.ErrNotLeaderForPartition,
		sarama.ErrRequestTimedOut, sarama.ErrBrokerNotAvailable, sarama.ErrReplicaNotAvailable, sarama.ErrNetworkException,
		sarama.ErrOffsetsLoadInProgress, sarama.ErrConsumerCoordinatorNotAvailable, sarama.ErrNotCoordinatorForConsumer,
		sarama.ErrNotEnoughReplicas, sarama.ErrNotEnoughReplicasAfterAppend, sarama.ErrInvalidMessage,
		sarama.ErrConcurrentTransactions, sarama.ErrKafkaStorageError, sarama.ErrFencedLeaderEpoch,
		sarama.ErrUnknownLeaderEpoch, sarama.ErrThrottlingQuotaExceeded:
		return true
	default:
		return false
	}
}
