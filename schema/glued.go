package schema

import "bytes"

// Lines on which the space after an indicator is missing: `key:value` and `- key:value`; `-key: value`. The group is
// the indicator. What follows a colon and begins with a slash is rather a URL.
var (
	gluedColon = lazy(`^ *(?:- +)*[A-Za-z0-9_.-]+(:)[^\s/]`)
	gluedDash  = lazy(`^ *(-)[A-Za-z][A-Za-z0-9_.]*:(?: |\r?\n)`)
)

// glued is the problem of an indicator at an offset that lacks the space after it.
func (p problem) glued(data []byte, indicator int) (int, problem) {
	c := string(data[indicator])
	p.message, p.hint = "expected a space after this `"+c+"`", "write `key: value`"
	if c == "-" {
		p.hint = "write `- key: value`"
	}
	p.edits = []edit{{offset: indicator + 1, new: " "}}
	return indicator, p
}

// gluedBefore finds the indicator without a space on the line before offset's, if the keys of the two lines then begin in
// the same column: without the space the line is one value, or one key, to YAML, and the fault shows only at the next key.
func gluedBefore(data []byte, offset int) (int, bool) {
	begin := bytes.LastIndexByte(data[:offset], '\n') + 1
	if begin == 0 {
		return 0, false
	}
	before := bytes.LastIndexByte(data[:begin-1], '\n') + 1
	column := firstText(data, begin) - begin
	if m := gluedDash().FindSubmatchIndex(data[before:begin]); m != nil && m[2]+len("- ") == column {
		return before + m[2], true
	}
	if m := gluedColon().FindSubmatchIndex(data[before:begin]); m != nil && keyColumn(data[before:begin]) == column {
		return before + m[2], true
	}
	return 0, false
}

// keyColumn gives the offset in a line of what follows its indentation and the dashes of list items.
func keyColumn(line []byte) int {
	rest := bytes.TrimLeft(line, " ")
	for bytes.HasPrefix(rest, []byte("- ")) {
		rest = bytes.TrimLeft(rest[len("- "):], " ")
	}
	return len(line) - len(rest)
}
