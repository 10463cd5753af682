package record

import (
	"strconv"
	"strings"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// Maker is who writes records: it stands in the headers of each of them. Make it with NewMaker.
type Maker struct {
	// constant are the headers that are the same on every record written.
	constant []Header
	// names are the maker's names in derived ids, by output.
	names map[string][]byte
	node  string
	image string
	hash  string
}

// NewMaker gives the maker for a node that runs image under the configuration hash.
func NewMaker(n *contract.Node, image, hash string) *Maker {
	m := &Maker{node: n.Node, image: image, hash: hash, names: map[string][]byte{}}
	m.constant = []Header{
		{contract.HeaderPipeline, []byte(n.Pipeline)},
		{contract.HeaderNode, []byte(n.Node)},
		{contract.HeaderConfig, []byte(hash)},
	}
	if image != "" {
		m.constant = append(m.constant, Header{contract.HeaderImage, []byte(image)})
	}
	for _, out := range n.Outputs {
		// Zero bytes keep the parts apart; the index is that of the result among those of one record for one output.
		m.names[out.Name] = []byte(n.Pipeline + "\x00" + n.Node + "\x00" + out.Name + "\x000")
	}
	return m
}

// Made is a result before it has its headers.
type Made struct {
	Output      *contract.Output
	Key, Value  []byte
	ContentType string
	// Attempt is the attempt that succeeded, from 1.
	Attempt int
}

// Result gives the record to write for a result made from parent, whose id and trace context are given. The parent's
// time stays (as in Kafka Streams: a result happened when its cause did), and so do the parent's own headers.
func (m *Maker) Result(parent *Record, id, trace string, made Made) *Record {
	headers := make([]Header, 0, len(parent.Headers)+len(m.constant)+5)
	for _, h := range parent.Headers {
		if !reserved(h.Key) {
			headers = append(headers, h)
		}
	}
	// The values share one allocation: at a few microseconds a record, five would show.
	text := make([]byte, 0, 36+len(id)+len(trace)+len(made.ContentType)+4)
	value := func(from int) []byte { return text[from:len(text):len(text)] }
	for _, h := range []struct{ name, value string }{
		{contract.HeaderID, Derive(id, m.names[made.Output.Name])}, {contract.HeaderParents, id},
		{contract.HeaderTraceParent, trace}, {contract.HeaderContentType, made.ContentType},
	} {
		from := len(text)
		text = append(text, h.value...)
		headers = append(headers, Header{h.name, value(from)})
	}
	from := len(text)
	text = strconv.AppendInt(text, int64(made.Attempt), 10)
	headers = append(headers, Header{contract.HeaderAttempt, value(from)})
	return &Record{
		Topic: made.Output.Topic, Key: made.Key, Value: made.Value, Timestamp: parent.Timestamp,
		Headers: append(headers, m.constant...),
	}
}

// Entering gives the record to write for a request that came in: it has no parent.
func (m *Maker) Entering(id, trace string, made Made) *Record {
	headers := append(make([]Header, 0, len(m.constant)+4),
		Header{contract.HeaderID, []byte(id)},
		Header{contract.HeaderTraceParent, []byte(trace)},
		Header{contract.HeaderContentType, []byte(made.ContentType)},
		Header{contract.HeaderAttempt, strconv.AppendInt(nil, int64(made.Attempt), 10)},
	)
	return &Record{Topic: made.Output.Topic, Key: made.Key, Value: made.Value, Headers: append(headers, m.constant...)}
}

// DeadLetter gives the record to write for one that was given up: key, value, headers and timestamp as they were, the
// cause beside them. Headers of an earlier giving up are replaced, so that a replayed record tells its last failure.
func (m *Maker) DeadLetter(r *Record, topic string, class Class, cause string, attempts int, now time.Time) *Record {
	headers := make([]Header, 0, len(r.Headers)+10)
	for _, h := range r.Headers {
		if !strings.HasPrefix(strings.ToLower(h.Key), errorPrefix) {
			headers = append(headers, h)
		}
	}
	headers = append(headers,
		Header{contract.HeaderErrorClass, []byte(class)},
		Header{contract.HeaderErrorCause, []byte(cause)},
		Header{contract.HeaderErrorAttempts, strconv.AppendInt(nil, int64(attempts), 10)},
		Header{contract.HeaderErrorTopic, []byte(r.Topic)},
		Header{contract.HeaderErrorPartition, strconv.AppendInt(nil, int64(r.Partition), 10)},
		Header{contract.HeaderErrorOffset, strconv.AppendInt(nil, r.Offset, 10)},
		Header{contract.HeaderErrorTimestamp, now.UTC().AppendFormat(nil, time.RFC3339Nano)},
		Header{contract.HeaderErrorNode, []byte(m.node)},
		Header{contract.HeaderErrorImage, []byte(m.image)},
		Header{contract.HeaderErrorConfig, []byte(m.hash)},
	)
	return &Record{Topic: topic, Key: r.Key, Value: r.Value, Headers: headers, Timestamp: r.Timestamp}
}

const (
	ownPrefix   = "pipelinectl-"
	errorPrefix = "pipelinectl-error-"
)

// reserved says whether a header belongs to the runner: it describes one record and is made anew for the next.
func reserved(key string) bool {
	if len(key) >= len(ownPrefix) && strings.EqualFold(key[:len(ownPrefix)], ownPrefix) {
		return true
	}
	return strings.EqualFold(key, contract.HeaderTraceParent) || strings.EqualFold(key, contract.HeaderContentType)
}
