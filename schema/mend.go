package schema

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// MendError is a mend that does not fit the text.
type MendError struct {
	Mend diag.Mend
	// Reason says why.
	Reason string
}

// Error implements error.
func (e *MendError) Error() string { return fmt.Sprintf("%s: %s", e.Mend.Pos, e.Reason) }

// Mend gives a text after edits, which leave all else byte for byte as it is; a line break in what is put in is written as
// those of the text are. The places are in the text as it was. An edit whose old text does not stand at its place, and
// two that touch the same text, are a MendError.
func Mend(source []byte, mends []diag.Mend) ([]byte, error) {
	mends = slices.SortedStableFunc(slices.Values(mends), func(a, b diag.Mend) int { return a.Pos.Compare(b.Pos) })
	lines, lineBreak := lineStarts(source)
	edits := make([]edit, len(mends))
	end := -1
	for i, m := range mends {
		offset, ok := offsetOf(source, lines, m.Pos)
		switch {
		case !ok || !bytes.HasPrefix(source[offset:], []byte(m.Old)):
			return nil, &MendError{m, fmt.Sprintf("`%s` does not stand here", clip(m.Old))}
		case offset < end || offset == end && i > 0 && edits[i-1].offset == offset:
			return nil, &MendError{m, "another edit touches the same text"}
		}
		end = offset + len(m.Old)
		edits[i] = edit{offset: offset, old: m.Old, new: string(bytes.ReplaceAll([]byte(m.New), []byte("\n"), []byte(lineBreak)))}
	}
	return edited(source, edits), nil
}

// lineStarts gives the offsets at which the lines of a text begin, without its byte order mark, and how they end.
func lineStarts(source []byte) (starts []int, lineBreak string) {
	lineBreak = "\n"
	start := len(source) - len(bytes.TrimPrefix(source, []byte(byteOrderMark)))
	starts = append(starts, start)
	for i := start; i < len(source); i++ {
		size := 1
		switch {
		case bytes.HasPrefix(source[i:], []byte("\r\n")):
			size = 2
		case source[i] != '\n' && source[i] != '\r':
			continue
		}
		if len(starts) == 1 {
			lineBreak = string(source[i : i+size])
		}
		i += size - 1
		starts = append(starts, i+1)
	}
	return starts, lineBreak
}

// offsetOf gives the offset of a place; false when the text has no such place.
func offsetOf(source []byte, starts []int, pos diag.Pos) (int, bool) {
	if pos.Line < 1 || pos.Line > len(starts) || pos.Col < 1 {
		return 0, false
	}
	offset, end := starts[pos.Line-1], len(source)
	if pos.Line < len(starts) {
		end = starts[pos.Line]
	}
	for range pos.Col - 1 {
		if offset >= end {
			return 0, false
		}
		_, size := utf8.DecodeRune(source[offset:end])
		offset += size
	}
	return offset, true
}
