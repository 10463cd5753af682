package deadletters

import (
	"bytes"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// given makes a dead letter the way a runner does.
func given(r *record.Record, class record.Class, cause string) *Letter {
	n := &contract.Node{Pipeline: "words", Node: "shout"}
	made := record.NewMaker(n, "acme/shout:1", "c0ffee").DeadLetter(r, "words.shout.dlq", record.Failed{
		Class: class, Cause: cause, Attempts: 3, First: time.Date(2026, 11, 20, 7, 0, 0, 0, time.UTC), Last: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC),
	})
	l := &Letter{Topic: made.Topic, Timestamp: made.Timestamp, Key: made.Key, Value: made.Value}
	for _, h := range made.Headers {
		l.Headers = append(l.Headers, Header{string(h.Key), h.Value})
	}
	return l
}

func TestFailure(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	ours := given(&record.Record{Topic: "in", Partition: 4, Offset: 7, Key: []byte("k")}, record.Permanent, "no")
	headers := func(pairs ...string) *Letter {
		l := &Letter{}
		for i := 0; i < len(pairs); i += 2 {
			l.Headers = append(l.Headers, Header{pairs[i], []byte(pairs[i+1])})
		}
		return l
	}
	for name, c := range map[string]struct {
		letter *Letter
		want   Failure
	}{
		"ours": {ours, Failure{Class: "permanent", Cause: "no", Node: "shout", Image: "acme/shout:1", Config: "c0ffee", Attempts: 3, Topic: "in", Partition: 4, Offset: 7, First: at.Add(-time.Hour), At: at}},
		"connect": {
			headers("__connect.errors.topic", "in", "__connect.errors.partition", "4", "__connect.errors.offset", "7",
				"__connect.errors.connector.name", "sink", "__connect.errors.exception.message", "no"),
			Failure{Cause: "no", Node: "sink", Topic: "in", Partition: 4, Offset: 7},
		},
		"spring": {
			headers("kafka_dlt-original-topic", "in", "kafka_dlt-original-partition", "\x00\x00\x00\x04", "kafka_dlt-original-offset", "\x00\x00\x00\x00\x00\x00\x00\x07",
				"kafka_dlt-original-consumer-group", "g", "kafka_dlt-exception-message", "no"),
			Failure{Cause: "no", Node: "g", Topic: "in", Partition: 4, Offset: 7},
		},
		"none":    {headers(), Failure{Partition: -1, Offset: -1}},
		"hostile": {headers("pipelinectl-error-partition", "99999999999", "pipelinectl-error-offset", "-3", "pipelinectl-error-attempts", "x", "pipelinectl-error-timestamp", "noon"), Failure{Partition: -1, Offset: -1}},
		"newest":  {headers("Pipelinectl-Error-Class", "transient", "pipelinectl-error-class", "poison"), Failure{Class: "poison", Partition: -1, Offset: -1}},
	} {
		if got := c.letter.Failure(); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

// TestOriginalHeaders gives up a record, replays it, and has it given up and replayed again: only the count differs.
func TestOriginalHeaders(t *testing.T) {
	t.Parallel()
	first := &record.Record{Topic: "in", Headers: []record.Header{{Key: []byte("a"), Value: []byte("1")}, {Key: []byte(contract.HeaderEntered), Value: []byte("2026-11-01T00:00:00Z")}}}
	l := given(first, record.Transient, "no")
	if want := []Header{{"a", []byte("1")}, {HeaderReplays, []byte("1")}}; !reflect.DeepEqual(l.original(), want) {
		t.Errorf("got %s, want %s", l.original(), want)
	}
	again := &record.Record{Topic: "in"}
	for _, h := range l.original() {
		again.Headers = append(again.Headers, record.Header{Key: []byte(h.Name), Value: h.Value})
	}
	l = given(again, record.Transient, "no")
	if l.Replays() != 1 {
		t.Errorf("replayed %d times, want 1", l.Replays())
	}
	if want := []Header{{"a", []byte("1")}, {HeaderReplays, []byte("2")}}; !reflect.DeepEqual(l.original(), want) {
		t.Errorf("got %s, want %s", l.original(), want)
	}
}

// TestHeadersAreDocumented holds the table of headers in the package's comment to the names that are read.
func TestHeadersAreDocumented(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		contract.HeaderErrorClass, contract.HeaderErrorCause, contract.HeaderErrorAttempts, contract.HeaderErrorTopic, contract.HeaderErrorPartition,
		contract.HeaderErrorOffset, contract.HeaderErrorTimestamp, contract.HeaderErrorFirst, contract.HeaderErrorNode, contract.HeaderErrorImage, contract.HeaderErrorConfig,
		HeaderReplays, connectCause, connectTopic, connectPartition, connectOffset, connectNode, springCause, springTopic, springPartition, springOffset, springNode,
	} {
		if !slices.Contains(strings.Fields(string(doc)), name) {
			t.Errorf("the table lacks %s", name)
		}
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	l := given(&record.Record{Topic: "in", Key: []byte("k"), Headers: []record.Header{{Key: []byte("a"), Value: []byte("1")}, {Key: []byte("a"), Value: []byte("2")}}}, record.Permanent, "Exit Status 7")
	at := l.Failure().At
	for name, c := range map[string]struct {
		filter Filter
		want   bool
	}{
		"all":         {Filter{}, true},
		"since":       {Filter{Since: at}, true},
		"later":       {Filter{Since: at.Add(1)}, false},
		"until":       {Filter{Until: at}, false},
		"before":      {Filter{Until: at.Add(1)}, true},
		"class":       {Filter{Classes: []string{"poison", "permanent"}}, true},
		"other class": {Filter{Classes: []string{"poison"}}, false},
		"header":      {Filter{Headers: []HeaderIs{{"A", "1"}, {"a", "2"}}}, true},
		"no header":   {Filter{Headers: []HeaderIs{{"a", "1"}, {"a", "3"}}}, false},
		"key":         {Filter{Key: new("k")}, true},
		"other key":   {Filter{Key: new("")}, false},
		"cause":       {Filter{Cause: "exit status"}, true},
		"other cause": {Filter{Cause: "signal"}, false},
	} {
		if got := c.filter.Chooses(l); got != c.want {
			t.Errorf("%s: chosen %v, want %v", name, got, c.want)
		}
	}
	if (&Filter{Key: new("")}).Chooses(&Letter{}) {
		t.Error("a record without key is taken for one with an empty key")
	}
}

// TestTextIsHarmless prints what a hostile record says: nothing that a terminal acts on, and bounded.
func TestTextIsHarmless(t *testing.T) {
	t.Parallel()
	evil := "\x1b]0;owned\x07\u202e" + strings.Repeat("x", 1<<20)
	l := given(&record.Record{Topic: evil, Key: []byte(evil), Value: []byte("first\n" + evil), Headers: []record.Header{{Key: []byte(evil), Value: []byte(evil)}}}, record.Class(evil), evil)
	for _, value := range [][]byte{l.Value, {0xff, 0xfe, 0x00}, nil} {
		l.Value = value
		var out bytes.Buffer
		if err := WriteText(&out, l, true); err != nil {
			t.Fatal(err)
		}
		if out.Len() > 10_000 || bytes.ContainsAny(out.Bytes(), "\x1b\x07\u202e") || !bytes.Contains(out.Bytes(), []byte("x")) {
			t.Errorf("%d bytes: %.300q", out.Len(), out.String())
		}
	}
}
