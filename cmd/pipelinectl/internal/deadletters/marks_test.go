package deadletters

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// TestMarksAgreeWithASet adds random ranges and demands, after each, what a plain set of offsets would say; and that a
// commit brings the same marks back.
func TestMarksAgreeWithASet(t *testing.T) {
	t.Parallel()
	const offsets = 200
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		m, set := &marks{}, map[int64]bool{}
		for range random.IntN(30) {
			start := random.Int64N(offsets)
			end := min(offsets, start+random.Int64N(12))
			m.add(start, end)
			for o := start; o < end; o++ {
				set[o] = true
			}
		}
		metadata, fits := m.encode()
		if !fits {
			t.Fatalf("%d ranges do not fit", len(m.above))
		}
		read := parseMarks(m.next, metadata)
		if !reflect.DeepEqual(read.above, m.above) && len(m.above) > 0 {
			t.Fatalf("%v is read back as %v", m.above, read.above)
		}
		unmarked := int64(0)
		for o := range int64(offsets) {
			if read.has(o) != set[o] {
				t.Fatalf("offset %d: marked %v, want %v: %+v", o, read.has(o), set[o], read)
			}
			if !set[o] {
				unmarked++
			}
		}
		if got := m.missing(0, offsets); got != unmarked {
			t.Fatalf("%d are missing, want %d: %+v", got, unmarked, m)
		}
		if m.next < offsets && set[m.next] {
			t.Fatalf("next is %d, which is marked: %+v", m.next, m)
		}
	}
}

func TestMarksThatAreTooScatteredDoNotFit(t *testing.T) {
	t.Parallel()
	m := &marks{}
	for o := int64(1); ; o += 2 {
		m.add(o, o+1)
		metadata, fits := m.encode()
		if len(metadata) > maxMetadata && fits {
			t.Fatalf("%d bytes fit", len(metadata))
		}
		if !fits {
			if o < 1000 {
				t.Errorf("only %d offsets fit", o/2)
			}
			return
		}
	}
}

// FuzzParseMarks reads any metadata: what comes out can be committed again and means the same.
func FuzzParseMarks(f *testing.F) {
	f.Add(int64(3), marksPrefix+"AgE")
	f.Add(int64(-1), "dirty 7")
	f.Add(int64(maxOffset), marksPrefix+"____________AQ")
	f.Fuzz(func(t *testing.T, next int64, metadata string) {
		m := parseMarks(next, metadata)
		at := m.next
		for _, v := range m.above {
			if v.start <= at || v.end <= v.start {
				t.Fatalf("marks are out of order: %+v", m)
			}
			at = v.end
		}
		text, _ := m.encode()
		if again := parseMarks(m.next, text); !reflect.DeepEqual(again, m) {
			t.Fatalf("%+v is read back as %+v", m, again)
		}
	})
}
