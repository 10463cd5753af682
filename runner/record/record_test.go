package record

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

func TestIDs(t *testing.T) {
	plain := &Record{Topic: "t", Partition: 1, Offset: 2}
	if id := string(ID(plain)); id != string(ID(plain)) || uuid.Validate(id) != nil {
		t.Error("the id of a record without one is not steady")
	}
	for _, other := range []*Record{{Topic: "t", Partition: 1, Offset: 3}, {Topic: "t", Partition: 2, Offset: 2}, {Topic: "u", Partition: 1, Offset: 2}, {Topic: "t", Partition: 12}} {
		if bytes.Equal(ID(other), ID(plain)) {
			t.Errorf("%+v has the same id", other)
		}
	}
	for _, bad := range []string{"", "two words", "ctrl\x01", "ümlaut", strings.Repeat("x", maxID+1)} {
		r := &Record{Topic: "t", Partition: 1, Offset: 2, Headers: []Header{header(contract.HeaderID, bad)}}
		if !bytes.Equal(ID(r), ID(plain)) {
			t.Errorf("id %q is taken over", bad)
		}
	}
	if got := ID(&Record{Headers: []Header{header(contract.HeaderID, "order-17")}}); string(got) != "order-17" {
		t.Errorf("a foreign id became %q", got)
	}
	parent := []byte("order-17")
	a, b := Derive(parent, []byte("p/n/a")), Derive(parent, []byte("p/n/b"))
	if bytes.Equal(a, b) || !bytes.Equal(a, Derive(parent, []byte("p/n/a"))) {
		t.Errorf("derived ids %s and %s", a, b)
	}
	for _, maker := range []string{"p/n/a", strings.Repeat("long", 100)} {
		space := uuid.New()
		want := uuid.NewSHA1(space, []byte(maker)).String()
		if got := Derive([]byte(space.String()), []byte(maker)); string(got) != want {
			t.Errorf("derived %s, want %s", got, want)
		}
	}
	if uuid.MustParse(NewID()).Version() != 7 {
		t.Error("a new id is no UUIDv7")
	}
}

func TestTrace(t *testing.T) {
	const valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
	for text, continued := range map[string]bool{
		valid: true,
		"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more": true,
		"": false, "garbage": false, valid + "x": false, strings.ToUpper(valid): false,
		"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00":     false,
		"00-00000000000000000000000000000000-b7ad6b7169203331-00":     false,
		"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-00":     false,
		"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more": false,
	} {
		span := NextSpan([]byte(text))
		next := string(span[:])
		if !validTrace(span[:]) || next[:3] != "00-" {
			t.Errorf("%q gives %q", text, next)
		}
		if continued != (len(text) >= traceLength && next[3:35] == text[3:35] && next[52:] == text[52:55]) {
			t.Errorf("%q gives %q", text, next)
		}
		if continued && next[36:52] == text[36:52] {
			t.Errorf("%q keeps its span", text)
		}
	}
}

func TestText(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	escaped := EscapeText(all)
	for _, b := range []byte(escaped) {
		if b < ' ' || b > '~' {
			t.Fatalf("byte %#x in %q", b, escaped)
		}
	}
	if back, err := UnescapeText(escaped); err != nil || !bytes.Equal(back, all) {
		t.Errorf("%v, %v", back, err)
	}
	if EscapeText([]byte("plain key + more")) != "plain key + more" {
		t.Error("plain text is changed")
	}
	for in, want := range map[string]string{
		"a\nlast\n\n": "last", "": "", "tab\there": "tab here", "\x1b[31mred": " [31mred", "bad\xff": "bad?", "longer than ten": "r than ten",
		"äöüäöüäöü": "öüäöü",
	} {
		if got := Excerpt([]byte(in), 10); got != want {
			t.Errorf("Excerpt(%q) = %q, want %q", in, got, want)
		}
	}
	for text, want := range map[string]bool{
		"text/plain; charset=utf-8": true, "a/b": true, "": false, "/b": false, "a/b\r\nX: y": false, "not a type": false, "ä/b": false,
	} {
		if IsMediaType(text) != want || IsMediaType([]byte(text)) != want {
			t.Errorf("IsMediaType(%q) is not %v", text, want)
		}
	}
}

func maker() *Maker {
	return NewMaker(&contract.Node{Pipeline: "p", Node: "n", Outputs: []contract.Output{{Name: "o", Topic: "t"}}}, "image", "hash")
}

