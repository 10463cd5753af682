package schema

import (
	"errors"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

func mendAt(line, col int, old, new string) diag.Mend {
	return diag.Mend{Pos: diag.Pos{Line: line, Col: col}, Old: old, New: new}
}

func TestMend(t *testing.T) {
	for _, test := range []struct {
		name, text, want string
		mends            []diag.Mend
	}{
		{"nothing", "a: 1", "a: 1", nil},
		{"no line end at the end", "a: 1\nb: 2", "a: 1\nb: \"2\"", []diag.Mend{mendAt(2, 4, "2", `"2"`)}},
		{"in any order", "aa: 1\nb: 2\n", "x: 1\nb:  3\n", []diag.Mend{mendAt(2, 4, "2", "3"), mendAt(1, 1, "aa", "x"), mendAt(2, 3, "", " ")}},
		{"CR LF and a byte order mark", "\uFEFFa: 1\r\n  b: é2\r\n", "\uFEFFx: 1\r\nspec:\r\n  b: é3\r\n",
			[]diag.Mend{mendAt(1, 1, "a", "x"), mendAt(2, 1, "", "spec:\n"), mendAt(2, 7, "2", "3")}},
		{"CR", "a: 1\rb: 2\r", "a: 1\r---\rb: 2\r", []diag.Mend{mendAt(2, 1, "", "---\n")}},
		{"at the very end", "a:", "a: 1\n", []diag.Mend{mendAt(1, 3, "", " 1\n")}},
	} {
		got, err := Mend([]byte(test.text), test.mends)
		if err != nil || string(got) != test.want {
			t.Errorf("%s: %q (%v), want %q", test.name, got, err, test.want)
		}
	}
}

func TestMendRefuses(t *testing.T) {
	for name, mends := range map[string][]diag.Mend{
		"another text":  {mendAt(1, 1, "b", "c")},
		"no such line":  {mendAt(9, 1, "", "c")},
		"no such place": {mendAt(1, 9, "", "c")},
		"no place":      {{Old: "a", New: "b"}},
		"an overlap":    {mendAt(1, 1, "ab", "c"), mendAt(1, 2, "b", "d")},
		"twice":         {mendAt(1, 2, "", "c"), mendAt(1, 2, "", "d")},
	} {
		text := []byte("ab: 1\nc: 2\n")
		got, err := Mend(text, mends)
		if _, ok := errors.AsType[*MendError](err); !ok || got != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if string(text) != "ab: 1\nc: 2\n" {
			t.Errorf("%s: the text itself was changed", name)
		}
	}
}

// FuzzMends checks that each mend of any text's findings fits the text that they were found in, but where a value may go
// over several lines.
func FuzzMends(f *testing.F) {
	for _, m := range mistakes() {
		f.Add([]byte(m.text))
		f.Add([]byte("\uFEFF" + strings.ReplaceAll(m.text, "\n", "\r\n")))
	}
	set := NewSet(fakeFragments()...)
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 10_000 {
			return
		}
		docs, list := Parse("f", text)
		for _, d := range append(list, set.ValidateAll(docs)...) {
			for _, m := range d.Mends {
				if _, err := Mend(text, []diag.Mend{m}); err != nil && !strings.Contains(m.Old, " ") {
					t.Errorf("%s: %q -> %q: %v", d.Message, m.Old, m.New, err)
				}
			}
		}
	})
}
