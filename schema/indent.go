package schema

import (
	"bytes"
	"fmt"
)

// aKey is a key at the beginning of a text; the group is its name.
var aKey = lazy(`^["']?([A-Za-z0-9_./-]+)["']? *:(?:[ \r\n]|$)`)

// openKey is a key above a line whose map the line could belong to.
type openKey struct {
	name string
	// column is counted from 1, as is the line; hasValue says that text follows on the same line.
	column, line int
	hasValue     bool
}

// openKeys gives the keys whose maps are open where a line begins, the innermost first, as their indentation has it.
func openKeys(data []byte, begin int) []openKey {
	var out []openKey
	limit := len(data)
	for line := bytes.Count(data[:begin], []byte("\n")); begin > 0 && limit > 0; line-- {
		end := begin
		begin = bytes.LastIndexByte(data[:end-1], '\n') + 1
		text := data[begin:end]
		at := keyColumn(text)
		m := aKey().FindSubmatchIndex(text[at:])
		if m == nil || at >= limit {
			continue
		}
		value := bytes.TrimSpace(text[at+m[1]:])
		out = append(out, openKey{name: string(text[at+m[2] : at+m[3]]), column: at + 1, line: line, hasValue: len(value) > 0 && value[0] != '#'})
		limit = at
		if dash := bytes.IndexByte(text[:at], '-'); dash >= 0 {
			limit = dash + 1
		}
	}
	return out
}

// misplaced looks at a line that does not fit those above it: most often it is indented wrongly.
func (p problem) misplaced(data []byte, offset int) (int, problem) {
	begin := bytes.LastIndexByte(data[:offset], '\n') + 1
	first := firstText(data, begin)
	key := aKey().FindSubmatch(data[first:])
	switch quote, found := quoteAbove(data, begin, offset); {
	case found:
		return quote, p.openQuote()
	case offset < len(data) && (data[offset] == '}' || data[offset] == ']'):
		p.message, p.hint = fmt.Sprintf("this `%c` closes nothing", data[offset]), "remove it, or put the text in quotes if it is meant as text"
	case offset == first && bytes.HasPrefix(data[first:], []byte("- ")) && p.apart(data, begin, first-begin+1):
	case offset == first && bytes.HasPrefix(data[first:], []byte("- ")) && p.library == "did not find expected key":
		p.message, p.hint = "an item of a list cannot stand among the keys of a map", "begin each item of a list with `- `, all in the same column"
	case key == nil:
	case offset == first:
		p.between(string(key[1]), first-begin+1, openKeys(data, begin))
	case p.library == "did not find expected key":
		if bytes.ContainsAny(data[first:offset], `"'`) {
			p.message, p.hint = "text follows the quote that ends this value", "put a text that holds quotes into the other kind of quotes"
		}
	case bytes.Contains(data[first:offset], []byte(": ")):
		p.message, p.hint = "a text that holds `: ` needs quotes", "put the whole text in quotes"
	default:
		if open := openKeys(data, begin); len(open) > 0 && open[0].hasValue && open[0].column < first-begin+1 {
			return first, p.tooDeep(data, begin, first, string(key[1]), open[0])
		}
	}
	return offset, p
}

// apart describes an item of a list in another column than the item before it; it gives false where there is none.
func (p *problem) apart(data []byte, begin, column int) bool {
	line := bytes.Count(data[:begin], []byte("\n"))
	for end := begin; end > 0; line-- {
		above := bytes.LastIndexByte(data[:end-1], '\n') + 1
		first := firstText(data, above)
		if bytes.HasPrefix(data[first:], []byte("- ")) {
			p.message = fmt.Sprintf("this item begins in column %d, the one before it in column %d", column, first-above+1)
			p.hint = fmt.Sprintf("begin all items of a list in the same column: did you mean column %d, as in line %d?", first-above+1, line)
			return first-above+1 != column
		}
		if first < end-1 && first-above < min(column, 2)-1 {
			return false
		}
		end = above
	}
	return false
}

// between describes a key in a column where none of the maps around it has its keys.
func (p *problem) between(key string, column int, open []openKey) {
	var inner, outer *openKey
	for i := range open {
		if open[i].column > column {
			inner = &open[i]
		} else if open[i].column < column && outer == nil {
			outer = &open[i]
		}
	}
	if inner == nil && outer == nil {
		return
	}
	p.message = fmt.Sprintf("`%s` begins in column %d, where no map around it has its keys", clip(key), column)
	switch {
	case outer == nil:
		p.hint = fmt.Sprintf("did you mean column %d, like `%s` in line %d?", inner.column, inner.name, inner.line)
	case inner == nil:
		p.hint = fmt.Sprintf("did you mean column %d, like `%s` in line %d?", outer.column, outer.name, outer.line)
	default:
		p.hint = fmt.Sprintf("did you mean column %d, like `%s` in line %d, or column %d, like `%s` in line %d?",
			inner.column, inner.name, inner.line, outer.column, outer.name, outer.line)
	}
}

// tooDeep describes a key that stands under one that has its value already.
func (p problem) tooDeep(data []byte, begin, first int, key string, above openKey) problem {
	p.message = fmt.Sprintf("`%s` is indented deeper than `%s` in line %d, which has its value already", clip(key), above.name, above.line)
	p.hint = fmt.Sprintf("did you mean column %d, like `%s`?", above.column, above.name)
	excess := edit{offset: begin + above.column - 1, old: string(data[begin+above.column-1 : first])}
	if _, err := decodeYAML(edited(data, []edit{excess})); err == nil {
		p.edits = []edit{excess}
	}
	return p
}

// openQuote is the problem of a quote that is not closed, whatever the library says.
func (p problem) openQuote() problem {
	p.message, p.hint = "this quote is not closed", "close it, or put a text that holds quotes into the other kind of quotes"
	return p
}

// maxQuoteLines is how far above a fault the quote is looked for that is its cause.
const maxQuoteLines = 50

// aQuote is a value that begins with a quote and does not end on its line; the group is the quote.
var aQuote = lazy(`[:-] +(?:"[^"]*|'[^']*)$`)

// quoteAbove finds a quote that is not closed on its own line: at a fault, or above one that lies behind the quote which
// then closes it.
func quoteAbove(data []byte, begin, offset int) (int, bool) {
	if at, ok := quoteWithin(data, offset, min(offset+1, len(data))); ok {
		return at, true
	}
	if !bytes.ContainsAny(data[begin:offset], `"'`) {
		return 0, false
	}
	for range maxQuoteLines {
		if begin == 0 {
			break
		}
		end := begin - 1
		begin = bytes.LastIndexByte(data[:end], '\n') + 1
		line := bytes.TrimRight(data[begin:end], "\r")
		if m := aQuote().FindIndex(line); m != nil {
			return begin + m[0] + bytes.IndexAny(line[m[0]:], `"'`), true
		}
	}
	return 0, false
}

// quoteWithin finds the first quote, from an offset up to an end, that is not closed on its own line.
func quoteWithin(data []byte, offset, end int) (int, bool) {
	for i := offset; i < end; i++ {
		if data[i] != '"' && data[i] != '\'' || i > offset && bytes.IndexByte([]byte(" \t\n,[{"), data[i-1]) < 0 {
			continue
		}
		close := closingQuote(data, i)
		if j := bytes.IndexByte(data[i:], '\n'); close == len(data) || j >= 0 && i+j < close {
			return i, true
		}
		i = close
	}
	return 0, false
}
