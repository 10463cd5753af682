package kafka

import (
	"errors"
	"math"
	"time"

	"github.com/IBM/sarama"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// batch is a record batch of a transaction.
type batch struct {
	messages []*message
	// size is at least what it takes, as the client reckons.
	size int
	// sealed is what is sent: the same every time, so that a broker which has it knows it again. Nil: nothing was yet.
	sealed *sarama.RecordBatch
	// tries counts how often it was sent. After the first one it is uncertain whether the broker has it.
	tries int
}

// leastBatch bounds how far a line's limit falls.
const leastBatch = 16 << 10

// add puts a message behind the others.
func (l *line) add(m *message) {
	size := m.msg.ByteSize(recordVersion) // what is larger than batchBytes claims just that, see pending
	if n := len(l.batches); n > 0 {
		if last := l.batches[n-1]; last.sealed == nil && last.size+size <= l.limit {
			last.messages, last.size = append(last.messages, m), last.size+size
			return
		}
	}
	l.batches = append(l.batches, &batch{messages: []*message{m}, size: size})
}

// seal makes the batch that is sent (record batch v2, KIP-98), unless it was sent before.
func (b *batch) seal(p *producer, first int32) {
	if b.sealed != nil {
		return
	}
	now := time.Now()
	out := &sarama.RecordBatch{
		Version: recordVersion, Codec: p.client.Config().Producer.Compression, IsTransactional: true,
		ProducerID: p.producerID, ProducerEpoch: p.epoch, FirstSequence: first,
		LastOffsetDelta: int32(len(b.messages) - 1), Records: make([]*sarama.Record, len(b.messages)),
	}
	for i, m := range b.messages {
		at := m.msg.Timestamp
		if at.IsZero() {
			at = now
		}
		at = at.Truncate(time.Millisecond)
		if i == 0 {
			out.FirstTimestamp, out.MaxTimestamp = at, at
		} else if at.After(out.MaxTimestamp) {
			out.MaxTimestamp = at
		}
		headers := make([]*sarama.RecordHeader, len(m.msg.Headers))
		for j := range m.msg.Headers {
			headers[j] = &m.msg.Headers[j]
		}
		out.Records[i] = &sarama.Record{
			Key: m.key, Value: m.value, Headers: headers, OffsetDelta: int64(i), TimestampDelta: at.Sub(out.FirstTimestamp),
		}
	}
	b.sealed = out
}

// answer is what became of a batch: where it begins in its partition, or an error.
type answer struct {
	offset int64
	err    error
}

// settle takes up the answer to the first batch of a line. It gives back an error unless the line can go on.
func (l *line) settle(a answer, finish func(*message, error)) error {
	b := l.batches[0]
	switch known := b.tries == 1; {
	case a.err == nil, !known && errors.Is(a.err, sarama.ErrDuplicateSequenceNumber):
		l.batches = l.batches[1:]
		l.next = int32((int64(l.next) + int64(len(b.messages))) & math.MaxInt32) // it begins again with 0
		for i, m := range b.messages {
			m.msg.Offset = 0 // nobody knows that of a duplicate
			if a.err == nil {
				m.msg.Offset = a.offset + int64(i)
			}
			finish(m, nil)
		}
		return nil
	case !known || !final(a.err):
		return a.err
	case len(b.messages) > 1:
		l.split(errors.Is(a.err, sarama.ErrMessageSizeTooLarge))
		return nil
	default: // nothing was appended, so the next batch has its sequence number
		l.batches = l.batches[1:]
		finish(b.messages[0], &record.RejectedError{
			Topic: l.topic, TooLarge: errors.Is(a.err, sarama.ErrMessageSizeTooLarge), Cause: a.err,
		})
		return nil
	}
}

// split halves the first batch, of which the broker has appended nothing: it is too large, or one of its records will
// never be taken (KAFKA-3995).
func (l *line) split(large bool) {
	b := l.batches[0]
	if large {
		l.limit = max(leastBatch, min(l.limit, b.size/2))
	}
	half := len(b.messages) / 2
	parts := make([]*batch, 2, 1+len(l.batches))
	for i, messages := range [][]*message{b.messages[:half:half], b.messages[half:]} {
		parts[i] = &batch{messages: messages}
		for _, m := range messages {
			parts[i].size += m.msg.ByteSize(recordVersion)
		}
	}
	l.batches = append(parts, l.batches[1:]...)
}

// produceRequest is a request to one broker, with the batches of some lines, by their number.
type produceRequest struct {
	sarama.ProduceRequest
	lines map[int]*line
}

func (p *producer) newProduceRequest() *produceRequest {
	return &produceRequest{
		// Version 12 is the first that speaks of a transaction without telling its coordinator (KIP-890).
		ProduceRequest: sarama.ProduceRequest{
			Version: 10, TransactionalID: &p.id, RequiredAcks: sarama.WaitForAll, Timeout: int32(replicateWithin / time.Millisecond),
		},
		lines: map[int]*line{},
	}
}

// add takes the first batch of a line.
func (r *produceRequest) add(number int, l *line) {
	r.lines[number] = l
	r.AddBatch(l.topic, l.partition, l.batches[0].sealed)
}

// send fills in the answers to the request's lines.
func (r *produceRequest) send(p *producer, leader *sarama.Broker, answers []answer) {
	response, err := leader.Produce(&r.ProduceRequest)
	if _, unsayable := errors.AsType[sarama.PacketEncodingError](err); unsayable && len(r.lines) > 1 {
		for i, l := range r.lines { // it is only one record of one of them
			one := p.newProduceRequest()
			one.add(i, l)
			one.send(p, leader, answers)
		}
		return
	}
	p.heard(leader, err)
	for i, l := range r.lines {
		l.batches[0].tries++
		if err != nil {
			answers[i].err = err
			continue
		}
		switch block := response.GetBlock(l.topic, l.partition); {
		case block == nil:
			answers[i].err = sarama.ErrIncompleteResponse
		case block.Err != sarama.ErrNoError:
			answers[i].err = block.Err
		default:
			answers[i].offset = block.Offset
		}
	}
}
