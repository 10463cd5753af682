package kafka

import (
	"sync/atomic"

	"github.com/IBM/sarama"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// burst is messages of one partition that are handed on together, as copies. The client's own lie in the buffer of a whole
// response, with those of all partitions that the broker leads: one record that is not finished would keep all of it in
// memory, many times what it counts for, and a partition that stands still does so for as long. A copy of many at once costs
// two allocations for all of them, of bytes and of headers, where the headers alone took one for each.
type burst struct {
	messages       []*sarama.ConsumerMessage
	bytes, headers int
}

const (
	// burstRecords bounds how much is taken between two looks at the claim's other channels.
	burstRecords = 128
	// burstBytes bounds what is held twice. A message that is larger than that by itself is most of its response, and is
	// not copied.
	burstBytes = 128 << 10
)

// add takes a message, and says whether there is no room for more.
func (b *burst) add(msg *sarama.ConsumerMessage) (full bool) {
	b.messages = append(b.messages, msg)
	b.bytes += len(msg.Key)
	if len(msg.Value) <= burstBytes {
		b.bytes += len(msg.Value)
	}
	for _, h := range msg.Headers {
		b.bytes += len(h.Key) + len(h.Value)
	}
	b.headers += len(msg.Headers)
	return len(b.messages) == burstRecords || b.bytes > burstBytes
}

// hand pushes what was added, and notes in next the offset behind each.
func (b *burst) hand(intake Intake, next *atomic.Int64) {
	bytes, headers := make([]byte, 0, b.bytes), make([]record.Header, 0, b.headers)
	copied := func(part []byte) []byte {
		if part == nil {
			return nil
		}
		from := len(bytes)
		bytes = append(bytes, part...)
		return bytes[from:len(bytes):len(bytes)]
	}
	for i, msg := range b.messages {
		r := record.Record{
			Topic: msg.Topic, Partition: msg.Partition, Offset: msg.Offset, Timestamp: msg.Timestamp,
			Key: copied(msg.Key), Value: msg.Value,
		}
		if len(msg.Value) <= burstBytes {
			r.Value = copied(msg.Value)
		}
		from := len(headers)
		for _, h := range msg.Headers {
			headers = append(headers, record.Header{Key: copied(h.Key), Value: copied(h.Value)})
		}
		r.Headers = headers[from:len(headers):len(headers)]
		b.messages[i] = nil
		intake.Push(r)
		next.Store(msg.Offset + 1) // not before: whoever skips goes by it, and must not pass what was not pushed
	}
	b.messages, b.bytes, b.headers = b.messages[:0], 0, 0
}
