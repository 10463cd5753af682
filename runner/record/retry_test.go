package record

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// waiting is a record with headers of its own, of which some look like an entry's, and what it went through.
func waiting() (Record, Retry) {
	r := Record{
		Topic: "photos.upload.out", Partition: 3, Offset: 1 << 40, Key: []byte("k"), Value: []byte("v"), Timestamp: time.UnixMilli(1_700_000_000_123),
		Headers: []Header{
			header("mine", "1"), header("mine", "2"), header(contract.HeaderRetryRound, "own"), header(contract.HeaderErrorCause, "of another node"),
		},
	}
	at := time.UnixMilli(1_800_000_000_456).UTC()
	return r, Retry{Due: at.Add(time.Minute), Round: 2, Failures: 6, First: at, Cause: "exit status 1: no luck", Entered: at.Add(-time.Hour)}
}

func TestDelayed(t *testing.T) {
	r, retry := waiting()
	entry := Delayed(&r, "photos.resize.retry.1", retry)
	if entry.Topic != "photos.resize.retry.1" || !entry.Timestamp.IsZero() || string(entry.Key) != "k" || string(entry.Value) != "v" {
		t.Errorf("the entry is %+v", entry)
	}
	if due, _ := entry.Header(contract.HeaderRetryDue); string(due) != "2027-01-15T08:01:00.456Z" {
		t.Errorf("due at %s", due)
	}
	entry.Partition, entry.Offset, entry.Timestamp = 9, 99, time.Now() // as it is read
	back, what, err := ParseDelayed(&entry)
	if err != nil || !reflect.DeepEqual(back, r) || !reflect.DeepEqual(what, retry) {
		t.Errorf("%+v, %+v, %v", back, what, err)
	}
}

// TestDelayedOdd checks records at the edges: no key, no value, no headers, no time, a successor that never failed.
func TestDelayedOdd(t *testing.T) {
	_, retry := waiting()
	for name, r := range map[string]Record{
		"bare":      {Topic: "t"},
		"tombstone": {Topic: "t", Key: []byte("k")},
		"empty":     {Topic: "t", Key: []byte{}, Value: []byte{}},
		"no time":   {Topic: "t", Timestamp: time.UnixMilli(-1)},
	} {
		retry := Retry{Due: retry.Due, Entered: retry.Entered}
		entry := Delayed(&r, "retry", retry)
		back, what, err := ParseDelayed(&entry)
		if err != nil || !back.Timestamp.Equal(r.Timestamp) || !reflect.DeepEqual(what, retry) {
			t.Errorf("%s: %+v, %v", name, what, err)
		}
		back.Timestamp = r.Timestamp
		if !reflect.DeepEqual(back, r) {
			t.Errorf("%s: %+v", name, back)
		}
	}
}

func TestParseDelayedRefuses(t *testing.T) {
	r, retry := waiting()
	good := Delayed(&r, "retry", retry)
	own := len(r.Headers)
	set := func(i int, value string) func([]Header) []Header {
		return func(h []Header) []Header { h[own+i].Value = []byte(value); return h }
	}
	for name, change := range map[string]func(h []Header) []Header{
		"none":               func([]Header) []Header { return nil },
		"cut":                func(h []Header) []Header { return h[:len(h)-1] },
		"appended":           func(h []Header) []Header { return append(h, header("more", "")) },
		"reordered":          func(h []Header) []Header { n := len(h); h[n-1], h[n-2] = h[n-2], h[n-1]; return h },
		"due":                set(0, "soon"),
		"long due":           set(0, "2027-01-15T08:01:00.456Z"+strings.Repeat(" ", 1<<16)),
		"round":              set(1, "-1"),
		"many rounds":        set(1, "99999999"),
		"no topic":           set(2, ""),
		"long topic":         set(2, strings.Repeat("t", 250)),
		"partition":          set(3, "2147483648"),
		"offset":             set(4, "-1"),
		"end of all offsets": set(4, "9223372036854775807"),
		"long number":        set(4, strings.Repeat("0", 1<<16)),
		"timestamp":          set(5, "2027"+"-01"),
		"failures":           set(6, "1e3"),
		"first":              set(7, "never"),
		"cause":              set(8, strings.Repeat("x", maxCause+1)),
		"entered":            set(9, ""),
	} {
		entry := good
		entry.Headers = change(slices.Clone(good.Headers))
		if source, _, err := ParseDelayed(&entry); err == nil || source.Topic != "" {
			t.Errorf("%s: taken, as %+v", name, source)
		}
	}
}

// FuzzParseDelayed reads entries of any values: an error, or what Delayed writes again.
func FuzzParseDelayed(f *testing.F) {
	r, retry := waiting()
	entry := Delayed(&r, "retry", retry)
	var values [][]byte
	for _, h := range entry.Headers[len(r.Headers):] {
		values = append(values, h.Value)
	}
	f.Add(bytes.Join(values, []byte{0}), "own")
	f.Add([]byte{}, "")
	f.Fuzz(func(t *testing.T, data []byte, own string) {
		entry := Record{Topic: "retry", Headers: []Header{header(own, own)}}
		for i, value := range bytes.Split(data, []byte{0}) {
			entry.Headers = append(entry.Headers, Header{[]byte(retryNames[i%len(retryNames)]), value})
		}
		source, retry, err := ParseDelayed(&entry)
		if err != nil {
			return
		}
		if retry.Round < 0 || retry.Failures < 0 || source.Partition < 0 || source.Offset < 0 || source.Topic == "" {
			t.Errorf("%+v, %+v", source, retry)
		}
		again := Delayed(&source, "retry", retry)
		back, what, err := ParseDelayed(&again)
		if err != nil || !reflect.DeepEqual(back, source) || what.Round != retry.Round || what.Failures != retry.Failures {
			t.Errorf("%+v became %+v, %v", source, back, err)
		}
	})
}
