package kafka

import (
	"bytes"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// pushed is an intake that keeps what it is given.
type pushed struct {
	Intake
	records []record.Record
	// next is what the reader has noted; early counts records that it noted before they were pushed.
	next  *atomic.Int64
	early int
}

func (p *pushed) Push(r record.Record) {
	p.records = append(p.records, r)
	if p.next.Load() == r.Offset+1 {
		p.early++
	}
}

// TestBurst: what is handed on is what came, in order, and shares no memory with it unless it is large by itself.
func TestBurst(t *testing.T) {
	at := time.UnixMilli(1)
	buffer := func(text string) []byte { return []byte(text) }
	messages := []*sarama.ConsumerMessage{
		{Topic: "t", Partition: 1, Offset: 7, Timestamp: at, Key: buffer("k"), Value: buffer("v"), Headers: []*sarama.RecordHeader{
			{Key: buffer("a"), Value: buffer("1")}, {Key: buffer("b"), Value: nil},
		}},
		{Topic: "t", Partition: 1, Offset: 8, Timestamp: at, Key: []byte{}, Value: nil},
		{Topic: "t", Partition: 1, Offset: 10, Timestamp: at, Value: bytes.Repeat([]byte("x"), burstBytes+1)},
	}
	want := []record.Record{
		{Topic: "t", Partition: 1, Offset: 7, Timestamp: at, Key: buffer("k"), Value: buffer("v"), Headers: []record.Header{
			{Key: buffer("a"), Value: buffer("1")}, {Key: buffer("b"), Value: nil},
		}},
		{Topic: "t", Partition: 1, Offset: 8, Timestamp: at, Key: []byte{}, Value: nil, Headers: []record.Header{}},
		{Topic: "t", Partition: 1, Offset: 10, Timestamp: at, Value: messages[2].Value, Headers: []record.Header{}},
	}
	var b burst
	var next atomic.Int64
	got := &pushed{next: &next}
	for range 2 { // it may be used again
		for _, msg := range messages {
			b.add(msg)
		}
		b.hand(got, &next)
	}
	for _, part := range [][]byte{messages[0].Key, messages[0].Value, messages[0].Headers[0].Key, messages[0].Headers[0].Value} {
		part[0] = '!'
	}
	if !reflect.DeepEqual(got.records, append(want[:3:3], want...)) {
		t.Errorf("handed on %+v, want %+v twice", got.records, want)
	}
	if got.early > 0 {
		t.Errorf("%d records noted before they were pushed", got.early)
	}
	if next.Load() != 11 {
		t.Errorf("next is %d, want 11", next.Load())
	}
	if &got.records[2].Value[0] != &messages[2].Value[0] {
		t.Error("a large value is copied")
	}
}

func TestBurstIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		value []byte
		want  int
	}{
		"small": {nil, burstRecords},
		"large": {make([]byte, burstBytes/2), 3},
	} {
		var b burst
		n := 1
		for !b.add(&sarama.ConsumerMessage{Value: c.value}) {
			n++
		}
		if n != c.want {
			t.Errorf("%s: full after %d, want %d", name, n, c.want)
		}
	}
}
