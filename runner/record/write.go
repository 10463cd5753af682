package record

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// Maker is who writes records: it stands in the headers of each of them. Make it with NewMaker.
type Maker struct {
	// template are the headers of every result, with the values that are always the same: those of the slots first, that
	// of the parents last.
	template []Header
	// names are the maker's names in derived ids, by output.
	names map[string][]byte
	node  string
	image string
	hash  string
}

// The slots of Maker.template, whose values differ from record to record.
const (
	slotID = iota
	slotTrace
	slotContentType
	slotAttempt
	slotEntered
)

// NewMaker gives the maker for a node that runs image under the configuration hash.
func NewMaker(n *contract.Node, image, hash string) *Maker {
	m := &Maker{node: n.Node, image: image, hash: hash, names: map[string][]byte{}}
	m.template = []Header{
		slotID:          header(contract.HeaderID, ""),
		slotTrace:       header(contract.HeaderTraceParent, ""),
		slotContentType: header(contract.HeaderContentType, ""),
		slotAttempt:     header(contract.HeaderAttempt, "1"),
		slotEntered:     header(contract.HeaderEntered, ""),
		header(contract.HeaderPipeline, n.Pipeline),
		header(contract.HeaderNode, n.Node),
		header(contract.HeaderConfig, hash),
	}
	if image != "" {
		m.template = append(m.template, header(contract.HeaderImage, image))
	}
	m.template = append(m.template, header(contract.HeaderParents, ""))
	for _, out := range n.Outputs {
		// Zero bytes keep the parts apart; the index is that of the result among those of one record for one output.
		m.names[out.Name] = []byte(n.Pipeline + "\x00" + n.Node + "\x00" + out.Name + "\x000")
	}
	return m
}

func header(name, value string) Header { return Header{[]byte(name), []byte(value)} }

// Made is a result before it has its headers.
type Made struct {
	Output      *contract.Output
	Key, Value  []byte
	ContentType []byte
	// Attempt is the attempt that succeeded, from 1.
	Attempt int
	// Entered is when the pipeline first saw the record, as Moment gives it.
	Entered []byte
}

// Result gives the record to write for a result made from parent, whose id and trace context are given. The parent's
// time stays (as in Kafka Streams: a result happened when its cause did), and so do the parent's own headers.
func (m *Maker) Result(parent *Record, id, trace []byte, made Made) Record {
	kept := 0
	for _, h := range parent.Headers {
		if !reserved(h.Key) {
			kept++
		}
	}
	headers := make([]Header, 0, kept+len(m.template)) // exactly: the room for headers is most of what a result takes
	for _, h := range parent.Headers {
		if kept > 0 && !reserved(h.Key) {
			headers = append(headers, h)
		}
	}
	headers = append(headers, m.template...)
	fill(headers[kept:], Derive(id, m.names[made.Output.Name]), trace, made)
	headers[len(headers)-1].Value = id
	return Record{Topic: made.Output.Topic, Key: made.Key, Value: made.Value, Timestamp: parent.Timestamp, Headers: headers}
}

// Entering gives the record to write for a request that came in: it has no parent.
func (m *Maker) Entering(id, trace []byte, made Made) Record {
	headers := slices.Clone(m.template[:len(m.template)-1])
	fill(headers, id, trace, made)
	return Record{Topic: made.Output.Topic, Key: made.Key, Value: made.Value, Headers: headers}
}

// fill sets the slots of a copy of the template.
func fill(headers []Header, id, trace []byte, made Made) {
	headers[slotID].Value, headers[slotTrace].Value, headers[slotContentType].Value = id, trace, made.ContentType
	headers[slotEntered].Value = made.Entered
	if made.Attempt > 1 {
		headers[slotAttempt].Value = strconv.AppendInt(nil, int64(made.Attempt), 10)
	}
}

// Failed is what a record carries that was given up.
type Failed struct {
	Class Class
	Cause string
	// Attempts counts those that failed, waits for an overloaded algo left out.
	Attempts int
	// First is when the record first failed, Last when it was given up.
	First, Last time.Time
}

// DeadLetter gives the record to write for one that was given up: key, value, headers and timestamp as they were, the
// cause beside them. Headers of an earlier giving up are replaced, so that a replayed record tells its last failure.
func (m *Maker) DeadLetter(r *Record, topic string, f Failed) Record {
	headers := make([]Header, 0, len(r.Headers)+failedHeaders)
	for _, h := range r.Headers {
		if !hasPrefix(h.Key, errorPrefix) {
			headers = append(headers, h)
		}
	}
	return Record{Topic: topic, Key: r.Key, Value: r.Value, Headers: m.appendFailed(headers, r, f), Timestamp: r.Timestamp}
}

// Routed gives the record to write for one that was given up and goes to an output, where other nodes read it: a result
// with its parent's key and value, and the cause in headers as a dead letter has them.
func (m *Maker) Routed(parent *Record, id, trace []byte, made Made, f Failed) Record {
	out := m.Result(parent, id, trace, made)
	out.Headers = m.appendFailed(out.Headers, parent, f)
	return out
}

// failedHeaders is how many headers appendFailed adds.
const failedHeaders = 11

func (m *Maker) appendFailed(headers []Header, r *Record, f Failed) []Header {
	return append(headers,
		header(contract.HeaderErrorClass, string(f.Class)),
		header(contract.HeaderErrorCause, f.Cause),
		header(contract.HeaderErrorAttempts, strconv.Itoa(f.Attempts)),
		header(contract.HeaderErrorTopic, r.Topic),
		header(contract.HeaderErrorPartition, strconv.Itoa(int(r.Partition))),
		header(contract.HeaderErrorOffset, strconv.FormatInt(r.Offset, 10)),
		header(contract.HeaderErrorFirst, string(Moment(f.First))),
		header(contract.HeaderErrorTimestamp, string(Moment(f.Last))),
		header(contract.HeaderErrorNode, m.node),
		header(contract.HeaderErrorImage, m.image),
		header(contract.HeaderErrorConfig, m.hash),
	)
}

const (
	ownPrefix   = "pipelinectl-"
	errorPrefix = "pipelinectl-error-"
)

// reserved says whether a header belongs to the runner: it describes one record and is made anew for the next.
func reserved(name []byte) bool {
	return hasPrefix(name, ownPrefix) || equal(name, contract.HeaderTraceParent) || equal(name, contract.HeaderContentType)
}

// hasPrefix and equal compare names as HTTP does, without regard to case.
func hasPrefix(name []byte, prefix string) bool {
	return len(name) >= len(prefix) && equal(name[:len(prefix)], prefix)
}

func equal(name []byte, other string) bool {
	return len(name) == len(other) && (string(name) == other || strings.EqualFold(string(name), other))
}
