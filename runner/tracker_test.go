package runner

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestTrackerModel compares the tracker with a naive model over random additions and completions.
func TestTrackerModel(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		var real tracker
		type open struct {
			offset int64
			seq    uint64
		}
		var unfinished []open
		next, bytes := int64(random.IntN(100)), map[uint64]int{}
		for range 500 {
			if len(unfinished) == 0 || random.IntN(2) == 0 {
				offset := next + int64(random.IntN(3)) // gaps, as compaction leaves them
				size := random.IntN(1000)
				seq := real.add(offset, size)
				unfinished = append(unfinished, open{offset, seq})
				bytes[seq] = size
				next = offset + 1
			} else {
				i := random.IntN(len(unfinished))
				real.done(unfinished[i].seq)
				unfinished = slices.Delete(unfinished, i, i+1)
			}
			want, wantBytes := next, 0
			if len(unfinished) > 0 {
				first := slices.MinFunc(unfinished, func(a, b open) int { return int(a.offset - b.offset) })
				want = first.offset
				for seq, size := range bytes {
					if seq >= first.seq {
						wantBytes += size
					}
				}
			}
			if got, ok := real.low(); !ok || got != want {
				t.Fatalf("seed %d: low watermark %d, %v, want %d", seed, got, ok, want)
			}
			if real.bytes != wantBytes {
				t.Fatalf("seed %d: %d bytes, want %d", seed, real.bytes, wantBytes)
			}
		}
	}
}

func TestTrackerEmpty(t *testing.T) {
	var empty tracker
	if _, ok := empty.low(); ok {
		t.Error("a watermark before the first record")
	}
	seq := empty.add(7, 1)
	empty.done(seq)
	empty.done(seq) // twice changes nothing
	if low, ok := empty.low(); !ok || low != 8 {
		t.Errorf("low watermark %d, %v, want 8", low, ok)
	}
}

func TestTrackerDoesNotAllocate(t *testing.T) {
	var track tracker
	seq := track.add(0, 1)
	if n := testing.AllocsPerRun(1000, func() {
		track.done(seq)
		seq = track.add(1, 1)
	}); n > 0 {
		t.Errorf("%v allocations per record", n)
	}
}
