package main

import (
	"runtime/debug"
	"testing"
)

// TestBoundHeap: the collector hears of the container's limit, unless somebody has told it another.
func TestBoundHeap(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	set := func(known bool) func(string) (string, bool) {
		return func(name string) (string, bool) { return "", known && name == "GOMEMLIMIT" }
	}
	boundHeap(0, set(false))
	boundHeap(1000, set(true))
	if now := debug.SetMemoryLimit(-1); now != before {
		t.Errorf("the limit is %d, want it as it was, %d", now, before)
	}
	boundHeap(1<<40, set(false))
	if now := debug.SetMemoryLimit(-1); now != 1<<40/10*9 {
		t.Errorf("the limit is %d, want nine tenths of %d", now, int64(1)<<40)
	}
}
