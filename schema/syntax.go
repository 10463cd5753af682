package schema

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// problem is one fault that the YAML library reports, in words that say what the user did and how to mend it.
type problem struct {
	// library is a part of the library's message, said the whole of it.
	library, said string
	code          diag.Code
	message       string
	hint          string
	// unclosed is a fault whose place is where something begins that does not end.
	unclosed bool
	// flow is a fault of a list in brackets or a map in braces.
	flow bool
	// escape is a fault of a backslash within double quotes.
	escape bool
	// edits mend the text, where it is plain how.
	edits []edit
}

// edit replaces the text old, which stands at an offset.
type edit struct {
	offset   int
	old, new string
}

// What is said of brackets and braces that are not closed.
const (
	openList     = "this list is not closed"
	openListHint = "separate its items by commas and close it with `]`"
	openMap      = "this map is not closed"
	openMapHint  = "separate its entries by commas and close it with `}`"
)

// problems are looked through in order.
func problems() []problem {
	const indent = "check the indentation: the keys of one map begin in the same column, and so do the items of one list"
	return []problem{
		{library: "found a tab", code: CodeYAMLSyntax, message: "found a tab where spaces indent", hint: "YAML indents with spaces only"},
		{library: "cannot start any token", code: CodeYAMLSyntax, message: "this character cannot begin a value", hint: "put the value in quotes"},
		{library: "mapping values are not allowed", code: CodeYAMLSyntax, message: "found `:` where no key can stand", hint: "put a text that holds `: ` in quotes, or " + indent},
		{library: "mapping keys are not allowed", code: CodeYAMLSyntax, message: "a key cannot begin here", hint: indent},
		{library: "sequence entries are not allowed", code: CodeYAMLSyntax, message: "a list cannot begin here", hint: "put its `-` on a line of its own, below the key"},
		{library: "did not find expected key", code: CodeYAMLSyntax, message: "expected a key here, or the end of the map", hint: indent},
		{library: "did not find expected '-' indicator", code: CodeYAMLSyntax, message: "expected `-` here, or the end of the list", hint: indent},
		{library: "could not find expected ':'", code: CodeYAMLSyntax, message: "expected `:` after this key", hint: "write `key: value`, with a space after the colon", unclosed: true},
		{library: "expected ',' or ']'", code: CodeYAMLSyntax, message: openList, hint: openListHint, unclosed: true, flow: true},
		{library: "expected ',' or '}'", code: CodeYAMLSyntax, message: openMap, hint: openMapHint, unclosed: true, flow: true},
		{library: "unexpected end of stream", code: CodeYAMLSyntax, message: "this quote is not closed", hint: "close it, or put a text that holds quotes into the other kind of quotes", unclosed: true},
		{library: "unexpected document indicator", code: CodeYAMLSyntax, message: "this quote is not closed before the next document", hint: "close it, or indent its lines", unclosed: true},
		{library: "unknown escape character", code: CodeYAMLSyntax, message: "this is no escape that double quotes know", hint: "write `\\\\` for a backslash, or use single quotes, where it has no meaning", unclosed: true, escape: true},
		{library: "hexdecimal number", code: CodeYAMLSyntax, message: "this escape lacks its digits", hint: "write `\\\\` for a backslash, or use single quotes, where it has no meaning", unclosed: true, escape: true},
		{library: "Unicode character escape", code: CodeYAMLSyntax, message: "this escape is no character", hint: "write `\\\\` for a backslash, or use single quotes, where it has no meaning", unclosed: true, escape: true},
		{library: "alphabetic or numeric character", code: CodeYAMLSyntax, message: "`*` and `&` begin an alias and an anchor, and no name follows", hint: "put the value in quotes if the character is meant as text"},
		{library: "unknown anchor", code: CodeYAMLAlias, message: "unknown anchor", hint: "an alias refers to an anchor (`&name`) that stands earlier in the same document; text that begins with `*` needs quotes"},
		{library: "expected <document start>", code: CodeYAMLSyntax, message: "expected the end of the document here", hint: "put `---` on a line of its own between documents, and " + indent},
		{library: "expected node content", code: CodeYAMLSyntax, message: "expected a value here", hint: "put the value in quotes if the character is meant as text", flow: true},
		{library: "exceeded max depth", code: CodeYAMLDepth, message: "the value is nested too deep"},
		{library: "undefined tag handle", code: CodeYAMLTag, message: "unknown tag", hint: "put the value in quotes if the `!` is meant as text"},
		{library: "indentation indicator equal to 0", code: CodeYAMLSyntax, message: "a block of text cannot be indented by 0", hint: "leave the number out"},
	}
}

