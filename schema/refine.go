package schema

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// refine looks closer at a fault whose offset is found: some have a cause that a person sees, and the library does not.
func refine(data []byte, offset int, p problem) (int, problem) {
	switch {
	case offset < len(data) && data[offset] == '\t' && p.code == CodeYAMLSyntax:
		p.message, p.hint = "found a tab where spaces indent", "YAML indents with spaces only: replace the tab"
		p.edits = untab(data)
	case p.escape:
		return badEscape(data, offset), p
	case p.library == "unknown anchor" && offset < len(data):
		p.message = "unknown anchor `" + clip(word(data[offset+1:])) + "`"
	case p.library == "unexpected end of stream":
		if at, ok := quoteWithin(data, offset, len(data)); ok {
			return at, p
		}
	case p.flow && offset < len(data) && (data[offset] == '[' || data[offset] == '{'):
		if at, ok := quoteWithin(data, offset, consumed(data)); ok {
			return at, p.openQuote()
		}
		if at := strayIndicator(data, offset, consumed(data)); at >= 0 {
			p.message = "`" + string(data[at]) + "` is syntax within brackets and braces, and cannot stand in a text"
			p.hint = "put the text in quotes"
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

// word gives the beginning of a text, up to a blank or an indicator of flow collections.
func word(text []byte) string {
	if i := bytes.IndexAny(text, " \t\r\n,[]{}"); i >= 0 {
		text = text[:i]
	}
	return string(text)
}

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
