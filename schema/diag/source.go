package diag

import (
	"bytes"
	"strings"
)

// sourceLines gives the lines of files, each file split once and only when a finding points into it.
type sourceLines struct {
	texts map[string][]byte
	lines map[string][][]byte
}

func newSourceLines(texts map[string][]byte) *sourceLines {
	return &sourceLines{texts: texts, lines: map[string][][]byte{}}
}

// line gives the line of a place without its break, made printable; false when the file or the line is not known.
func (s *sourceLines) line(pos Pos) (string, bool) {
	data, known := s.texts[pos.File]
	if !known || !pos.IsValid() {
		return "", false
	}
	lines, split := s.lines[pos.File]
	if !split {
		lines = splitLines(data)
		s.lines[pos.File] = lines
	}
	if pos.Line > len(lines) {
		return "", false
	}
	return printable(string(lines[pos.Line-1])), true
}

// end gives the column just behind the token at a place; 0 when there is none or the source is not known.
func (s *sourceLines) end(pos Pos) int {
	line, ok := s.line(pos)
	if !ok || pos.Col < 1 {
		return 0
	}
	text := []rune(line)
	if pos.Col > len(text) {
		return 0
	}
	return pos.Col + tokenLength(text[pos.Col-1:])
}

// splitLines splits at LF, CR LF and CR, as YAML does, and leaves out a byte order mark.
func splitLines(data []byte) [][]byte {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	var lines [][]byte
	for len(data) > 0 {
		i := bytes.IndexAny(data, "\r\n")
		if i < 0 {
			break
		}
		lines = append(lines, data[:i])
		if data[i] == '\r' && i+1 < len(data) && data[i+1] == '\n' {
			i++
		}
		data = data[i+1:]
	}
	return append(lines, data)
}

// tokenLength says how many characters the token at the beginning of text has: a quoted text, or all up to a blank or
// an indicator of YAML. It is 0 when there is none.
func tokenLength(text []rune) int {
	if len(text) == 0 {
		return 0
	}
	if quote := text[0]; quote == '"' || quote == '\'' {
		for i := 1; i < len(text); i++ {
			switch {
			case text[i] == '\\' && quote == '"':
				i++
			case text[i] == quote:
				return i + 1
			}
		}
		return len(text)
	}
	for i, r := range text {
		switch {
		case strings.ContainsRune(" \t,]}", r), r == ':' && (i+1 == len(text) || strings.ContainsRune(" \t,]}", text[i+1])):
			return max(1, i)
		case strings.ContainsRune("[{", r):
			return max(1, i)
		}
	}
	return len(text)
}
