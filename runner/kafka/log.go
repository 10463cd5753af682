package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/IBM/sarama"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// Log reads one partition of a topic beside the group: what is committed, and only when it is asked.
type Log struct {
	// Replay gives every record from the partition's start to what was its end when it was asked. An error says that it did
	// not get there; *PartitionsError that the topic does not fit. It waits for a transaction that is open.
	Replay func(ctx context.Context, each func(record.Record)) error
	// From gives what one fetch brings from an offset on: none where there is nothing yet.
	From func(ctx context.Context, offset int64, each func(record.Record)) error
}

// PartitionsError says that a topic has fewer partitions than the one that it belongs to. More do no harm: each partition
// still has its own.
type PartitionsError struct {
	Topic, Source string
	Has, Needs    int
}

// Error implements error.
func (e *PartitionsError) Error() string {
	return fmt.Sprintf("topic %s has %d partitions and %s has %d: give it as many", e.Topic, e.Has, e.Source, e.Needs)
}

// log gives that partition of a topic which has the number of a claim's.
func (h *handler) log(topic string, claim place) *Log {
	r := &logReader{client: h.client, source: claim.topic, place: place{topic, claim.partition}}
	about := access{reads: []string{topic}}
	return &Log{
		Replay: func(ctx context.Context, each func(record.Record)) error { return about.explain(r.replay(ctx, each)) },
		From: func(_ context.Context, offset int64, each func(record.Record)) error {
			part, err := r.fetch(offset)
			if err == nil {
				give(part.records, each)
			}
			return about.explain(err)
		},
	}
}

// logReader asks the partition's leader itself: a consumer of the client would not say when it has seen all, since what
// lies at the end may be the marker of a transaction or what one aborted.
type logReader struct {
	client sarama.Client
	source string
	place
}

const (
	// replayPause is the pause where a fetch brings nothing: its broker holds no fetch of ours, since it answers a
	// connection's requests one after the other.
	replayPause = 50 * time.Millisecond
	// replayTries is how often in a row a fetch may fail: a leader election takes seconds.
	replayTries = 20
)

func (r *logReader) replay(ctx context.Context, each func(record.Record)) error {
	if err := r.fits(); err != nil {
		return err
	}
	next, err := r.client.GetOffset(r.topic, r.partition, sarama.OffsetOldest)
	if err != nil {
		return err
	}
	// The end is asked for: a new leader's fetches may still lie behind what was acknowledged, its answer never (KIP-207).
	end, err := r.client.GetOffset(r.topic, r.partition, sarama.OffsetNewest)
	if err != nil {
		return err
	}
	for failures := 0; next < end; {
		part, err := r.fetch(next)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, sarama.ErrOffsetOutOfRange): // the log was cleaned meanwhile
			if next, err = r.client.GetOffset(r.topic, r.partition, sarama.OffsetOldest); err != nil {
				return err
			}
		case err != nil && failures == replayTries, errors.Is(err, sarama.ErrTopicAuthorizationFailed):
			return err
		case err != nil:
			failures++
			_ = r.client.RefreshMetadata(r.topic)
			sleep(ctx, replayPause*time.Duration(failures))
		case part.next == next:
			failures = 0
			sleep(ctx, replayPause)
		default:
			failures = 0
			give(part.records, each)
			next = part.next
		}
	}
	return nil
}

func give(records []record.Record, each func(record.Record)) {
	for _, one := range records {
		each(one)
	}
}

// fits compares the partitions of the topic with those of its source, asking again before it complains.
func (r *logReader) fits() error {
	var mismatch *PartitionsError
	for fresh := range 2 {
		if fresh > 0 {
			if err := r.client.RefreshMetadata(r.topic, r.source); err != nil {
				return err
			}
		}
		has, err := r.client.Partitions(r.topic)
		if err != nil {
			return fmt.Errorf("topic %s: %w", r.topic, err)
		}
		needs, err := r.client.Partitions(r.source)
		if err != nil {
			return fmt.Errorf("topic %s: %w", r.source, err)
		}
		if len(has) >= len(needs) {
			return nil
		}
		mismatch = &PartitionsError{Topic: r.topic, Source: r.source, Has: len(has), Needs: len(needs)}
	}
	return mismatch
}
