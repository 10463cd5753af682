package schema

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

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

// TestHostile has texts made to exhaust time or memory. Each is done in a time and with an allocation that an ordinary
// file of the same size would not need ten times of, and gives a finding where it is not read.
func TestHostile(t *testing.T) {
	set := NewSet(fakeFragments()...)
	for _, test := range []struct {
		name, text string
		code       diag.Code
	}{
		{"100 MB of [", strings.Repeat("[", 100<<20), FileTooLarge},
		{"4 MB of [", strings.Repeat("[", MaxFileBytes), FileTooLarge},
		{"400 KB of [", strings.Repeat("[", 400_000), YAMLDepth},
		{"just within the library's depth", strings.Repeat("[", 9_999), YAMLSyntax},
		{"beyond our depth", strings.Repeat("[", 200) + strings.Repeat("]", 200), YAMLDepth},
		{"flow maps in flow maps", strings.Repeat("{a: ", 50_000), YAMLDepth},
		{"lists in lists", strings.Repeat("- ", 9_000) + "x", YAMLDepth},
		{"maps in maps", indented(2_000), YAMLDepth},
		{"keys in keys", strings.Repeat("? ", 200_000), YAMLDepth},
		{"colons", strings.Repeat(":", 400_000), YAMLSyntax},
		{"a million keys", numbered(1_000_000, "k%d: 1\n"), FileTooLarge},
		{"many keys", numbered(100_000, "k%d: 1\n"), DocumentVersion},
		{"many unknown fields", header + numbered(30_000, "  k%d: 1\n"), FieldUnknown},
		{"many wrong keys", header + "  types:\n" + numbered(20_000, "    K%d: {}\n"), ValuePattern},
		{"a billion laughs", laughs(30), YAMLAlias},
		{"aliases nest without end", "a0: &a0 [x]\n" + func() (out string) {
			for i := range 1_000 {
				out += fmt.Sprintf("a%d: &a%d [*a%d]\n", i+1, i+1, i)
			}
			return out
		}(), YAMLDepth},
		{"many aliases", "a: &a {b: c}\nl: [" + strings.Repeat("*a,", 120_000) + "]", YAMLAlias},
		{"large merges", "a: &a {" + numbered(1_000, "k%d: 1,") + "}\n" + numbered(5_000, "b%d: {<<: *a}\n"), YAMLAlias},
		{"an open quote", "a: \"" + strings.Repeat("x\n", 100_000), YAMLSyntax},
		{"the last line", numbered(50_000, "k%d: 1\n") + "a: b: c\n", YAMLSyntax},
		{"comments, then a fault", strings.Repeat("#\n", 200_000) + "a: [", YAMLSyntax},
		{"a long line", "a: " + strings.Repeat("x ", 1<<20) + ": b: [", YAMLSyntax},
		{"a long number", header + "  types: " + strings.Repeat("9", 1_000_000), YAMLNumber},
		{"empty documents", strings.Repeat("---\na: 1\n", 20_000), DocumentVersion},
	} {
		t.Run(test.name, func(t *testing.T) { checkHostile(t, set, test.text, test.code) })
	}
}

func checkHostile(t *testing.T, set *Set, text string, code diag.Code) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	docs, list := Parse("f", []byte(text))
	list = append(list, set.ValidateAll(docs)...)
	elapsed := time.Since(start)
	runtime.ReadMemStats(&after)
	if len(list) == 0 || list[0].Code != code {
		t.Errorf("findings %.3q, want %s", brief(list[:min(len(list), 3)]), code)
	}
	if elapsed > 30*time.Second {
		t.Errorf("took %v", elapsed)
	}
	if allocated := (after.TotalAlloc - before.TotalAlloc) >> 20; allocated > 1500 {
		t.Errorf("allocated %d MiB", allocated)
	}
}
