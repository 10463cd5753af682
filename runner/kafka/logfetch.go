package kafka

import (
	"cmp"
	"encoding/binary"
	"reflect"
	"slices"

	"github.com/IBM/sarama"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// logFetchBytes bounds a fetch; a record that is larger comes whole (KIP-74).
const logFetchBytes = 1 << 20

// logPart is what a fetch brought: the committed records, and the offset from which on there is more.
type logPart struct {
	records []record.Record
	next    int64
}

func (r *logReader) fetch(from int64) (logPart, error) {
	broker, err := r.client.Leader(r.topic, r.partition)
	if err != nil {
		return logPart{}, err
	}
	request := &sarama.FetchRequest{
		Version: 12, MinBytes: 1, MaxBytes: logFetchBytes, Isolation: sarama.ReadCommitted,
		SessionEpoch: -1, // no session (KIP-227)
	}
	request.AddBlock(r.topic, r.partition, from, logFetchBytes, -1)
	response, err := broker.Fetch(request)
	if err != nil {
		_ = broker.Close() // it is opened again by whoever needs it next
		return logPart{}, err
	}
	block := response.GetBlock(r.topic, r.partition)
	switch {
	case block == nil:
		return logPart{}, sarama.ErrIncompleteResponse
	case block.Err != sarama.ErrNoError:
		return logPart{}, block.Err
	}
	return r.committed(block, from), nil
}

// committed sorts out what a transaction wrote that came to nothing: from where the response says that it began to its
// marker, whatever its producer wrote.
func (r *logReader) committed(block *sarama.FetchResponseBlock, from int64) logPart {
	begun := slices.SortedFunc(slices.Values(block.AbortedTransactions), func(a, b *sarama.AbortedTransaction) int {
		return cmp.Compare(a.FirstOffset, b.FirstOffset)
	})
	aborted := map[int64]bool{}
	part := logPart{next: max(from, emptiedUpTo(block))}
	for _, set := range block.RecordsSet {
		b := set.RecordBatch
		if b == nil {
			continue
		}
		if b.PartialTrailingRecord { // what was before it is not here: it was empty
			part.next = max(part.next, b.FirstOffset)
			continue
		}
		for len(begun) > 0 && begun[0].FirstOffset <= b.LastOffset() {
			aborted[begun[0].ProducerID] = true
			begun = begun[1:]
		}
		part.next = max(part.next, b.LastOffset()+1)
		switch {
		case b.Control:
			if isAbort(b) {
				delete(aborted, b.ProducerID)
			}
		case !b.IsTransactional || !aborted[b.ProducerID]:
			part.records = r.appendRecords(part.records, b, from)
		}
	}
	return part
}

// emptiedUpTo gives the offset behind what a fetch brought where all of it was batches that compaction has emptied; else
// zero. A broker keeps such a batch as the last one of its producer, and may have nothing else in a segment, which a fetch
// does not look beyond. The client leaves them out, and has the offset in a field of its own, by which its consumer goes on.
func emptiedUpTo(block *sarama.FetchResponseBlock) int64 {
	next := reflect.ValueOf(block).Elem().FieldByName("recordsNextOffset")
	if len(block.RecordsSet) > 0 || !next.IsValid() || next.IsNil() {
		return 0
	}
	return next.Elem().Int()
}

// isAbort says whether a control batch ends a transaction in vain: its key is a version and a type, of which 0 says so
// (org.apache.kafka.common.record.ControlRecordType).
func isAbort(b *sarama.RecordBatch) bool {
	return len(b.Records) > 0 && len(b.Records[0].Key) >= 4 && binary.BigEndian.Uint16(b.Records[0].Key[2:]) == 0
}

func (r *logReader) appendRecords(out []record.Record, b *sarama.RecordBatch, from int64) []record.Record {
	for _, one := range b.Records {
		msg := &sarama.ConsumerMessage{
			Topic: r.topic, Partition: r.partition, Offset: b.FirstOffset + one.OffsetDelta, Key: one.Key, Value: one.Value,
			Headers: one.Headers, Timestamp: b.FirstTimestamp.Add(one.TimestampDelta),
		}
		if b.LogAppendTime {
			msg.Timestamp = b.MaxTimestamp
		}
		if msg.Offset >= from { // a fetch brings whole batches
			out = append(out, recordOf(msg))
		}
	}
	return out
}
