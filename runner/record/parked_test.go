package record

import (
	"reflect"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

var (
	parkedSource = Record{
		Topic: "in", Partition: 3, Offset: 42, Key: []byte("k"), Value: []byte("v"), Timestamp: time.UnixMilli(1700000000123),
		Headers: []Header{{[]byte("own"), []byte("1")}, {[]byte(contract.HeaderRetryNull), nil}, {[]byte(contract.HeaderRetryKey), []byte("x")}},
	}
	parkedRetry = Retry{
		Due: time.UnixMilli(1700000009000).UTC(), Round: 2, Failures: 5, First: time.UnixMilli(1700000001000).UTC(), Cause: "not yet",
		Entered: time.UnixMilli(1700000000500).UTC(),
	}
)

// TestParked: what is parked comes back as it was, also where key and value are null or empty, and whatever headers of its
// own it has.
func TestParked(t *testing.T) {
	for _, key := range [][]byte{nil, {}, []byte("k")} {
		for _, value := range [][]byte{nil, {}, []byte("v")} {
			r := parkedSource
			r.Key, r.Value = key, value
			entry := Parked(&r, "park", parkedRetry)
			if entry.Topic != "park" || entry.Partition != 3 || string(entry.Key) != "3/42" || entry.Value == nil {
				t.Errorf("entry %+v", entry)
			}
			source, retry, err := ParseParked(&entry)
			if err != nil || !reflect.DeepEqual(source, r) || retry != parkedRetry {
				t.Errorf("key %q, value %q: %+v, %+v, %v", key, value, source, retry, err)
			}
		}
	}
}

// TestUnparked: an entry and its end have one key, which is that of no other.
func TestUnparked(t *testing.T) {
	end := Unparked("park", 3, 42)
	if end.Value != nil || string(end.Key) != string(Parked(&parkedSource, "park", parkedRetry).Key) {
		t.Errorf("end %+v", end)
	}
	for key, want := range map[string]bool{"3/42": true, "3/": false, "3/042": false, "3/-1": false, "31/42": false, "42": false, "": false, "3/42x": false} {
		if offset, ok := ParkedOffset([]byte(key), 3); ok != want || ok && offset != 42 {
			t.Errorf("%q: %d, %v", key, offset, ok)
		}
	}
}

// TestClone: what is kept of a record does not change with the buffer that it was read into.
func TestClone(t *testing.T) {
	r := Record{Key: []byte("k"), Value: []byte{}, Headers: []Header{{[]byte("a"), []byte("b")}}}
	kept := r.Clone()
	r.Key[0], r.Headers[0].Key[0], r.Headers[0].Value[0] = 'x', 'x', 'x'
	if want := (Record{Key: []byte("k"), Value: []byte{}, Headers: []Header{{[]byte("a"), []byte("b")}}}); !reflect.DeepEqual(kept, want) {
		t.Errorf("kept %+v", kept)
	}
}

// FuzzParseParked: no bytes bring the parser down, and what it takes it gives back.
func FuzzParseParked(f *testing.F) {
	entry := Parked(&parkedSource, "park", parkedRetry)
	f.Add(entry.Key, entry.Value, []byte("k"), true, false, 0, []byte{})
	f.Add(entry.Key, []byte{}, []byte{}, false, true, 3, []byte("-1"))
	f.Fuzz(func(t *testing.T, key, value, own []byte, keyed, null bool, at int, change []byte) {
		source := parkedSource
		if source.Key = nil; keyed {
			source.Key = append([]byte{}, own...)
		}
		entry := Parked(&source, "park", parkedRetry)
		if entry.Key, entry.Value = key, value; null {
			entry.Headers = append(entry.Headers, header(contract.HeaderRetryNull, ""))
		}
		if at >= 0 && at < len(entry.Headers) {
			entry.Headers[at].Value = change
		}
		parsed, retry, err := ParseParked(&entry)
		if err != nil {
			return
		}
		again, retryAgain, err := ParseParked(new(Parked(&parsed, "park", retry)))
		if err != nil || !reflect.DeepEqual(again, parsed) || !retryAgain.Due.Equal(retry.Due.Truncate(time.Millisecond)) {
			t.Errorf("%+v, %+v became %+v, %+v: %v", parsed, retry, again, retryAgain, err)
		}
	})
}
