package chaos

import (
	"context"
	"strconv"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/local"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// read gives the records of topics as a reader of what is committed finds them, from the offsets given, 0 where none is,
// up to their present ends.
func read(ctx context.Context, s *local.Session, topics []string, starts map[Place]int64) (map[string][]Record, error) {
	ends, err := s.Admin().ListEndOffsets(ctx, topics...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, err
	}
	left := map[Place]int64{}
	from := map[string]map[int32]kgo.Offset{}
	ends.Each(func(end kadm.ListedOffset) {
		at := Place{end.Topic, end.Partition}
		if end.Offset <= starts[at] {
			return
		}
		left[at] = end.Offset
		if from[end.Topic] == nil {
			from[end.Topic] = map[int32]kgo.Offset{}
		}
		from[end.Topic][end.Partition] = kgo.NewOffset().At(starts[at])
	})
	client, err := kgo.NewClient(append(s.Options(), kgo.ConsumePartitions(from), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), // the last offset may be that of a transaction's end
	)...)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	out := map[string][]Record{}
	for len(left) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, err
		}
		fetches.EachRecord(func(r *kgo.Record) {
			at := Place{r.Topic, r.Partition}
			if r.Offset+1 >= left[at] {
				delete(left, at)
			}
			if !r.Attrs.IsControl() {
				out[r.Topic] = append(out[r.Topic], recordOf(r))
			}
		})
	}
	return out, nil
}

// recordOf takes from a record what the ledger judges.
func recordOf(r *kgo.Record) Record {
	headers := map[string]string{}
	for _, h := range r.Headers {
		headers[h.Key] = string(h.Value)
	}
	out := Record{
		Position: Position{Place{r.Topic, r.Partition}, r.Offset}, Key: string(r.Key), Null: r.Value == nil,
		ID: headers[contract.HeaderID], Parent: headers[contract.HeaderParents],
	}
	out.Round, _ = strconv.Atoi(headers[contract.HeaderRetryRound]) // none counts as 0
	if class, ok := headers[contract.HeaderErrorClass]; ok {
		attempts, _ := strconv.Atoi(headers[contract.HeaderErrorAttempts]) // none counts as 0
		out.Failure = &Failure{
			Class: contract.Class(class), Cause: headers[contract.HeaderErrorCause], Attempts: attempts,
			Topic: headers[contract.HeaderErrorTopic],
		}
	}
	return out
}
