package kafka

import (
	"github.com/IBM/sarama"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// recordVersion is the record format whose sizes count (magic 2, KIP-98), off by the client's own numbering.
const recordVersion = 2

// pending is a record on its way through the client: the message, which leads back here by its Metadata, and all that it
// points to, so that a record written costs one allocation.
type pending struct {
	msg        sarama.ProducerMessage
	key, value encoded
	ack        record.Ack
	size       int64
	// alone says that the record must be the only one of its batch.
	alone bool
}

func newPending(r record.Record, size int64, ack record.Ack) *pending {
	p := &pending{key: r.Key, value: r.Value, ack: ack, size: size}
	p.msg = sarama.ProducerMessage{Topic: r.Topic, Partition: r.Partition, Headers: headersOf(r.Headers), Timestamp: r.Timestamp}
	p.complete()
	return p
}

// renewed gives a record's message anew: the client keeps state in those it has seen.
func (p *pending) renewed() *pending {
	next := &pending{key: p.key, value: p.value, ack: p.ack, size: p.size, alone: p.alone}
	next.msg = sarama.ProducerMessage{Topic: p.msg.Topic, Partition: p.msg.Partition, Headers: p.msg.Headers, Timestamp: p.msg.Timestamp}
	next.complete()
	return next
}

// acked tells the writer what became of the record, and where it stands if it asks for that.
func (p *pending) acked(err error) {
	if placed, ok := p.ack.(record.Placed); ok && err == nil {
		placed.Placed(p.msg.Offset)
	}
	p.ack.Acked(err)
}

// complete points the message to the rest, and makes it fill a batch when it is too large for one or must be alone.
func (p *pending) complete() {
	p.msg.Metadata = p
	if p.key != nil {
		p.msg.Key = &p.key
	}
	if p.value != nil {
		p.msg.Value = &p.value
	}
	if size := p.msg.ByteSize(recordVersion); size > batchBytes || p.alone {
		p.msg.Value = solo{value: p.value, length: len(p.value) - (size - batchBytes)}
	}
}

// encoded is a key or value. Unlike sarama.ByteEncoder it is used by its address, which an interface holds as it is.
type encoded []byte

// Encode implements sarama.Encoder.
func (e *encoded) Encode() ([]byte, error) { return *e, nil }

// Length implements sarama.Encoder.
func (e *encoded) Length() int { return len(*e) }

// solo is a value, or none, that claims exactly the room left in an empty batch. The client has one limit
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