var libraryMessage = lazy(`(?s)^yaml: (?:line (\d+): )?(.*)$`)

// describeSyntax turns what the YAML library says into a finding. The library gives a line at best, often that of the
// construct around the fault, so the place is found anew.
func describeSyntax(file string, data []byte, err error) diag.Diagnostic {
	line, text := 0, err.Error()
	if m := libraryMessage().FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = m[2]
	}
	found := problem{code: CodeYAMLSyntax, message: "this is not YAML: " + clean(text, maxForeign)}
	for _, p := range problems() {
		if strings.Contains(text, p.library) {
			found = p
			break
		}
	}
	found.said = text
	offset, found := refine(data, locate(data, found, line), found)
	d := diag.Diagnostic{Code: found.code, Severity: diag.Error, Pos: posAt(file, data, offset), Message: found.message, Hint: found.hint}
	for _, e := range found.edits {
		d.WithMend(posAt(file, data, e.offset), e.old, e.new)
	}
	return d
}

// Bounds on the search for the place of a fault: the bytes that are parsed, and how often. What opens a flow list or map
// counts as more than a byte, since the library spends that much on it.
const (
	searchBytes  = 4 << 20
	searchTries  = 150
	openingBytes = 50
)

// locate gives the offset of a fault. The text up to there is YAML, and with one more character it is not: that is
// where a reader would say that it goes wrong. For what is not closed, it is where the open construct begins. In a text
// too large to search it is the beginning of the line.
func locate(data []byte, p problem, line int) int {
	end := consumed(data)
	if p.code == CodeYAMLDepth {
		return max(0, end-1)
	}
	s := search{data: data, bytes: searchBytes, tries: searchTries}
	if p.unclosed {
		// The library's line is that of the construct's beginning, or one before it; it is 0 for the first line.
		for _, candidate := range []int{line, line + 1} {
			begin, stop := lineBounds(data, candidate)
			if stop <= end && s.parses(begin) && !s.parses(stop) {
				return s.firstFault(begin, stop)
			}
		}
	}
	for end > 0 {
		begin := bytes.LastIndexByte(data[:end], '\n') + 1
		if s.parses(begin) {
			return s.firstFault(begin, end)
		}
		if s.spent() {
			return firstText(data, begin)
		}
		end = begin - 1
	}
	return 0
}

// search tries beginnings of a text, within bounds.
type search struct {
	data         []byte
	bytes, tries int
}

func (s *search) spent() bool { return s.bytes < 0 || s.tries < 0 }

// parses says whether the first n bytes are YAML; once the search is spent it says no.
func (s *search) parses(n int) bool {
	opening := bytes.Count(s.data[:n], []byte("[")) + bytes.Count(s.data[:n], []byte("{"))
	s.bytes -= n + opening*openingBytes
	s.tries--
	if s.spent() {
		return false
	}
	_, err := decodeYAML(s.data[:n])
	return err == nil
}

// firstFault gives the last offset between begin, up to which the text parses, and end such that it parses up to there.
func (s *search) firstFault(begin, end int) int {
	for at := end; at > begin; {
		_, size := utf8.DecodeLastRune(s.data[begin:at])
		at -= size
		if s.parses(at) {
			return at
		}
		if s.spent() {
			return firstText(s.data, begin)
		}
	}
	return begin
}

// lineBounds gives the offsets of the begin and end (without its break) of a line, counted from 1; 0 is the first too.
func lineBounds(data []byte, line int) (begin, end int) {
	for range line - 1 {
		i := bytes.IndexByte(data[begin:], '\n')
		if i < 0 {
			break
		}
		begin += i + 1
	}
	if i := bytes.IndexByte(data[begin:], '\n'); i >= 0 {
		return begin, begin + i
	}
	return begin, len(data)
}

// firstText gives the offset of the first character of a line that is not a blank.
func firstText(data []byte, begin int) int {
	return begin + len(data[begin:]) - len(bytes.TrimLeft(data[begin:], " "))
}
