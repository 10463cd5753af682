package schema

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const header = "apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: a}\nspec:\n"

// numbered repeats a format with 0 to n-1.
func numbered(n int, format string) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, format, i)
	}
	return out.String()
}

// laughs gives lists of nine aliases of the list before, n deep.
func laughs(n int) string {
	out := "a0: &a0 [x]\n"
	for i := range n {
		out += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d,", i), 9))
	}
	return out
}

// indented gives n maps, each in the one before.
func indented(n int) string {
	var out strings.Builder
	for i := range n {
		out.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return out.String()
}

// TestHostile has texts made to exhaust time or memory. Each ends, with the finding that says why it is not read or what is
// wrong with it. What grows with the square of the text, or worse, allocates far more than is allowed here, or takes
// longer than go test lets a package run.
func TestHostile(t *testing.T) {
	set := NewSet(fakeFragments()...)
	for _, test := range []struct {
		name, text string
		code       diag.Code
	}{
		{"100 MB of [", strings.Repeat("[", 100<<20), CodeFileTooLarge},
		{"4 MB of [", strings.Repeat("[", MaxFileBytes), CodeFileTooLarge},
		{"400 KB of [", strings.Repeat("[", 400_000), CodeYAMLDepth},
		{"just within the library's depth", strings.Repeat("[", 9_999), CodeYAMLSyntax},
		{"beyond our depth", strings.Repeat("[", 200) + strings.Repeat("]", 200), CodeYAMLDepth},
		{"flow maps in flow maps", strings.Repeat("{a: ", 50_000), CodeYAMLDepth},
		{"lists in lists", strings.Repeat("- ", 9_000) + "x", CodeYAMLDepth},
		{"maps in maps", indented(2_000), CodeYAMLDepth},
		{"keys in keys", strings.Repeat("? ", 200_000), CodeYAMLDepth},
		{"colons", strings.Repeat(":", 400_000), CodeYAMLSyntax},
		{"a million keys", numbered(1_000_000, "k%d: 1\n"), CodeFileTooLarge},
		{"many keys", numbered(100_000, "k%d: 1\n"), CodeDocumentVersion},
		{"many unknown fields", header + numbered(30_000, "  k%d: 1\n"), CodeFieldUnknown},
		{"many wrong keys", header + "  types:\n" + numbered(20_000, "    K%d: {}\n"), CodeValuePattern},
		{"a billion laughs", laughs(30), CodeYAMLAlias},
		{"aliases nest without end", "a0: &a0 [x]\n" + func() (out string) {
			for i := range 1_000 {
				out += fmt.Sprintf("a%d: &a%d [*a%d]\n", i+1, i+1, i)
			}
			return out
		}(), CodeYAMLDepth},
		{"many aliases", "a: &a {b: c}\nl: [" + strings.Repeat("*a,", 120_000) + "]", CodeYAMLAlias},
		{"large merges", "a: &a {" + numbered(1_000, "k%d: 1,") + "}\n" + numbered(5_000, "b%d: {<<: *a}\n"), CodeYAMLAlias},
		{"an open quote", "a: \"" + strings.Repeat("x\n", 100_000), CodeYAMLSyntax},
		{"the last line", numbered(50_000, "k%d: 1\n") + "a: b: c\n", CodeYAMLSyntax},
		{"comments, then a fault", strings.Repeat("#\n", 200_000) + "a: [", CodeYAMLSyntax},
		{"a long line", "a: " + strings.Repeat("x ", 1<<20) + ": b: [", CodeYAMLSyntax},
		{"a long number", header + "  types: " + strings.Repeat("9", 1_000_000), CodeYAMLNumber},
		{"empty documents", strings.Repeat("---\na: 1\n", 20_000), CodeDocumentVersion},
	} {
		t.Run(test.name, func(t *testing.T) { checkHostile(t, set, test.text, test.code) })
	}
}

func checkHostile(t *testing.T, set *Set, text string, code diag.Code) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	docs, list := Parse("f", []byte(text))
	list = append(list, set.ValidateAll(docs)...)
	runtime.ReadMemStats(&after)
	if len(list) == 0 || list[0].Code != code {
		t.Errorf("findings %.3q, want %s", brief(list[:min(len(list), 3)]), code)
	}
	if allocated := (after.TotalAlloc - before.TotalAlloc) >> 20; allocated > 1500 {
		t.Errorf("allocated %d MiB", allocated)
	}
}
