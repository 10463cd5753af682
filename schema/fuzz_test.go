package schema

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// FuzzParse checks for any bytes that parsing and validating does not panic, that every place is in the file, and that
// every finding is fit to be shown.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "\n", "---\n...\n", "a: 1\r\nb: [\r", "\uFEFFa: é\n", "a:\n\tb: 1\n", "a: &x [*x]\n", "a: &x {b: 1}\nc: {<<: [*x, *x]}\n",
		"? [a]\n: b\n", "a: |2\n    x\n", "a: \"\\u00e9\\q\"\n", "\xff\xfe", "a: \xc3\x28", "%YAML 1.2\n---\na\n", "a: !!int 0o8\n", "- - -\n - x\n", "!%09",
		"key:value\nb: 1\n", "[[[[", "a: {b: [1, 2}\n", laughs(4), header + "  types: {A: {}}\n  algos: [{name: a, imge: b, http: {prot: '8'}}]\n",
		"apiVersion: pipelinectl.dev/v1alpha1\nkind: Environment\nmetadata: {name: a}\nspec:\n  overrides: [{match: {}, set: {http: [1]}}]\n",
	} {
		f.Add([]byte(seed))
	}
	set := NewSet(fakeFragments()...)
	f.Fuzz(func(t *testing.T, data []byte) {
		docs, list := Parse("f.yaml", data)
		for _, d := range append(list, set.ValidateAll(docs)...) {
			checkFinding(t, data, d)
		}
		for _, doc := range docs {
			checkTree(t, data, doc.Root)
		}
	})
}

func checkFinding(t *testing.T, data []byte, d diag.Diagnostic) {
	t.Helper()
	checkPlace(t, data, d.Pos)
	for _, r := range d.Related {
		checkPlace(t, data, r.Pos)
	}
	if d.Code == "" || d.Severity != diag.Error && d.Severity != diag.Warning || d.Message == "" {
		t.Errorf("incomplete finding: %+v", d)
	}
	for _, text := range []string{d.Message, d.Hint} {
		if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) || !utf8.ValidString(text) {
			t.Errorf("not one clean line: %q", text)
		}
	}
}

// checkPlace checks that a place is a character of the text, or just behind the end of a line.
func checkPlace(t *testing.T, data []byte, pos diag.Pos) {
	t.Helper()
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(bytes.TrimPrefix(data, []byte(byteOrderMark))))
	lines := strings.Split(text, "\n")
	if pos.File != "f.yaml" || pos.Line < 1 || pos.Line > len(lines) {
		t.Fatalf("%v is no place in a text of %d lines", pos, len(lines))
	}
	if length := utf8.RuneCountInString(lines[pos.Line-1]); pos.Col < 1 || pos.Col > length+1 {
		t.Fatalf("%v is no place in a line of %d characters", pos, length)
	}
}

func checkTree(t *testing.T, data []byte, n *Node) {
	t.Helper()
	if n.Kind < Null || n.Kind > Map {
		t.Fatalf("a value without kind at %v", n.Pos)
	}
	checkPlace(t, data, n.Pos)
	for _, item := range n.Items {
		checkTree(t, data, item)
	}
	seen := map[string]bool{}
	for _, e := range n.Entries {
		if seen[e.Key] {
			t.Errorf("the key %q is there twice", e.Key)
		}
		seen[e.Key] = true
		checkPlace(t, data, e.KeyPos)
		checkTree(t, data, e.Value)
	}
}
