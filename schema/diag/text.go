package diag

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// WriteText writes a list for people, in its order:
//
//	pipeline.yaml:12:7: error: algo `resize` is defined twice [node-duplicate]
//	   12 |     - name: resize
//	      |             ^~~~~~
//	  hint: ...
//	  mend: write `resize-2`
//	  other.yaml:3:5: it stands here first
//	    3 |     - name: resize
//	      |             ^~~~~~
//
// The mend is left out where the words already show it, or where it is more than one short edit.
// sources holds the bytes of files by Pos.File; a file that is not in it gets no snippet. What a terminal would not
// print as a character stands as U+FFFD. The error is w's.
func WriteText(w io.Writer, list List, sources map[string][]byte, color bool) error {
	t := newTextWriter(w, sources, color)
	for i := range list {
		t.diagnostic(&list[i])
	}
	return t.out.Flush()
}

// WriteSnippet writes the source line of a place with a caret under its token, as WriteText has them below a finding;
// nothing where the place is not in sources. The error is w's.
func WriteSnippet(w io.Writer, pos Pos, sources map[string][]byte, color bool) error {
	t := newTextWriter(w, sources, color)
	t.snippet(pos)
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
	sources *sourceLines
	// style is nil for plain text.
	style func(style, string) string
}

func newTextWriter(w io.Writer, sources map[string][]byte, color bool) *textWriter {
	t := &textWriter{out: bufio.NewWriter(w), sources: newSourceLines(sources)}
	if color {
		t.style = ansi
	}
	return t
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
	if text := d.mendText(); text != "" {
		t.printf("  %s %s\n", t.styled(green, "mend:"), text)
	}
	t.related(d)
}

// related writes the other places, each with its line unless that has just been shown.
func (t *textWriter) related(d *Diagnostic) {
	shown := map[Pos]bool{d.Pos: true}
	for _, r := range d.Related {
		place := printable(r.Pos.String())
		if place != "" {
			place = t.styled(bold, place+":") + " "
		}
		t.printf("  %s%s\n", place, printable(r.Message))
		if !shown[r.Pos] {
			t.snippet(r.Pos)
		}
		shown[r.Pos] = true
	}
}

// maxMend is how many characters of a mend fit into a line beside its words.
const maxMend = 80

// mendText says a mend that one look takes in and that neither hint nor message shows; else it is empty.
func (d *Diagnostic) mendText() string {
	if len(d.Mends) != 1 {
		return ""
	}
	m := d.Mends[0]
	if m.New == "" || len(m.New) > maxMend || strings.ContainsAny(m.Old+m.New, "\r\n") {
		return ""
	}
	if quoted := "`" + m.New + "`"; strings.Contains(d.Hint, m.New) || strings.Contains(d.Message, quoted) {
		return ""
	}
	verb := "write"
	if m.Old == "" {
		verb = "insert"
	}
	return verb + " `" + printable(m.New) + "`"
}

// snippet writes the source line of a place and a caret under its token.
func (t *textWriter) snippet(pos Pos) {
	line, ok := t.sources.line(pos)
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
