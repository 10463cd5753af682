package diag

import (
	"bytes"
	"strings"
	"testing"
)

func at(file string, line, col int) Pos { return Pos{File: file, Line: line, Col: col} }

func text(t *testing.T, list List, sources map[string][]byte, color bool) string {
	t.Helper()
	var out bytes.Buffer
	if err := WriteText(&out, list, sources, color); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWriteText(t *testing.T) {
	sources := map[string][]byte{
		"a.yaml": []byte("\uFEFFa: 1\r\n\tb: [é, \"x y\", z]\rc: 3\n\n# " + strings.Repeat("-", 200) + "\n" + strings.Repeat("x", 100) + " here " + strings.Repeat("y", 200)),
	}
	for _, test := range []struct {
		name string
		d    Diagnostic
		want string
	}{
		{"everything", Diagnostic{Code: "field-unknown", Severity: Error, Pos: at("a.yaml", 1, 1), Message: "unknown field", Hint: "did you mean it?", Related: []Related{{at("b.yaml", 3, 4), "it is here"}}},
			"a.yaml:1:1: error: unknown field [field-unknown]\n    1 | a: 1\n      | ^\n  hint: did you mean it?\n  b.yaml:3:4: it is here\n"},
		{"a tab before", Diagnostic{Severity: Warning, Pos: at("a.yaml", 2, 6), Message: "m"},
			"a.yaml:2:6: warning: m\n    2 | \tb: [é, \"x y\", z]\n      | \t    ^\n"},
		{"a quoted token", Diagnostic{Severity: Error, Pos: at("a.yaml", 2, 9), Message: "m"},
			"a.yaml:2:9: error: m\n    2 | \tb: [é, \"x y\", z]\n      | \t       ^~~~~\n"},
		{"behind the end", Diagnostic{Severity: Error, Pos: at("a.yaml", 3, 5), Message: "m"},
			"a.yaml:3:5: error: m\n    3 | c: 3\n      |     ^\n"},
		{"far behind the end", Diagnostic{Severity: Error, Pos: at("a.yaml", 3, 500), Message: "m"},
			"a.yaml:3:500: error: m\n    3 | c: 3\n      |     ^\n"},
		{"an empty line", Diagnostic{Severity: Error, Pos: at("a.yaml", 4, 1), Message: "m"}, "a.yaml:4:1: error: m\n"},
		{"no column", Diagnostic{Severity: Error, Pos: at("a.yaml", 3, 0), Message: "m"}, "a.yaml:3: error: m\n    3 | c: 3\n"},
		{"no line", Diagnostic{Severity: Error, Pos: at("a.yaml", 0, 0), Message: "m"}, "a.yaml: error: m\n"},
		{"no place", Diagnostic{Severity: Error, Message: "m"}, "error: m\n"},
		{"no such line", Diagnostic{Severity: Error, Pos: at("a.yaml", 99, 1), Message: "m"}, "a.yaml:99:1: error: m\n"},
		{"no such file", Diagnostic{Severity: Error, Pos: at("b.yaml", 1, 1), Message: "m"}, "b.yaml:1:1: error: m\n"},
		{"a wide line", Diagnostic{Severity: Error, Pos: at("a.yaml", 5, 1), Message: "m"},
			"a.yaml:5:1: error: m\n    5 | # " + strings.Repeat("-", 108) + "...\n      | ^\n"},
		{"the middle of a wide line", Diagnostic{Severity: Error, Pos: at("a.yaml", 6, 102), Message: "m"},
			"a.yaml:6:102: error: m\n    6 | ..." + strings.Repeat("x", 39) + " here " + strings.Repeat("y", 65) + "...\n      | " + strings.Repeat(" ", 43) + "^~~~\n"},
		{"two places, one of them twice", Diagnostic{Severity: Error, Pos: at("a.yaml", 1, 1), Message: "m", Related: []Related{{at("a.yaml", 3, 1), "r"}, {at("a.yaml", 3, 1), "s"}, {at("a.yaml", 1, 1), "here"}, {Pos{}, "nowhere"}}},
			"a.yaml:1:1: error: m\n    1 | a: 1\n      | ^\n  a.yaml:3:1: r\n    3 | c: 3\n      | ^\n  a.yaml:3:1: s\n  a.yaml:1:1: here\n  nowhere\n"},
		{"a path of Windows", Diagnostic{Severity: Error, Pos: at(`C:\x\a.yaml`, 1, 1), Message: "m", Related: []Related{{at(`x\b.yaml`, 1, 0), "r"}}}, "C:/x/a.yaml:1:1: error: m\n  x/b.yaml:1: r\n"},
		{"what a terminal would act on", Diagnostic{Severity: Error, Pos: at("\x1b[2J", 1, 1), Message: "a\nb\x1b[31m\u202ec\xff"}, "\uFFFD[2J:1:1: error: a\uFFFDb\uFFFD[31m\uFFFDc\uFFFD\n"},
	} {
		if got := text(t, List{test.d}, sources, false); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}

// TestMends demands that a mend is shown where it says more than the hint, in one short line.
func TestMends(t *testing.T) {
	for _, test := range []struct {
		name, hint string
		mends      []Mend
		want       string
	}{
		{"one", "", []Mend{{at("a", 1, 1), "imge", "image"}}, "  mend: write `image`\n"},
		{"an insertion", "quote it", []Mend{{at("a", 1, 1), "", "- "}}, "  hint: quote it\n  mend: insert `- `\n"},
		{"as the hint says", "did you mean `image`?", []Mend{{at("a", 1, 1), "imge", "image"}}, "  hint: did you mean `image`?\n"},
		{"as the message says", "", []Mend{{at("a", 1, 1), "imgae", "img"}}, ""},
		{"a removal", "remove it", []Mend{{at("a", 1, 1), "imge", ""}}, "  hint: remove it\n"},
		{"several", "", []Mend{{at("a", 1, 1), "a", "b"}, {at("a", 2, 1), "a", "b"}}, ""},
		{"several lines", "", []Mend{{at("a", 1, 1), "a", "b\nc"}}, ""},
		{"a long one", "", []Mend{{at("a", 1, 1), "a", strings.Repeat("b", maxMend+1)}}, ""},
	} {
		got := text(t, List{{Severity: Error, Message: "not `img`", Hint: test.hint, Mends: test.mends}}, nil, false)
		if want := "error: not `img`\n" + test.want; got != want {
			t.Errorf("%s: %q, want %q", test.name, got, want)
		}
	}
}

func TestWriteTextInColor(t *testing.T) {
	list := List{{Code: "c", Severity: Error, Pos: at("a", 1, 1), Message: "m", Hint: "h"}}
	sources := map[string][]byte{"a": []byte("x: 1")}
	colored := text(t, list, sources, true)
	if !strings.Contains(colored, "\x1b[1;31merror:\x1b[0m") {
		t.Errorf("no colour in %q", colored)
	}
	plain := strings.NewReplacer("\x1b[0m", "", "\x1b[1m", "", "\x1b[2m", "", "\x1b[1;31m", "", "\x1b[1;32m", "").Replace(colored)
	if want := text(t, list, sources, false); plain != want {
		t.Errorf("colour changes the text: %q, want %q", plain, want)
	}
}

func TestTokenLength(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "image: x": 5, "image:": 5, "ghcr.io/a:b c": 11, "a, b": 1, "a]": 1, "'it''s' x": 4, `"a\"b" x`: 6, `"open`: 5, "[a]": 1, ": x": 1, "a[b]": 1,
	} {
		if got := tokenLength([]rune(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
