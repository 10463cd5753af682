package deadletters

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
)

// marks are the letters of one partition that have been replayed: all below next, and those in above.
type marks struct {
	next int64
	// above are sorted, without overlap, and neither touch one another nor next.
	above []interval
	// standing is the commit on the broker.
	standing commit
}

// commit is what a consumer group has committed of a partition.
type commit struct {
	at       int64
	metadata string
}

// interval are the offsets from start up to end, which is left out.
type interval struct {
	start, end int64
}

// maxMetadata is what a commit may carry: less than the broker's offset.metadata.max.bytes, 4096 unless configured.
const maxMetadata = 4000

// marksPrefix begins the metadata; the number is that of its form.
const marksPrefix = "replayed/1:"

// has says whether an offset is marked.
func (m *marks) has(offset int64) bool {
	if offset < m.next {
		return true
	}
	i, _ := slices.BinarySearchFunc(m.above, offset, func(v interval, offset int64) int {
		if v.end <= offset {
			return -1
		}
		return 1
	})
	return i < len(m.above) && m.above[i].start <= offset
}

// add marks the offsets from start up to end.
func (m *marks) add(start, end int64) {
	if start >= end {
		return
	}
	first, _ := slices.BinarySearchFunc(m.above, start, func(v interval, start int64) int {
		if v.end < start {
			return -1
		}
		return 1
	})
	last := first
	for last < len(m.above) && m.above[last].start <= end {
		start, end = min(start, m.above[last].start), max(end, m.above[last].end)
		last++
	}
	m.above = slices.Replace(m.above, first, last, interval{start, end})
	for len(m.above) > 0 && m.above[0].start <= m.next {
		m.next = max(m.next, m.above[0].end)
		m.above = m.above[1:]
	}
}

// encode gives the metadata of a commit at m.next, and whether it fits: pairs of a gap and a length as uvarints, in
// base64. It is empty where nothing is marked above.
func (m *marks) encode() (string, bool) {
	if len(m.above) == 0 {
		return "", true
	}
	var data []byte
	at := m.next
	for _, v := range m.above {
		data = binary.AppendUvarint(data, uint64(v.start-at))
		data = binary.AppendUvarint(data, uint64(v.end-v.start))
		at = v.end
	}
	text := marksPrefix + base64.RawURLEncoding.EncodeToString(data)
	return text, len(text) <= maxMetadata
}

// parseMarks reads a commit. Metadata that is not ours marks nothing above.
func parseMarks(next int64, metadata string) *marks {
	m := &marks{next: max(next, 0)}
	text, ours := strings.CutPrefix(metadata, marksPrefix)
	data, err := base64.RawURLEncoding.DecodeString(text)
	if !ours || err != nil {
		return m
	}
	read := m.next
	for len(data) > 0 {
		gap, n := binary.Uvarint(data)
		if n <= 0 {
			return &marks{next: m.next}
		}
		length, k := binary.Uvarint(data[n:])
		if k <= 0 || gap == 0 || length == 0 || gap > maxOffset || length > maxOffset || read > maxOffset {
			return &marks{next: m.next}
		}
		start := read + int64(gap)
		read = start + int64(length)
		m.above = append(m.above, interval{start, read})
		data = data[n+k:]
	}
	return m
}

// maxOffset bounds the numbers that are read, so that sums of three of them do not overflow.
const maxOffset = 1 << 61
