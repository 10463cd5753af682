package schema

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// allowWord begins an allow comment.
const allowWord = "pipelinectl:allow"

// aHash is where a comment may begin; anAllow is the beginning of one that allows, the group being what it says.
var (
	aHash   = lazy(`(?:^|[ \t])(#)`)
	anAllow = lazy(`^#[ \t]*` + allowWord + `(?:[ \t]+(.*))?$`)
)

// comment is an allow comment of a file.
type comment struct {
	// line and column are counted from 1, the column in characters; isAlone says that nothing else stands on the line.
	line, column int
	isAlone      bool
	// text is what follows allowWord.
	text string
}

// allowComments finds the allow comments of a text. Whether a `#` begins a comment or stands within a value only the
// YAML library knows for sure, and it does not say where the comments are: so each `#` in question gets a mark behind it,
// and those whose mark shows up in a value are none.
func allowComments(data []byte) []comment {
	if !bytes.Contains(data, []byte(allowWord)) {
		return nil
	}
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	var marked bytes.Buffer
	var hashes []comment
	number := 0
	for line := range bytes.SplitSeq(normalBreaks(data), []byte("\n")) {
		number++
		if number > 1 {
			marked.WriteByte('\n')
		}
		done := 0
		if bytes.Contains(line, []byte(allowWord)) {
			for _, m := range aHash().FindAllSubmatchIndex(line, -1) {
				at := m[2]
				marked.Write(line[done : at+1])
				marked.WriteString(mark(len(hashes)))
				done = at + 1
				hashes = append(hashes, comment{
					line: number, column: utf8.RuneCount(line[:at]) + 1, isAlone: len(bytes.TrimSpace(line[:at])) == 0, text: string(line[at:]),
				})
			}
		}
		marked.Write(line[done:])
	}
	inValue, ok := marksInValues(marked.Bytes())
	if !ok {
		return nil
	}
	var out []comment
	commented := 0 // the line whose comment has begun
	for i, c := range hashes {
		if inValue[i] || c.line == commented {
			continue
		}
		commented = c.line
		if m := anAllow().FindStringSubmatch(c.text); m != nil {
			c.text = strings.TrimSpace(m[1])
			out = append(out, c)
		}
	}
	return out
}

// normalBreaks gives a text whose lines all end with LF.
func normalBreaks(data []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
}

// aMark is a number between two characters of Unicode's private use area.
var aMark = lazy("\uE000([0-9]+)\uE000")

func mark(i int) string { return fmt.Sprintf("\uE000%d\uE000", i) }

// marksInValues gives the marks that stand in keys and values of a text; false when it is no YAML.
func marksInValues(data []byte) (map[int]bool, bool) {
	docs, err := decodeYAML(data)
	if err != nil {
		return nil, false
	}
	found := map[int]bool{}
	var walk func(nodes []*yaml.Node)
	walk = func(nodes []*yaml.Node) {
		for _, n := range nodes {
			for _, m := range aMark().FindAllStringSubmatch(n.Value, -1) {
				if i, err := strconv.Atoi(m[1]); err == nil {
					found[i] = true
				}
			}
			walk(n.Content)
		}
	}
	walk(docs)
	return found, true
}
