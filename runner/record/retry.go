package record

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// Retry is what a record that waits for a delayed delivery went through so far.
type Retry struct {
	// Due is when it is to be delivered.
	Due time.Time
	// Round counts its delayed deliveries, the one that it waits for included; zero where it only waits for a record before
	// it of its key.
	Round int
	// Failures are the attempts that failed, of all deliveries.
	Failures int
	// First is when it first failed, zero where it has not; Cause is that of its last failure.
	First time.Time
	Cause string
	// Entered is when the pipeline first saw the record.
	Entered time.Time
}

// maxCause bounds Retry.Cause in headers, in bytes.
const maxCause = 1 << 10

// retryNames are the headers of an entry, in their order.
var retryNames = [...]string{
	contract.HeaderRetryDue, contract.HeaderRetryRound, contract.HeaderRetryTopic, contract.HeaderRetryPartition,
	contract.HeaderRetryOffset, contract.HeaderRetryTimestamp, contract.HeaderRetryFailures, contract.HeaderRetryFirst,
	contract.HeaderRetryCause, contract.HeaderRetryEntered,
}

// Delayed gives the entry to write to a topic for a record that waits: the record as it is, with where it comes from and
// what it went through in headers behind its own. ParseDelayed is its inverse. The entry has no time of its own: it gets
// that of its writing.
func Delayed(r *Record, topic string, retry Retry) Record {
	first := []byte{}
	if !retry.First.IsZero() {
		first = Moment(retry.First)
	}
	values := [len(retryNames)][]byte{
		Moment(retry.Due),
		strconv.AppendInt(nil, int64(retry.Round), 10),
		[]byte(r.Topic),
		strconv.AppendInt(nil, int64(r.Partition), 10),
		strconv.AppendInt(nil, r.Offset, 10),
		strconv.AppendInt(nil, r.Timestamp.UnixMilli(), 10),
		strconv.AppendInt(nil, int64(retry.Failures), 10),
		first,
		[]byte(Excerpt([]byte(retry.Cause), maxCause)),
		Moment(retry.Entered),
	}
	headers := make([]Header, 0, len(r.Headers)+len(values))
	headers = append(headers, r.Headers...)
	for i, name := range retryNames {
		headers = append(headers, Header{[]byte(name), values[i]})
	}
	return Record{Topic: topic, Key: r.Key, Value: r.Value, Headers: headers}
}

// Bounds of what an entry may say: beyond them it is none of ours.
const (
	maxCount = 1 << 20
	maxTopic = 249 // org.apache.kafka.common.internals.Topic.MAX_NAME_LENGTH
)

// ParseDelayed gives the record that an entry was made of, as if it had been read from its source, and what it went through.
// An error says that the entry is none: others may write to the topic as well.
func ParseDelayed(entry *Record) (source Record, retry Retry, err error) {
	own := len(entry.Headers) - len(retryNames)
	if own < 0 {
		return Record{}, Retry{}, fmt.Errorf("%d headers are not those of a record that waits", len(entry.Headers))
	}
	for i, h := range entry.Headers[own:] {
		if string(h.Key) != retryNames[i] {
			return Record{}, Retry{}, fmt.Errorf("header %s is not where it belongs", retryNames[i])
		}
	}
	source = Record{Key: entry.Key, Value: entry.Value, Headers: slices.Clip(entry.Headers[:own])}
	if own == 0 {
		source.Headers = nil
	}
	p := delayedParser{headers: entry.Headers[own:]}
	retry.Due = p.moment()
	retry.Round = int(p.number(0, maxCount))
	source.Topic = p.text(1, maxTopic)
	source.Partition = int32(p.number(0, math.MaxInt32))
	source.Offset = p.number(0, math.MaxInt64-1)
	source.Timestamp = time.UnixMilli(p.number(math.MinInt64, math.MaxInt64))
	retry.Failures = int(p.number(0, maxCount))
	retry.First = p.momentOrNone()
	retry.Cause = p.text(0, maxCause)
	retry.Entered = p.moment()
	if p.err != nil {
		return Record{}, Retry{}, p.err
	}
	return source, retry, nil
}

// delayedParser reads the values of the headers of an entry one after the other, and keeps the first fault.
type delayedParser struct {
	headers []Header
	err     error
}

// next gives the value of the next header; nil once something was wrong.
func (p *delayedParser) next() (name string, value []byte) {
	if p.err != nil {
		return "", nil
	}
	h := p.headers[0]
	p.headers = p.headers[1:]
	return string(h.Key), h.Value
}

func (p *delayedParser) fault(name string, err error) {
	if p.err == nil {
		p.err = fmt.Errorf("header %s: %w", name, err)
	}
}

var errBounds = errors.New("out of bounds")

// number reads an integer between two bounds, as strconv writes it.
func (p *delayedParser) number(least, most int64) int64 {
	name, value := p.next()
	if len(value) > len("-9223372036854775808") {
		p.fault(name, errBounds)
		return 0
	}
	n, err := strconv.ParseInt(string(value), 10, 64)
	switch {
	case err != nil:
		p.fault(name, errors.New("not a number"))
	case n < least || n > most:
		p.fault(name, errBounds)
	default:
		return n
	}
	return 0
}

func (p *delayedParser) text(least, most int) string {
	name, value := p.next()
	if len(value) < least || len(value) > most {
		p.fault(name, errBounds)
		return ""
	}
	return string(value)
}

func (p *delayedParser) moment() time.Time {
	name, value := p.next()
	at, err := time.Parse(time.RFC3339Nano, string(value[:min(len(value), maxMoment)]))
	if err != nil {
		p.fault(name, errors.New("not a time in the form of RFC 3339"))
	}
	return at
}

// maxMoment is the longest form of a time: nanoseconds and an offset.
const maxMoment = len("2006-01-02T15:04:05.999999999+00:00")

func (p *delayedParser) momentOrNone() time.Time {
	if p.err == nil && len(p.headers[0].Value) == 0 {
		p.next()
		return time.Time{}
	}
	return p.moment()
}
