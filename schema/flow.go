package schema

import (
	"bytes"
	"iter"
	"regexp"
	"slices"
)

// flowBytes gives the offsets of what stands in a flow list or map, outside of quotes and comments, from its opening
// bracket to an end; beside each whether it continues a text without quotes.
func flowBytes(data []byte, open, end int) iter.Seq2[int, bool] {
	return func(yield func(int, bool) bool) {
		inText := false
		for i := open; i < end; i++ {
			if !yield(i, inText) {
				return
			}
			switch c := data[i]; {
			case isBlank(c):
			case c == ',' || c == '[' || c == ']' || c == '{' || c == '}':
				inText = false
			case c == ':':
				inText = inText && i+1 < end && !isBlank(data[i+1]) && bytes.IndexByte([]byte(",[]{}"), data[i+1]) < 0
			case (c == '"' || c == '\'') && !inText:
				i = closingQuote(data[:end], i)
			case c == '#' && isBlank(data[i-1]):
				if j := bytes.IndexByte(data[i:end], '\n'); j > 0 {
					i += j
				}
			default:
				inText = true
			}
		}
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// strayIndicator finds, in a flow list or map that begins at an offset and breaks off before end, the first character
// that is syntax there though its author meant it as text: `?`, `[` or `{` in or at the beginning of a text without
// quotes. It is -1 when there is none.
func strayIndicator(data []byte, open, end int) int {
	for i, inText := range flowBytes(data, open, end) {
		switch c := data[i]; {
		case c == '?' && (inText || i+1 < end && !isBlank(data[i+1])), (c == '[' || c == '{') && inText:
			return i
		}
	}
	return -1
}

// unclosedBracket finds the bracket or brace, of those from an offset to an end, that is not closed: the one within
// which a closing one of the other sort stands, else the first of a sort that is open at the end. It is -1 when there is
// none.
func unclosedBracket(data []byte, open, end int, sort byte) int {
	var opened []int
	for i, inText := range flowBytes(data, open, end) {
		switch c := data[i]; {
		case (c == '[' || c == '{') && !inText:
			opened = append(opened, i)
		case c == ']' || c == '}':
			last := len(opened) - 1
			if last < 0 {
				return -1
			}
			if data[opened[last]] != c-2 { // in ASCII a closing bracket is two after its opening one
				return opened[last]
			}
			opened = opened[:last]
		}
	}
	if i := slices.IndexFunc(opened, func(at int) bool { return data[at] == sort }); i >= 0 {
		return opened[i]
	}
	return -1
}

// beginningOf finds the first text without quotes, in a flow list or map, whose beginning is of some form. It is -1 when
// there is none.
func beginningOf(form *regexp.Regexp, data []byte, open, end int) int {
	for i, inText := range flowBytes(data, open, end) {
		if !inText && form.Match(data[i:end]) {
			return i
		}
	}
	return -1
}

// closingQuote gives the offset of the quote that ends the text which begins at another, or the end of the data.
func closingQuote(data []byte, open int) int {
	for i := open + 1; i < len(data); i++ {
		switch {
		case data[i] == '\\' && data[open] == '"':
			i++
		case data[i] == data[open]:
			return i
		}
	}
	return len(data)
}
