package deadletters

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestJSONComesBack(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 8, 0, 0, 5e6, time.UTC)
	want := []*Letter{
		{Cluster: "c", Topic: "t", Partition: 1, Offset: 2, Timestamp: at, Key: []byte("k"), Value: []byte("<v>\n\u2028"), Headers: []Header{{"h", []byte("x")}, {"h", nil}}},
		{Topic: "t", Timestamp: at, Key: []byte{0xff}, Value: []byte{0, 0xfe}, Headers: []Header{{"b", []byte{0x80}}}},
		{Topic: "t", Timestamp: at, Key: []byte{}, Value: nil},
	}
	var file bytes.Buffer
	for _, l := range want {
		if err := WriteJSON(&file, l); err != nil {
			t.Fatal(err)
		}
		file.WriteString("\n") // an empty line is nothing
	}
	var got []*Letter
	for l, err := range FromJSON(&file) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, l)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestJSONFaultsNameTheLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{\"topic\":\"t\"}\n[]\n": "line 2: not a dead letter as `dlq show --format json` writes it",
		"{}":                      "line 1: no `topic`",
		`{"topic":"t","key":"a","keyBase64":"YQ=="}`:                "line 1: both `key` and `keyBase64`",
		`{"topic":"t","value":"a","valueBase64":"YQ=="}`:            "line 1: both `value` and `valueBase64`",
		"\n\n" + `{"topic":"t","valueBase64":"no base64 at all %"}`: "line 3: not a dead letter",
	} {
		var last error
		for _, err := range FromJSON(strings.NewReader(text)) {
			last = err
		}
		if last == nil || !strings.Contains(last.Error(), want) {
			t.Errorf("%q gives %v, want %q", text, last, want)
		}
	}
}

// FuzzFromJSON reads any text, and writes what it read such that it is read again.
func FuzzFromJSON(f *testing.F) {
	f.Add(`{"topic":"t","keyBase64":"/w==","value":"","headers":[{"name":"h"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		for l, err := range FromJSON(strings.NewReader(text)) {
			if err != nil {
				return
			}
			var out bytes.Buffer
			if err := WriteJSON(&out, l); err != nil {
				return // a time beyond the year 9999
			}
			for again, err := range FromJSON(&out) {
				if err != nil || !bytes.Equal(again.Value, l.Value) || !bytes.Equal(again.Key, l.Key) || len(again.Headers) != len(l.Headers) {
					t.Fatalf("%+v comes back as %+v, %v", l, again, err)
				}
			}
		}
	})
}
