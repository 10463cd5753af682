package schema

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// refine looks closer at a fault whose offset is found: some have a cause that a person sees, and the library does not.
func refine(data []byte, offset int, p problem) (int, problem) {
	if m := aConflict().FindIndex(data); m != nil && m[0] <= offset {
		p.message, p.hint = "this is the mark of a conflict that git left to you", "keep the right lines, and remove the marks"
		return m[0], p
	}
	if at, ok := blankBefore(data, offset); ok {
		p.message, p.hint = "found a no-break space, which is a letter to YAML", "replace it by a space"
		p.edits = []edit{{offset: at, old: noBreakSpace, new: " "}}
		return at, p
	}
	if p.library == "unknown anchor" {
		if m := anAnchor().FindStringSubmatch(p.said); m != nil {
			p.message = "unknown anchor `" + clip(m[1]) + "`"
		}
	}
	if offset < len(data) && (data[offset] == '[' || data[offset] == '{') {
		return refineFlow(data, offset, consumed(data), p)
	}
	switch {
	case offset < len(data) && data[offset] == '\t' && p.code == CodeYAMLSyntax:
		p.message, p.hint = "found a tab where spaces indent", "YAML indents with spaces only: replace the tab"
		p.edits = untab(data)
	case p.escape:
		return badEscape(data, offset), p
	case p.library == "unexpected end of stream":
		if at, ok := quoteWithin(data, offset, len(data)); ok {
			return at, p
		}
	case p.library == "could not find expected ':'":
		begin := bytes.LastIndexByte(data[:offset], '\n') + 1
		if m := gluedColon().FindSubmatchIndex(data[begin:]); m != nil {
			return p.glued(data, begin+m[2])
		}
	case p.library == "mapping values are not allowed":
		if indicator, ok := gluedBefore(data, offset); ok {
			return p.glued(data, indicator)
		}
		return p.misplaced(data, offset)
	case p.library == "did not find expected key" || p.library == "did not find expected '-' indicator":
		return p.misplaced(data, offset)
	}
	return offset, p
}

// noBreakSpace comes with what is copied from a web page.
const noBreakSpace = "\u00A0"

// aNoBreakSpace is one that indents a line, or follows an indicator that needs a space; the group is the space.
var aNoBreakSpace = lazy(`(?m)^ *(?:[^#"'\n]*[:-] *)?(\x{A0})`)

// blankBefore finds the first no-break space in the place of a space, up to the end of a fault's line.
func blankBefore(data []byte, offset int) (int, bool) {
	if !bytes.Contains(data, []byte(noBreakSpace)) {
		return 0, false
	}
	end := len(data)
	if i := bytes.IndexByte(data[offset:], '\n'); i >= 0 {
		end = offset + i
	}
	m := aNoBreakSpace().FindSubmatchIndex(data[:end])
	if m == nil {
		return 0, false
	}
	return m[2], true
}

// aConflict is the first line of those that git leaves in a file where a merge did not go well.
var aConflict = lazy(`(?m)^<{7} `)

// badEscape gives the offset of the first backslash after a double quote that begins no escape of YAML (spec section
// 5.7), or the quote's own when there is none.
func badEscape(data []byte, quote int) int {
	for i := quote + 1; i+1 < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		digits := 0
		switch c := data[i+1]; {
		case c == 'x':
			digits = 2
		case c == 'u':
			digits = 4
		case c == 'U':
			digits = 8
		case strings.IndexByte("0abt\tnvfre \"'/\\N_LP\n\r", c) < 0:
			return i
		}
		end := min(i+2+digits, len(data))
		if r, err := strconv.ParseUint(string(data[i+2:end]), 16, 32); digits > 0 && (err != nil || end-i-2 < digits || !utf8.ValidRune(rune(r))) {
			return i
		}
		i++
	}
	return quote
}
