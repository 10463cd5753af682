package schema

import (
	"fmt"
	"strings"
	"unicode"
)

// How many characters of a text messages repeat: of the user's, and of what another library says about it.
const (
	maxQuoted  = 60
	maxForeign = 300
)

// clip makes a text of the user fit to stand in a message: one line, no control characters, no back quotes, not long.
func clip(text string) string { return clean(strings.ReplaceAll(text, "`", "'"), maxQuoted) }

// clean makes a text fit to stand in a message, without control characters and not longer than limit.
func clean(text string, limit int) string {
	var out strings.Builder
	n := 0
	for _, r := range text {
		if n++; n > limit {
			out.WriteString("...")
			break
		}
		if !unicode.IsPrint(r) {
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
