package schema

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxQuoted is how many characters of the user's text a message repeats.
const maxQuoted = 60

// clip makes a text of the user fit to stand in a message: one line, no control characters, no back quotes, not long.
func clip(text string) string {
	var out strings.Builder
	n := 0
	for _, r := range text {
		if n++; n > maxQuoted {
			out.WriteString("...")
			break
		}
		switch {
		case r == '`':
			r = '\''
		case r < ' ' || r == 0x7F || r == utf8.RuneError:
			r = '?'
		}
		out.WriteRune(r)
	}
	return out.String()
}

// describe says what a value is, as in "the string `x`".
func describe(n *Node) string {
	switch n.Kind {
	case Null:
		return "nothing"
	case List:
		return "a list"
	case Map:
		return "a map"
	default:
		return fmt.Sprintf("the %s `%s`", n.Kind, clip(n.Text))
	}
}

// withArticle gives "an integer", "a list".
func withArticle(noun string) string {
	if strings.IndexByte("aeiou", noun[0]) >= 0 {
		return "an " + noun
	}
	return "a " + noun
}
