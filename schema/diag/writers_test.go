package diag

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// full is a writer without room.
type full struct{}

var errFull = errors.New("full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWritersReportErrors(t *testing.T) {
	list := List{{Severity: Error, Message: "m"}}
	for name, write := range map[string]func(io.Writer) error{
		"text":   func(w io.Writer) error { return WriteText(w, list, nil, false) },
		"json":   func(w io.Writer) error { return WriteJSON(w, list) },
		"sarif":  func(w io.Writer) error { return WriteSARIF(w, list, nil, nil) },
		"github": func(w io.Writer) error { return WriteGitHub(w, list, nil) },
		"junit":  func(w io.Writer) error { return WriteJUnit(w, list, nil, nil) },
	} {
		if err := write(full{}); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLineBreaks demands that a file says the same in every form whatever ends its lines.
func TestLineBreaks(t *testing.T) {
	const file = "a.yaml"
	list := List{{
		Code: "c", Severity: Error, Pos: at(file, 2, 4), Message: "m", Related: []Related{{at(file, 3, 1), "r"}},
		Mends: []Mend{{at(file, 2, 4), "imge", "image"}},
	}}
	forms := func(text string) string {
		sources := map[string][]byte{file: []byte(text)}
		var out bytes.Buffer
		if err := errors.Join(WriteText(&out, list, sources, true), WriteJSON(&out, list), WriteSARIF(&out, list, sources, nil),
			WriteGitHub(&out, list, sources), WriteJUnit(&out, list, nil, sources)); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	const text = "# é\na: imge # x\nc: 3\n"
	want := forms(text)
	if !strings.Contains(want, "    2 | a: imge # x\n      |    ^~~~\n") || !strings.Contains(want, `"endColumn": 8`) || !strings.Contains(want, "endColumn=8,") {
		t.Fatalf("the forms are\n%s", want)
	}
	for _, lineBreak := range []string{"\r\n", "\r"} {
		if got := forms(strings.ReplaceAll(text, "\n", lineBreak)); got != want {
			t.Errorf("with %q the forms are\n%s\nwant\n%s", lineBreak, got, want)
		}
	}
}

// FuzzWriters checks that every form is well-formed for any finding and any source.
func FuzzWriters(f *testing.F) {
	f.Add("a.yaml", 1, 2, "message", "hint", "path", "old", []byte("a: 1\n"))
	f.Add("\x1b", -1, 1<<40, "a\r\nb", "\xff", "\u202e", "\r\n", []byte("\xff\x00\r\r\n\u2028"))
	f.Add("a", 2, 3, "", "", "", "", []byte("\r\n\t\tx\u0301\u200b"))
	f.Add(`C:\a b\c::d,e=f.yaml`, 1, 1, "::add-mask::x", "]]></failure>", "%0A{0}[x](y)", "\ufeff", []byte("yaml-"))
	f.Add("//[::1]%zz", 1, 1, "\uFFFE\U000E0001", "&#1;", "\x00", "a\nb", []byte("\"a: \\"))
	f.Fuzz(func(t *testing.T, file string, line, col int, message, hint, path, old string, source []byte) {
		pos := Pos{File: file, Line: line, Col: col}
		list := List{
			{Code: Code(path), Severity: Error, Pos: pos, Path: path, Message: message, Hint: hint, Related: []Related{{pos, message}, {pos, message}}, Mends: []Mend{{pos, old, message}}},
			{Code: "yaml-" + Code(hint), Severity: Error, Message: hint},
		}
		sources := map[string][]byte{file: source}
		checkText(t, text(t, list, sources, false), 11)
		roundTrip(t, list)
		sarif(t, list, sources, func(Code) Rule { return Rule{Summary: message, Description: hint, Help: path} })
		junit(t, list, []string{path}, sources)
		commands := github(t, list, sources)
		if len(commands) != len(list) {
			t.Errorf("%d findings are %d annotations: %q", len(list), len(commands), commands)
		}
		for i, line := range commands {
			if c, err := parseCommand(line); err != nil || !strings.HasPrefix(c.data, printable(list[i].Message)) {
				t.Errorf("%q is read as %+v: %v", line, c, err)
			}
		}
	})
}

// checkText demands a text of at most so many lines, with nothing that a terminal acts on.
func checkText(t *testing.T, text string, lines int) {
	t.Helper()
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) }) {
		t.Errorf("text holds what a terminal acts on: %q", text)
	}
	if n := strings.Count(text, "\n"); n > lines {
		t.Errorf("text has %d lines: %q", n, text)
	}
}
