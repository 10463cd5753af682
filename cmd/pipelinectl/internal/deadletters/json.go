package deadletters

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
	"unicode/utf8"
)

// line is a letter in an exported file. What is not UTF-8 stands in base64, in the field named so; a field that is
// missing is nil, which is not the empty text.
type line struct {
	Cluster     string       `json:"cluster,omitempty"`
	Topic       string       `json:"topic"`
	Partition   int32        `json:"partition"`
	Offset      int64        `json:"offset"`
	Timestamp   time.Time    `json:"timestamp"`
	Key         *string      `json:"key,omitempty"`
	KeyBase64   []byte       `json:"keyBase64,omitempty"`
	Value       *string      `json:"value,omitempty"`
	ValueBase64 []byte       `json:"valueBase64,omitempty"`
	Headers     []headerLine `json:"headers"`
}

type headerLine struct {
	Name        string  `json:"name"`
	Value       *string `json:"value,omitempty"`
	ValueBase64 []byte  `json:"valueBase64,omitempty"`
}

// WriteJSON writes a letter as a JSON object on a line of its own, complete: FromJSON reads it back.
func WriteJSON(w io.Writer, l *Letter) error {
	out := line{Cluster: l.Cluster, Topic: l.Topic, Partition: l.Partition, Offset: l.Offset, Timestamp: l.Timestamp.UTC(), Headers: []headerLine{}}
	out.Key, out.KeyBase64 = split(l.Key)
	out.Value, out.ValueBase64 = split(l.Value)
	for _, h := range l.Headers {
		text, binary := split(h.Value)
		out.Headers = append(out.Headers, headerLine{h.Name, text, binary})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

// split gives bytes as text, or as binary where they are none.
func split(data []byte) (text *string, binary []byte) {
	if data == nil {
		return nil, nil
	}
	if utf8.Valid(data) {
		return new(string(data)), nil
	}
	return nil, data
}

func join(text *string, binary []byte) []byte {
	if text != nil {
		return []byte(*text)
	}
	return binary
}

// maxLine bounds a line of a file: more than the largest record that Kafka takes unless it is configured to.
const maxLine = 256 << 20

// FromJSON reads what WriteJSON wrote, line by line; empty lines are skipped. An error names the line and ends it.
func FromJSON(r io.Reader) iter.Seq2[*Letter, error] {
	return func(yield func(*Letter, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, maxLine)
		n := 0
		for lines.Scan() {
			n++
			if len(lines.Bytes()) == 0 {
				continue
			}
			l, err := parseLine(lines.Bytes())
			if err != nil {
				yield(nil, fmt.Errorf("line %d: %w", n, err))
				return
			}
			if !yield(l, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(nil, fmt.Errorf("line %d: %w", n+1, err))
		}
	}
}

func parseLine(data []byte) (*Letter, error) {
	var in line
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, fmt.Errorf("not a dead letter as `dlq show --format json` writes it: %w", err)
	}
	switch {
	case in.Topic == "":
		return nil, errors.New("no `topic`: a line is a dead letter as `dlq show --format json` writes it")
	case in.Key != nil && in.KeyBase64 != nil:
		return nil, errors.New("both `key` and `keyBase64`: a record has one key")
	case in.Value != nil && in.ValueBase64 != nil:
		return nil, errors.New("both `value` and `valueBase64`: a record has one value")
	}
	l := &Letter{
		Cluster: in.Cluster, Topic: in.Topic, Partition: in.Partition, Offset: in.Offset, Timestamp: in.Timestamp,
		Key: join(in.Key, in.KeyBase64), Value: join(in.Value, in.ValueBase64),
	}
	for _, h := range in.Headers {
		l.Headers = append(l.Headers, Header{h.Name, join(h.Value, h.ValueBase64)})
	}
	return l, nil
}
