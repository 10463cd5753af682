package kafka

import (
	"unsafe"

	"github.com/IBM/sarama"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// recordOf takes a message over; key, value and headers' parts are shared with it.
func recordOf(msg *sarama.ConsumerMessage) record.Record {
	r := record.Record{
		Topic: msg.Topic, Partition: msg.Partition, Offset: msg.Offset,
		Key: msg.Key, Value: msg.Value, Timestamp: msg.Timestamp,
	}
	if len(msg.Headers) > 0 {
		r.Headers = make([]record.Header, len(msg.Headers))
		for i, h := range msg.Headers {
			r.Headers[i] = record.Header(*h)
		}
	}
	return r
}

// headersOf gives headers as the client takes them, without a copy: a copy would be a fifth of all memory that a record
// takes. The two types are the same but for their names, or the conversion of the pointer would not compile.
func headersOf(in []record.Header) []sarama.RecordHeader {
	return unsafe.Slice((*sarama.RecordHeader)(unsafe.SliceData(in)), len(in))
}
