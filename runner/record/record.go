// Package record owns the record as it moves through a runner, apart from any client library: what was read, what an
// action made of it, and the derivation of ids and headers. It must not know Kafka's client nor HTTP. Start at Record.
package record

import (
	"slices"
	"time"
)

// Header is one header of a record. Names may repeat; order is kept. Both parts are shared among records and never
// changed; the name is bytes because that is how clients have it, so none is converted.
type Header struct {
	Key, Value []byte
}

// Record is one record of a topic. It is handed on by value, so that a record costs no allocation of its own.
type Record struct {
	Topic     string
	Partition int32
	Offset    int64
	// Key is nil when the record has none; that differs from an empty one.
	Key []byte
	// Value is nil for a tombstone.
	Value     []byte
	Headers   []Header
	Timestamp time.Time
}

// Header gives the last value of a header by its exact name.
func (r *Record) Header(name string) ([]byte, bool) {
	for _, h := range slices.Backward(r.Headers) {
		if string(h.Key) == name {
			return h.Value, true
		}
	}
	return nil, false
}

// Sizes in memory of what surrounds a record's bytes, on its way through a runner and its client.
const (
	recordOverhead = 560
	headerOverhead = 48
)

// Size is about what the record takes in memory, in bytes: enough for budgets.
func (r *Record) Size() int {
	n := recordOverhead + len(r.Key) + len(r.Value)
	for _, h := range r.Headers {
		n += headerOverhead + len(h.Key) + len(h.Value)
	}
	return n
}
