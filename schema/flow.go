package schema

import "bytes"

// strayIndicator finds, in a flow list or map that begins at an offset and breaks off before end, the first character
// that is syntax there though its author meant it as text: `?`, `[` or `{` in or at the beginning of a text without
// quotes. It is -1 when there is none.
func strayIndicator(data []byte, begin, end int) int {
	inText := false // whether a text without quotes has begun
	for i := begin + 1; i < end; i++ {
		switch c := data[i]; c {
		case ' ', '\t', '\n', '\r':
		case ',', ']', '}':
			inText = false
		case '?':
			if inText || i+1 < end && bytes.IndexByte([]byte(" \t\r\n"), data[i+1]) < 0 {
				return i
			}
		case '[', '{':
			if inText {
				return i
			}
		case ':':
			inText = inText && i+1 < end && bytes.IndexByte([]byte(" \t\r\n,[]{}"), data[i+1]) < 0
		case '"', '\'':
			if !inText {
				i = closingQuote(data[:end], i)
			}
		case '#':
			if j := bytes.IndexByte(data[i:end], '\n'); j > 0 && (data[i-1] == ' ' || data[i-1] == '\n') {
				i += j
			}
		default:
			inText = true
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
