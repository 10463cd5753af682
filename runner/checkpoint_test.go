package runner

import (
	"reflect"
	"testing"
)

func TestCheckpoint(t *testing.T) {
	tests := []struct {
		name string
		in   checkpoint
		want string
	}{
		{"clean", checkpoint{}, "1"},
		{"dirty", checkpoint{ceiling: 4711}, "1 dirty=4711"},
		{"a suspect", checkpoint{ceiling: 4711, suspect: 100, tries: 2}, "1 dirty=4711 suspect=100 tries=2"},
		{"the first of all offsets", checkpoint{ceiling: 1, tries: 1}, "1 dirty=1 suspect=0 tries=1"},
		{"runs", checkpoint{ceiling: 300, done: []span{{101, 103}, {200, 300}}}, "1 dirty=300 done=AQJhZA"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.in.encode(100)
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if back, err := parseCheckpoint(got, 100); err != nil || !reflect.DeepEqual(back, test.in) {
				t.Errorf("it reads as %+v, %v", back, err)
			}
		})
	}
}

// TestCheckpointFits: as many runs as maxRuns allows are never too long, at any width, and the count is worth something.
func TestCheckpointFits(t *testing.T) {
	for _, width := range []int64{0, 1, 1000, windowRecords, 1 << 30, 1 << 50} {
		c := checkpoint{ceiling: 1 << 62, suspect: 1 << 61, tries: 3}
		n := maxRuns(width)
		for i := range int64(n) {
			from := 1<<60 + 1 + i*max(width/int64(n), 2)
			c.done = append(c.done, span{from, from + max(width/int64(n)-1, 1)})
		}
		if size := len(c.encode(1 << 60)); size > checkpointBytes {
			t.Errorf("%d runs within %d offsets take %d bytes", n, width, size)
		}
	}
	if n := maxRuns(windowRecords); n < 400 {
		t.Errorf("a window of dense offsets has room for %d runs", n)
	}
}

func TestCheckpointRefused(t *testing.T) {
	for _, text := range []string{
		"2", "1 ", "x", "1 dirty", "1 dirty=-1", "1 dirty=x", "1 suspect=5", "1 tries=2", "1 tries=2 suspect=5", "1 suspect=5 tries=0",
		"1 done=AQI dirty=5", "1 done=A", "1 done=AAE", "1 done=AQ", "1 done=____________AQ", "1 dirty=5 dirty=6", "1 more=1",
	} {
		if c, err := parseCheckpoint(text, 100); err == nil {
			t.Errorf("%q reads as %+v", text, c)
		}
	}
}

// FuzzCheckpoint: whatever stands in a commit's metadata, reading it ends, and what it gives can be written and read
// again.
func FuzzCheckpoint(f *testing.F) {
	for _, text := range []string{"", "1", "1 dirty=4711 suspect=100 tries=2", "1 dirty=300 done=AQJhZA", "2 x"} {
		f.Add(text, int64(100))
	}
	f.Fuzz(func(t *testing.T, text string, low int64) {
		low = max(low, 0)
		c, err := parseCheckpoint(text, low)
		if err != nil {
			return
		}
		if again, err := parseCheckpoint(c.encode(low), low); err != nil || !reflect.DeepEqual(again, c) {
			t.Errorf("%q is %+v, and again %+v, %v", text, c, again, err)
		}
	})
}
