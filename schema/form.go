package schema

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// form is how a scalar stands in the text.
type form uint8

// The forms of a scalar.
const (
	// plain is without quotes.
	plain form = iota
	singleQuoted
	doubleQuoted
	// other is a form whose text cannot be told from its value: a block, or one with a tag, an anchor or an alias.
	other
)

func formOf(n *yaml.Node) form {
	switch {
	case n.Kind != yaml.ScalarNode, n.Anchor != "", n.Style&(yaml.TaggedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return other
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return doubleQuoted
	case n.Style&yaml.SingleQuotedStyle != 0:
		return singleQuoted
	default:
		return plain
	}
}

// written gives the text of a file that has this value, quotes included; false where it might be another, as with
// escapes, or where a plain text may go over several lines.
func (f form) written(value string) (string, bool) {
	switch {
	case f == other, value == "" && f == plain, strings.ContainsAny(value, "\\\"'\n\r\t"), strings.Contains(value, "  "):
		return "", false
	case f == singleQuoted:
		return "'" + value + "'", true
	case f == doubleQuoted:
		return `"` + value + `"`, true
	default:
		return value, true
	}
}

// simple are the values that need no quotes anywhere.
var simple = lazy(`^[A-Za-z0-9][A-Za-z0-9_./-]*$`)

// quoted gives a value in double quotes, as YAML and JSON have them.
func quoted(value string) string { return `"` + value + `"` }

// rewritten gives the text of another value in the same form; a plain one gets quotes where it would be no string else.
func (f form) rewritten(value string) string {
	switch {
	case f == singleQuoted:
		return "'" + value + "'"
	case f == doubleQuoted || !simple().MatchString(value) || resolve(value) != String:
		return quoted(value)
	default:
		return value
	}
}
