package kafka

import (
	"slices"

	"github.com/IBM/sarama"
)

// probeBytes bounds what a probe asks for; a record that is larger comes whole (KIP-74).
const probeBytes = 1 << 20

// probe asks the broker for what a consumer at an offset of a partition is to read next, past the group and past the
// client's own fetching, and says whether there is a record. What lies behind the offset may be no record at all: the
// markers of transactions and what they aborted have offsets too. With no record, next is the offset that all of these lie
// below, as far as the broker gave them.
func probe(client sarama.Client, topic string, partition int32, offset int64) (next int64, record bool, err error) {
	broker, err := client.Leader(topic, partition)
	if err != nil {
		return offset, false, err
	}
	request := &sarama.FetchRequest{
		Version: 12, MinBytes: 1, MaxBytes: probeBytes, Isolation: sarama.ReadCommitted,
		SessionEpoch: -1, // no session (KIP-227)
	}
	request.AddBlock(topic, partition, offset, probeBytes, -1)
	response, err := broker.Fetch(request)
	if err != nil {
		return offset, false, err
	}
	block := response.GetBlock(topic, partition)
	switch {
	case block == nil:
		return offset, false, sarama.ErrIncompleteResponse
	case block.Err != sarama.ErrNoError:
		return offset, false, block.Err
	}
	next, record = pass(block, offset)
	return next, record, nil
}

// pass goes over what is no record, from an offset on, and says whether a record ends it. Which batches were aborted it
// decides as Kafka's consumer does (org.apache.kafka.clients.consumer.internals.CompletedFetch): a producer's are from
// where the broker says that it aborted a transaction up to the marker that ended it.
func pass(block *sarama.FetchResponseBlock, offset int64) (next int64, record bool) {
	begins := slices.SortedFunc(slices.Values(block.AbortedTransactions), func(a, b *sarama.AbortedTransaction) int {
		return int(a.FirstOffset - b.FirstOffset)
	})
	aborted := map[int64]bool{} // by producer
	for _, set := range block.RecordsSet {
		b := set.RecordBatch
		if b == nil || b.PartialTrailingRecord { // older than transactions, or cut off: what it holds is not known
			return offset, true
		}
		for ; len(begins) > 0 && begins[0].FirstOffset <= b.LastOffset(); begins = begins[1:] {
			aborted[begins[0].ProducerID] = true
		}
		switch {
		case b.Control:
			delete(aborted, b.ProducerID)
		case b.IsTransactional && aborted[b.ProducerID]:
		case slices.ContainsFunc(b.Records, func(r *sarama.Record) bool { return b.FirstOffset+r.OffsetDelta >= offset }):
			return offset, true
		}
		offset = max(offset, b.LastOffset()+1)
	}
	return offset, false
}
