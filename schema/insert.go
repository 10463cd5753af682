package schema

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Insert gives the edit that puts an entry into a map: behind the others of a map over several lines, with their
// indentation, and in front of those in braces. The value is given as YAML on one line, or on several, of which those
// after the first are indented here. It is false where the text at the map's place is not what the map was read from, as
// with an alias.
func (n *Node) Insert(source []byte, key, value string) (diag.Mend, bool) {
	text := key + ":"
	if !strings.HasPrefix(value, "\n") {
		text += " "
	}
	text += value
	switch {
	case n == nil || n.Kind != Map:
		return diag.Mend{}, false
	case n.flow:
		if len(n.Entries) > 0 {
			text += ", "
		}
		return behindBracket(source, n.Pos, '{', text)
	case len(n.Entries) == 0:
		return diag.Mend{}, false
	default:
		return behindBlock(source, n, n.Entries[0].KeyPos.Col, text)
	}
}

// Append is Insert for an item behind the others of a list. The text does not hold its dash.
func (n *Node) Append(source []byte, item string) (diag.Mend, bool) {
	switch {
	case n == nil || n.Kind != List:
		return diag.Mend{}, false
	case n.flow && len(n.Items) == 0:
		return behindBracket(source, n.Pos, '[', item)
	case n.flow:
		return beforeBracket(source, n, ", "+item)
	case len(n.Items) == 0:
		return diag.Mend{}, false
	}
	starts, _ := lineStarts(source)
	last := n.Items[len(n.Items)-1].Pos
	offset, ok := offsetOf(source, starts, last)
	if !ok {
		return diag.Mend{}, false
	}
	before := string(source[starts[last.Line-1]:offset])
	m := aDash().FindStringSubmatch(before)
	if m == nil {
		return diag.Mend{}, false
	}
	return behindBlock(source, n, len(m[1])+1, "- "+strings.ReplaceAll(item, "\n", "\n  "))
}

// aDash is what stands before an item of a list over several lines; the group is its indentation.
var aDash = lazy(`^( *)-[ \t]+$`)

// IsFlow says that a list or map stands in brackets or braces.
func (n *Node) IsFlow() bool { return n.flow }

// Rewrite gives the edit that puts another scalar in the place of this one, in its quotes; false where what stands in the
// file cannot be told from the value.
func (n *Node) Rewrite(by *Node) (diag.Mend, bool) {
	old, ok := n.form.written(n.Text)
	if !ok || !isScalar(n) || !isScalar(by) {
		return diag.Mend{}, false
	}
	text := by.Flow()
	if by.Kind == String && n.form != plain && !strings.ContainsAny(by.Text, "\\\"'\n\r\t") {
		text = n.form.rewritten(by.Text)
	}
	return diag.Mend{Pos: n.Pos, Old: old, New: text}, true
}

// behindBracket puts a text behind the bracket at a place.
func behindBracket(source []byte, pos diag.Pos, bracket byte, text string) (diag.Mend, bool) {
	starts, _ := lineStarts(source)
	offset, ok := offsetOf(source, starts, pos)
	if !ok || offset >= len(source) || source[offset] != bracket {
		return diag.Mend{}, false
	}
	pos.Col++
	return diag.Mend{Pos: pos, New: text}, true
}

// beforeBracket puts a text behind the last item of a list in brackets.
func beforeBracket(source []byte, n *Node, text string) (diag.Mend, bool) {
	starts, _ := lineStarts(source)
	offset, ok := offsetOf(source, starts, n.Pos)
	if !ok || offset >= len(source) || source[offset] != '[' {
		return diag.Mend{}, false
	}
	end := flowEnd(source, offset)
	if end < 0 {
		return diag.Mend{}, false
	}
	item := offset + len(bytes.TrimRight(source[offset:end], " \t\r\n"))
	if source[item-1] == ',' { // one that ends the list
		text = strings.TrimPrefix(text, ",") + ","
	}
	return diag.Mend{Pos: posAt(n.Pos.File, source, item), New: text}, true
}

// flowEnd gives the offset of the bracket that closes the one at an offset, -1 where there is none, or where a comment
// stands between: what is put behind it would be lost.
func flowEnd(source []byte, offset int) int {
	depth := 0
	for i := offset; i < len(source); i++ {
		switch source[i] {
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return i
			}
		case '#':
			if source[i-1] == ' ' || source[i-1] == '\t' || source[i-1] == '\n' {
				return -1
			}
		case '"', '\'':
			if i = quoteEnd(source, i); i < 0 {
				return -1
			}
		}
	}
	return -1
}

// quoteEnd gives the offset of the quote that closes the one at an offset, -1 for none. One within a word is none itself.
func quoteEnd(source []byte, offset int) int {
	quote := source[offset]
	if offset > 0 && bytes.IndexByte([]byte(" \t\r\n[{,:"), source[offset-1]) < 0 {
		return offset
	}
	for i := offset + 1; i < len(source); i++ {
		switch {
		case source[i] == '\\' && quote == '"':
			i++
		case source[i] == quote && quote == '\'' && i+1 < len(source) && source[i+1] == quote:
			i++
		case source[i] == quote:
			return i
		}
	}
	return -1
}

// behindBlock puts lines behind those of a list or map over several lines, whose dashes or keys stand in a column.
func behindBlock(source []byte, n *Node, column int, text string) (diag.Mend, bool) {
	starts, _ := lineStarts(source)
	last := lastLine(n)
	if last > len(starts) {
		return diag.Mend{}, false
	}
	line := func(number int) []byte {
		end := len(source)
		if number < len(starts) {
			end = starts[number]
		}
		return bytes.TrimRight(source[starts[number-1]:end], "\r\n")
	}
	for number := last + 1; number <= len(starts); number++ {
		rest := bytes.TrimLeft(line(number), " ")
		if len(bytes.TrimSpace(rest)) == 0 {
			continue // within a block of text, if one goes on behind it
		}
		indent, closes := len(line(number))-len(rest), rest[0] == ']' || rest[0] == '}'
		if indent < column-1 || indent == column-1 && !closes || rest[0] == '#' {
			break
		}
		last = number
	}
	indent := "\n" + strings.Repeat(" ", column-1)
	at := diag.Pos{File: n.Pos.File, Line: last, Col: utf8.RuneCount(line(last)) + 1}
	return diag.Mend{Pos: at, New: indent + strings.ReplaceAll(text, "\n", indent)}, true
}

// lastLine is the last line on which something of a value begins.
func lastLine(n *Node) int {
	last := n.Pos.Line
	for _, item := range n.Items {
		last = max(last, lastLine(item))
	}
	for _, e := range n.Entries {
		last = max(last, e.KeyPos.Line, lastLine(e.Value))
	}
	return last
}
