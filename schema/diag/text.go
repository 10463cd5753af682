package diag

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// WriteText writes a list for people, in its order:
//
//	pipeline.yaml:12:7: error: unknown field `imge` in algo `resize`; did you mean `image`? [field-unknown]
//	   12 |       imge: ghcr.io/acme/resize:2.1
//	      |       ^~~~
//	  hint: ...
//	  other.yaml:3:5: it stands here first
//
// sources holds the bytes of files by Pos.File; a file that is not in it gets no snippet. What a terminal would not
// print as a character stands as U+FFFD. The error is w's.
func WriteText(w io.Writer, list List, sources map[string][]byte, color bool) error {
	t := textWriter{out: bufio.NewWriter(w), sources: sources, lines: map[string][][]byte{}}
	if color {
		t.style = ansi
	}
	for i := range list {
		t.diagnostic(&list[i])
	}
	return t.out.Flush()
}

// style is how a part of the text looks.
type style string

// SGR parameters (ECMA-48 section 8.3.117).
const (
	bold   style = "1"
	red    style = "1;31"
	yellow style = "1;33"
	green  style = "1;32"
	dim    style = "2"
)

func ansi(s style, text string) string { return "\x1b[" + string(s) + "m" + text + "\x1b[0m" }

type textWriter struct {
	out     *bufio.Writer
	sources map[string][]byte
	// lines caches the lines of each file that was needed.
	lines map[string][][]byte
	// style is nil for plain text.
	style func(style, string) string
}

func (t *textWriter) styled(s style, text string) string {
	if t.style == nil {
		return text
	}
	return t.style(s, text)
}

// printf writes; the buffer keeps the first error for Flush.
func (t *textWriter) printf(format string, args ...any) { _, _ = fmt.Fprintf(t.out, format, args...) }

func (t *textWriter) diagnostic(d *Diagnostic) {
	tint := red
	if d.Severity == Warning {
		tint = yellow
	}
	if place := printable(d.Pos.String()); place != "" {
		t.printf("%s ", t.styled(bold, place+":"))
	}
	t.printf("%s %s", t.styled(tint, d.Severity.String()+":"), printable(d.Message))
	if d.Code != "" {
		t.printf(" %s", t.styled(dim, "["+printable(string(d.Code))+"]"))
	}
	t.printf("\n")
	t.snippet(d.Pos)
	if d.Hint != "" {
		t.printf("  %s %s\n", t.styled(green, "hint:"), printable(d.Hint))
	}
	for _, r := range d.Related {
		t.printf("  %s %s\n", t.styled(bold, printable(r.Pos.String())+":"), printable(r.Message))
	}
}

// snippet writes the source line of a place and a caret under its token.
func (t *textWriter) snippet(pos Pos) {
	line, ok := t.line(pos)
	if !ok || strings.TrimSpace(line) == "" {
		return
	}
	number := fmt.Sprintf("%5d", pos.Line)
	if pos.Col < 1 {
		t.printf("%s %s\n", t.styled(dim, number+" |"), cut([]rune(line), 0).text)
		return
	}
	c := cut([]rune(line), pos.Col-1)
	mark := "^" + strings.Repeat("~", max(0, tokenLength(c.after)-1))
	t.printf("%s %s\n", t.styled(dim, number+" |"), c.text)
	t.printf("%s %s%s\n", t.styled(dim, strings.Repeat(" ", len(number))+" |"), c.pad, t.styled(green, mark))
}

// line gives a line of a file without its break, made printable.
func (t *textWriter) line(pos Pos) (string, bool) {
	data, known := t.sources[pos.File]
	if !known || !pos.IsValid() {
		return "", false
	}
	lines, split := t.lines[pos.File]
	if !split {
		lines = splitLines(data)
		t.lines[pos.File] = lines
	}
	if pos.Line > len(lines) {
		return "", false
	}
	return printable(string(lines[pos.Line-1])), true
}

// splitLines splits at LF, CR LF and CR, as YAML does, and leaves out a byte order mark.
func splitLines(data []byte) [][]byte {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	var lines [][]byte
	for len(data) > 0 {
		i := bytes.IndexAny(data, "\r\n")
		if i < 0 {
			break
		}
		lines = append(lines, data[:i])
		if data[i] == '\r' && i+1 < len(data) && data[i+1] == '\n' {
			i++
		}
		data = data[i+1:]
	}
	return append(lines, data)
}

// printable replaces each character that a terminal would act on, rather than print, such as an escape or a reversal
// of the text's direction. Tabs stay.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
