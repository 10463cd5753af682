package record

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// OctetStream is the media type of a value about which nothing is known (RFC 2046 section 4.5.1).
const OctetStream = "application/octet-stream"

// EscapeText makes any bytes fit for an HTTP header or an environment variable: the percent sign, control characters
// and all that is not ASCII stand as %XX (RFC 3986 section 2.1). UnescapeText is its inverse, so no key is lost.
func EscapeText(raw []byte) string {
	const digits = "0123456789ABCDEF"
	var out strings.Builder
	for _, b := range raw {
		if b < ' ' || b > '~' || b == '%' {
			out.Write([]byte{'%', digits[b>>4], digits[b&15]})
		} else {
			out.WriteByte(b)
		}
	}
	return out.String()
}

// UnescapeText gives the bytes that EscapeText was given. A percent sign without two hexadecimal digits is an error.
func UnescapeText(text string) ([]byte, error) {
	raw, err := url.PathUnescape(text)
	return []byte(raw), err
}

// IsMediaType says whether text has the shape of a media type (RFC 9110 section 8.3.1) and may stand in a header. It
// does not parse parameters: it is asked for every record.
func IsMediaType[T string | []byte](text T) bool {
	slash := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ' || c > '~':
			return false
		case c == '/' && slash == 0:
			slash = i
		}
	}
	return slash > 0
}

// Excerpt gives at most limit bytes of the end of the last line of text that is not blank, made printable: it is for
// causes of failures, which people read and terminals show.
func Excerpt(text []byte, limit int) string {
	trimmed := strings.TrimSpace(strings.ToValidUTF8(string(text), "?"))
	last := trimmed[strings.LastIndexByte(trimmed, '\n')+1:]
	if len(last) > limit {
		last = last[len(last)-limit:]
		for len(last) > 0 && !utf8.RuneStart(last[0]) {
			last = last[1:]
		}
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return ' '
		}
		return r
	}, last)
}
