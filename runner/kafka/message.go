package kafka

import (
	"github.com/IBM/sarama"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// recordVersion is the record format whose sizes count (magic 2, KIP-98), off by the client's own numbering.
const recordVersion = 2

// pending is what a message carries through the client.
type pending struct {
	ack  record.Ack
	size int64
	// alone says that the record must be the only one of its batch.
	alone bool
}

func messageOf(r *record.Record, p *pending) *sarama.ProducerMessage {
	msg := &sarama.ProducerMessage{Topic: r.Topic, Headers: headersOf(r.Headers), Timestamp: r.Timestamp, Metadata: p}
	if r.Key != nil {
		msg.Key = sarama.ByteEncoder(r.Key)
	}
	if r.Value != nil {
		msg.Value = sarama.ByteEncoder(r.Value)
	}
	separate(msg, p)
	return msg
}

// renewed gives a message anew: the client keeps state in those it has seen.
func renewed(old *sarama.ProducerMessage) *sarama.ProducerMessage {
	p := old.Metadata.(*pending)
	msg := &sarama.ProducerMessage{
		Topic: old.Topic, Key: old.Key, Value: old.Value, Headers: old.Headers, Timestamp: old.Timestamp, Metadata: p,
	}
	separate(msg, p)
	return msg
}

// separate makes a message fill a batch when it is too large for one or must be alone.
func separate(msg *sarama.ProducerMessage, p *pending) {
	size := msg.ByteSize(recordVersion)
	if msg.Value == nil || (size <= batchBytes && !p.alone) {
		return
	}
	if value, ok := msg.Value.(sarama.ByteEncoder); ok {
		msg.Value = solo{value: value, length: len(value) - (size - batchBytes)}
	}
}

// solo is a value that claims exactly the room left in an empty batch. The client has one limit
// (Producer.MaxMessageBytes) for a batch and for a record, where Kafka lets a topic take records far larger than the
// batches one would gather by default. Only the claim goes by Length; what is sent is what Encode gives.
type solo struct {
	value  []byte
	length int
}

// Encode implements sarama.Encoder.
func (s solo) Encode() ([]byte, error) { return s.value, nil }

// Length implements sarama.Encoder.
func (s solo) Length() int { return s.length }
