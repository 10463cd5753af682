package schema

import (
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// TestInsert puts an entry into spec.map and an item behind those of spec.list, whatever the text has of the two.
func TestInsert(t *testing.T) {
	const head = "apiVersion: " + APIVersion + "\nkind: Pipeline\n"
	for _, test := range []struct{ name, text, want string }{
		{"a block map", "spec:\n  map:\n    a: 1 # one\n  # last\n", "spec:\n  map:\n    a: 1 # one\n    k: v\n  # last\n"},
		{"a map with a block of text", "spec:\n  map:\n    a: |\n      one\n\n      two\n", "spec:\n  map:\n    a: |\n      one\n\n      two\n    k: v\n"},
		{"the end of a file without line break", "spec:\n  map:\n    a: 1", "spec:\n  map:\n    a: 1\n    k: v"},
		{"braces", "spec: {map: {a: 1}}\n", "spec: {map: {k: v, a: 1}}\n"},
		{"empty braces", "spec: {map: {}}\n", "spec: {map: {k: v}}\n"},
		{"windows line ends", "spec:\r\n  map:\r\n    a: 1\r\n  x: 2\r\n", "spec:\r\n  map:\r\n    a: 1\r\n    k: v\r\n  x: 2\r\n"},
		{"a block list", "spec:\n  list:\n  - a: 1\n    b: [2,\n      3\n    ]\n  x: 1\n", "spec:\n  list:\n  - a: 1\n    b: [2,\n      3\n    ]\n  - i\n  x: 1\n"},
		{"a list of brackets", "spec:\n  list: [{a: ']'}, \"]\"]\n", "spec:\n  list: [{a: ']'}, \"]\", i]\n"},
		{"brackets over several lines", "spec:\n  list: [\n    a,\n    b,\n  ]\n", "spec:\n  list: [\n    a,\n    b, i,\n  ]\n"},
		{"an empty list", "spec: {list: []}\n", "spec: {list: [i]}\n"},
		{"a comment in brackets", "spec:\n  list: [a, # ]\n    b]\n", ""},
		{"a dash on a line of its own", "spec:\n  list:\n    -\n      a: 1\n", ""},
		{"an alias", "x: &m {a: 1}\nspec: {map: *m}\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			head := head
			if strings.Contains(test.text, "\r\n") {
				head = strings.ReplaceAll(head, "\n", "\r\n")
			}
			source := []byte(head + test.text)
			docs, findings := Parse("f.yaml", source)
			if len(docs) != 1 {
				t.Fatal(findings)
			}
			spec := docs[0].Root.Get("spec")
			mend, ok := spec.Get("map").Insert(source, "k", "v")
			if list := spec.Get("list"); list != nil {
				mend, ok = list.Append(source, "i")
			}
			if ok != (test.want != "") {
				t.Fatalf("got %v, %v", mend, ok)
			}
			if !ok {
				return
			}
			got, err := Mend(source, []diag.Mend{mend})
			if err != nil || string(got) != head+test.want {
				t.Errorf("got %q, %v; want %q", got, err, head+test.want)
			}
		})
	}
}

func TestFlow(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"ghcr.io/acme/resize:2.1", "ghcr.io/acme/resize:2.1"},
		{"repo@sha256:0123", "repo@sha256:0123"},
		{"'true'", `"true"`},
		{"'1.0'", `"1.0"`},
		{"1.0", "1.0"},
		{"'a: b'", `"a: b"`},
		{"'x:'", `"x:"`},
		{`"a\"<b>"`, `"a\"<b>"`},
		{"[a, {b: 'c d'}]", `[a, {b: "c d"}]`},
	} {
		docs, findings := Parse("f.yaml", []byte("apiVersion: "+APIVersion+"\nkind: Pipeline\nspec: "+test.text+"\n"))
		if len(docs) != 1 {
			t.Fatal(findings)
		}
		if got := docs[0].Root.Get("spec").Flow(); got != test.want {
			t.Errorf("%s: got %s, want %s", test.text, got, test.want)
		}
	}
}
