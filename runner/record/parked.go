package record

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// Parked gives the entry of a park for a record that waits: Delayed's, with the record's place for its key, so that a later
// one replaces it, and the record's own key in a header. It belongs to the partition that it names, that of the record.
// ParseParked is its inverse.
func Parked(r *Record, topic string, retry Retry) Record {
	entry := Delayed(r, topic, retry)
	entry.Partition, entry.Key = r.Partition, parkedKey(r.Partition, r.Offset)
	if r.Key != nil {
		entry.Headers = append(entry.Headers, Header{[]byte(contract.HeaderRetryKey), r.Key})
	}
	if r.Value == nil {
		entry.Headers = append(entry.Headers, header(contract.HeaderRetryNull, ""))
		entry.Value = []byte{} // an entry without value is the end of one
	}
	return entry
}

// Unparked gives the entry that ends the one of a place: compaction removes both.
func Unparked(topic string, partition int32, offset int64) Record {
	return Record{Topic: topic, Partition: partition, Key: parkedKey(partition, offset)}
}

func parkedKey(partition int32, offset int64) []byte {
	return fmt.Appendf(nil, "%d/%d", partition, offset)
}

// ParkedOffset gives the offset of the record whose entry a key is, for a park's partition. False: it is no entry's key.
func ParkedOffset(key []byte, partition int32) (offset int64, ok bool) {
	number, ok := strings.CutPrefix(string(key), strconv.Itoa(int(partition))+"/")
	if !ok {
		return 0, false
	}
	offset, err := strconv.ParseInt(number, 10, 64)
	return offset, err == nil && bytes.Equal(key, parkedKey(partition, offset)) && offset >= 0
}

// ParseParked gives the record that an entry was made of, as if it had been read from its source, and what it went through.
// An error says that the entry is none: others may write to the topic as well.
func ParseParked(entry *Record) (source Record, retry Retry, err error) {
	delayed := *entry
	last := func() *Header { return &delayed.Headers[len(delayed.Headers)-1] }
	if len(delayed.Headers) > 0 && string(last().Key) == contract.HeaderRetryNull {
		delayed.Headers, delayed.Value = delayed.Headers[:len(delayed.Headers)-1], nil
		if len(entry.Value) > 0 {
			return Record{}, Retry{}, errors.New("a value that is said to be null")
		}
	}
	delayed.Key = nil
	if len(delayed.Headers) > 0 && string(last().Key) == contract.HeaderRetryKey {
		delayed.Key = append([]byte{}, last().Value...)
		delayed.Headers = delayed.Headers[:len(delayed.Headers)-1]
	}
	if source, retry, err = ParseDelayed(&delayed); err != nil {
		return Record{}, Retry{}, err
	}
	if offset, ok := ParkedOffset(entry.Key, source.Partition); !ok || offset != source.Offset {
		return Record{}, Retry{}, fmt.Errorf("an entry under the key of another: %.40q", entry.Key)
	}
	return source, retry, nil
}

// Clone gives a record that shares no memory with the one at hand: the client reads many records into one buffer, which
// stays as long as any of them.
func (r *Record) Clone() Record {
	out := *r
	out.Key, out.Value, out.Headers = bytes.Clone(r.Key), bytes.Clone(r.Value), nil
	if len(r.Headers) > 0 {
		out.Headers = make([]Header, len(r.Headers))
	}
	for i, h := range r.Headers {
		out.Headers[i] = Header{bytes.Clone(h.Key), bytes.Clone(h.Value)}
	}
	return out
}

// Placed is an Ack that also wants to know where its record stands: it is told before Acked, when the record was written.
type Placed interface {
	Ack
	// Placed is told the record's offset in its partition, zero where the writer does not know it.
	Placed(offset int64)
}
