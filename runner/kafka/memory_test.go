package kafka

import (
	"context"
	"errors"
	"testing"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

func TestFetches(t *testing.T) {
	for _, c := range []struct {
		limit               int64
		brokers, partitions int
		partition, request  int32
	}{
		{0, 1, 4, 1 << 20, 8 << 20},
		{0, 3, 12, 40 << 20 / 96, 8 << 20 / 3},
		{0, 3, 60, 40 << 20 / 480, 8 << 20 / 3},
		{0, 0, 0, 1 << 20, 8 << 20},                   // nothing is known yet
		{16 << 20, 1, 1, 5 << 16, 512 << 10},          // an eighth of what it may hold
		{16 << 20, 100, 100_000, 32 << 10, 128 << 10}, // least of all
		{64 << 30, 1, 1, 1 << 20, 16 << 20},           // most of all
	} {
		partition, request := NewMemory(c.limit).fetches(c.brokers, c.partitions)
		if partition != c.partition || request != c.request {
			t.Errorf("%d bytes, %d brokers, %d partitions: %d and %d, want %d and %d", c.limit, c.brokers, c.partitions,
				partition, request, c.partition, c.request)
		}
	}
}

// TestEased: somebody hears, once, when a quarter is free again after more was held than may be.
func TestEased(t *testing.T) {
	m := NewMemory(16 << 20) // of 4 MiB for records 2.5 MiB may be held
	const all = 5 << 19
	eased := make(chan struct{}, 10)
	m.OnEased(func() { eased <- struct{}{} })
	m.Hold(all)
	if m.Room() != 0 {
		t.Errorf("there is room for %d bytes", m.Room())
	}
	m.Hold(-all)
	m.Hold(all + 1)
	m.Hold(-all / 4)
	if len(eased) > 0 {
		t.Error("eased with more than three quarters held")
	}
	m.Hold(-1)
	<-eased
	m.Hold(1)
	m.Hold(-1)
	if len(eased) > 0 {
		t.Error("eased again without having been full")
	}
	if room, held := m.Room(), m.Held(); room != all/4 || held != all-all/4 {
		t.Errorf("%d bytes are held, with room for %d", held, room)
	}
}

// TestLargerThanMemory: one record that is larger than all there is for writing is written alone.
func TestLargerThanMemory(t *testing.T) {
	m := NewMemory(16 << 20)
	huge, small := record.Record{Value: make([]byte, 2<<20)}, record.Record{}
	took, err := m.write(t.Context(), &huge)
	if err != nil || took != m.writingBytes {
		t.Fatalf("took %d bytes: %v", took, err)
	}
	if m.written() {
		t.Error("nothing is under way")
	}
	full, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.write(full, &small); !errors.Is(err, context.Canceled) {
		t.Errorf("another is written beside it: %v", err)
	}
	m.writing.Release(took)
	if took, err = m.write(t.Context(), &small); err != nil || took != writtenTimes*int64(small.Size()) {
		t.Errorf("took %d bytes: %v", took, err)
	}
}