func TestResultKeepsOwnHeaders(t *testing.T) {
	when := time.UnixMilli(1000)
	parent := &Record{Key: []byte("k"), Timestamp: when, Headers: []Header{
		header("mine", "1"), header("Traceparent", "x"), header("CONTENT-TYPE", "x"), header("Pipelinectl-Anything", "x"), header("mine", "2"),
	}}
	got := maker().Result(parent, []byte("id"), []byte("trace"), Made{
		Output: &contract.Output{Name: "o", Topic: "t"}, ContentType: []byte("a/b"), Attempt: 2,
	})
	if len(got.Headers) != 2+10 || string(got.Headers[0].Value) != "1" || string(got.Headers[1].Value) != "2" {
		t.Errorf("headers %v", got.Headers)
	}
	if !got.Timestamp.Equal(when) || got.Topic != "t" {
		t.Errorf("record %+v", got)
	}
	if len(parent.Headers) != 5 {
		t.Error("the parent was changed")
	}
}

// TestDeadLetterOfDeadLetter checks that a replayed record carries its last failure only.
func TestDeadLetterOfDeadLetter(t *testing.T) {
	now := time.UnixMilli(5000)
	r := &Record{Topic: "t", Headers: []Header{header("mine", "1"), header(contract.HeaderID, "id")}}
	once := maker().DeadLetter(r, "dlq", Failed{Class: Transient, Cause: "first", Attempts: 3, First: now, Last: now})
	twice := maker().DeadLetter(&once, "dlq", Failed{Class: Permanent, Cause: "second", Attempts: 1, First: now.Add(-time.Second), Last: now})
	if len(twice.Headers) != len(once.Headers) {
		t.Errorf("%d headers, then %d", len(once.Headers), len(twice.Headers))
	}
	if cause, _ := twice.Header(contract.HeaderErrorCause); string(cause) != "second" {
		t.Errorf("cause %s", cause)
	}
	if id, _ := twice.Header(contract.HeaderID); string(id) != "id" {
		t.Error("the record's own headers did not stay")
	}
	if when, _ := twice.Header(contract.HeaderErrorTimestamp); string(when) != "1970-01-01T00:00:05Z" {
		t.Errorf("given up at %s", when)
	}
	if first, _ := twice.Header(contract.HeaderErrorFirst); string(first) != "1970-01-01T00:00:04Z" {
		t.Errorf("first failed at %s", first)
	}
}

// TestRouted checks that a record which goes to another node is a record of its own, made from the one that failed.
func TestRouted(t *testing.T) {
	now := time.UnixMilli(5000)
	parent := &Record{Topic: "in", Partition: 2, Offset: 7, Key: []byte("k"), Value: []byte("v"), Headers: []Header{
		header("mine", "1"), header(contract.HeaderErrorCause, "of an earlier node"),
	}}
	made := Made{Output: &contract.Output{Name: "o", Topic: "t"}, Key: parent.Key, Value: parent.Value, Attempt: 3, Entered: Moment(now)}
	got := maker().Routed(parent, []byte("id"), []byte("trace"), made, Failed{Class: Permanent, Cause: "why", Attempts: 3, First: now, Last: now})
	if got.Topic != "t" || string(got.Key) != "k" || string(got.Value) != "v" {
		t.Errorf("record %+v", got)
	}
	for name, want := range map[string]string{
		"mine": "1", contract.HeaderParents: "id", contract.HeaderAttempt: "3", contract.HeaderEntered: "1970-01-01T00:00:05Z",
		contract.HeaderErrorClass: "permanent", contract.HeaderErrorCause: "why", contract.HeaderErrorOffset: "7", contract.HeaderErrorTopic: "in",
	} {
		if v, _ := got.Header(name); string(v) != want {
			t.Errorf("%s is %q, want %q", name, v, want)
		}
	}
	causes := 0
	for _, h := range got.Headers {
		if string(h.Key) == contract.HeaderErrorCause {
			causes++
		}
	}
	if causes != 1 {
		t.Errorf("%d causes", causes)
	}
}

func TestEntered(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 123456789, time.UTC)
	const fresh = "2026-11-21T12:00:00.123Z"
	for text, want := range map[string]string{
		"2026-11-21T11:00:00Z":      "2026-11-21T11:00:00Z",
		"2026-11-21T12:30:00+01:00": "2026-11-21T12:30:00+01:00",
		"2026-11-21T13:00:00Z":      fresh, // the future
		"":                          fresh,
		"yesterday":                 fresh,
	} {
		got, at := Entered(&Record{Headers: []Header{header(contract.HeaderEntered, text)}}, now)
		if string(got) != want || at.After(now) || now.Sub(at) > 2*time.Hour {
			t.Errorf("%q gives %s, %v", text, got, at)
		}
	}
	if got, at := Entered(&Record{}, now); string(got) != fresh || !at.Equal(now) {
		t.Errorf("no header gives %s, %v", got, at)
	}
}
