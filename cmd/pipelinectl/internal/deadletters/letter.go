package deadletters

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// HeaderReplays counts how often a record has been put back to work by a replay, in decimal. It stays on the record when
// that is given up again, and on nothing that is made from it.
const HeaderReplays = "pipelinectl-replays"

// Letter is one dead letter, as it lies in its topic.
type Letter struct {
	// Cluster is the id of the Kafka that it lies on; empty where that is not known.
	Cluster   string
	Topic     string
	Partition int32
	Offset    int64
	// Timestamp is the record's own: when it, or what it was made from, happened.
	Timestamp time.Time
	// Key and Value are nil where the record has none.
	Key, Value []byte
	Headers    []Header
}

// Header is one header of a record.
type Header struct {
	Name  string
	Value []byte
}

// Failure is why a record was given up, as far as its headers say: an empty text, 0 attempts, a negative partition or
// offset, and the zero time are unknown.
type Failure struct {
	Class, Cause, Node, Image, Config string
	Attempts                          int
	// Topic, Partition and Offset are where the node read the record.
	Topic     string
	Partition int32
	Offset    int64
	// First is when it first failed, At when it was given up.
	First, At time.Time
}

// The names of a fact in Kafka Connect's headers and in Spring's.
const (
	connectCause     = "__connect.errors.exception.message"
	connectTopic     = "__connect.errors.topic"
	connectPartition = "__connect.errors.partition"
	connectOffset    = "__connect.errors.offset"
	connectNode      = "__connect.errors.connector.name"
	springCause      = "kafka_dlt-exception-message"
	springTopic      = "kafka_dlt-original-topic"
	springPartition  = "kafka_dlt-original-partition"
	springOffset     = "kafka_dlt-original-offset"
	springNode       = "kafka_dlt-original-consumer-group"
)

// errorPrefixes begin the headers that say why a record was given up.
var errorPrefixes = [...]string{"pipelinectl-error-", "__connect.errors.", "kafka_dlt-"}

// Failure reads the headers.
func (l *Letter) Failure() Failure {
	f := Failure{
		Class:     l.text(contract.HeaderErrorClass),
		Cause:     l.text(contract.HeaderErrorCause, connectCause, springCause),
		Node:      l.text(contract.HeaderErrorNode, connectNode, springNode),
		Image:     l.text(contract.HeaderErrorImage),
		Config:    l.text(contract.HeaderErrorConfig),
		Topic:     l.text(contract.HeaderErrorTopic, connectTopic, springTopic),
		Partition: int32(l.number(31, contract.HeaderErrorPartition, connectPartition, springPartition)),
		Offset:    l.number(63, contract.HeaderErrorOffset, connectOffset, springOffset),
		Attempts:  max(0, int(l.number(31, contract.HeaderErrorAttempts))),
	}
	// What is no time gives the zero time, which is unknown.
	f.First, _ = time.Parse(time.RFC3339, l.text(contract.HeaderErrorFirst))
	f.At, _ = time.Parse(time.RFC3339, l.text(contract.HeaderErrorTimestamp))
	return f
}

// GivenUp is when the record was given up, or the record's own time where nobody says.
func (l *Letter) GivenUp(f Failure) time.Time {
	if f.At.IsZero() {
		return l.Timestamp
	}
	return f.At
}

// Replays is how often the record has been replayed before.
func (l *Letter) Replays() int { return max(0, int(l.number(31, HeaderReplays))) }

// header gives the last value of a header, which is the newest (KIP-82); names have no case, as in HTTP.
func (l *Letter) header(name string) ([]byte, bool) {
	for _, h := range slices.Backward(l.Headers) {
		if strings.EqualFold(h.Name, name) {
			return h.Value, true
		}
	}
	return nil, false
}

// text gives the first of the headers that the letter has.
func (l *Letter) text(names ...string) string {
	for _, name := range names {
		if value, ok := l.header(name); ok {
			return string(value)
		}
	}
	return ""
}

// number gives the first of the headers that the letter has, -1 where it has none, or holds no number of so many bits.
func (l *Letter) number(bits int, names ...string) int64 {
	for _, name := range names {
		value, ok := l.header(name)
		switch {
		case !ok:
		case name == springPartition && len(value) == 4:
			return int64(int32(binary.BigEndian.Uint32(value)))
		case name == springOffset && len(value) == 8:
			return int64(binary.BigEndian.Uint64(value))
		default:
			n, err := strconv.ParseUint(string(value), 10, bits)
			if err != nil {
				return -1
			}
			return int64(n)
		}
	}
	return -1
}

// original gives the headers of the record before it was given up, with the number of this replay. When it entered the
// pipeline is left out: the policy's time for its whole life, which may be over, begins anew.
func (l *Letter) original() []Header {
	out := make([]Header, 0, len(l.Headers)+1)
	for _, h := range l.Headers {
		if !strings.EqualFold(h.Name, HeaderReplays) && !strings.EqualFold(h.Name, contract.HeaderEntered) && !tellsFailure(h.Name) {
			out = append(out, h)
		}
	}
	return append(out, Header{HeaderReplays, strconv.AppendInt(nil, int64(l.Replays()+1), 10)})
}

func tellsFailure(header string) bool {
	return slices.ContainsFunc(errorPrefixes[:], func(prefix string) bool {
		return len(header) >= len(prefix) && strings.EqualFold(header[:len(prefix)], prefix)
	})
}
