package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// brief gives findings as "line:col code: message", without those that any of the codes names.
func brief(list diag.List, but ...diag.Code) []string {
	out := []string{}
	for _, d := range list {
		if !slices.Contains(but, d.Code) {
			out = append(out, fmt.Sprintf("%d:%d %s: %s", d.Pos.Line, d.Pos.Col, d.Code, d.Message))
		}
	}
	return out
}

func wantFindings(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("findings:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// TestSyntax has one text for each way of not being YAML, with the place that a reader would point at.
func TestSyntax(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"a: [1, 2\n", "1:4 yaml-syntax: this list is not closed"},
		{"a: [1, 2\nb: 3\n", "1:4 yaml-syntax: this list is not closed"},
		{"x: 1\ny: 2\na: {b: 1\nc: 2\n", "3:4 yaml-syntax: this map is not closed"},
		{"a: 1\r\nb: [\r\nc: 1\r\n", "2:4 yaml-syntax: this list is not closed"},
		{"a:\n\tb: 1\n", "2:1 yaml-syntax: found a tab where spaces indent"},
		{"a: 1\n\tb: 2\n", "2:1 yaml-syntax: found a tab where spaces indent"},
		{"a:\n  b: 1\n \tc: 2\n", "3:2 yaml-syntax: found a tab where spaces indent"},
		{"a: b: c\n", "1:5 yaml-syntax: a text that holds `: ` needs quotes"},
		{"a: x\n  b: c\n", "2:3 yaml-syntax: `b` is indented deeper than `a` in line 1, which has its value already"},
		{"key:value\nb: 1\n", "1:4 yaml-syntax: expected a space after this `:`"},
		{"x: 1\na:\n    b: 1\n  c: 2\n", "4:3 yaml-syntax: `c` begins in column 3, where no map around it has its keys"},
		{"a: \"x\" y\n", "1:8 yaml-syntax: text follows the quote that ends this value"},
		{"a: 'it's'\n", "1:8 yaml-syntax: text follows the quote that ends this value"},
		{"a: [1]]\n", "1:7 yaml-syntax: this `]` closes nothing"},
		{"a: |\n  x\n y\n", "3:2 yaml-syntax: expected a key here, or the end of the map"},
		{"- a\nb: 1\n", "2:1 yaml-syntax: expected `-` here, or the end of the list"},
		{"a: 1\nb\nc: 2\n", "2:1 yaml-syntax: expected `:` after this key"},
		{"a: \"xyz\nb: 1\n", "1:4 yaml-syntax: this quote is not closed"},
		{"k: 1\na: 'xyz\nb: 1\n", "2:4 yaml-syntax: this quote is not closed"},
		{"a: \"x\n---\nb: 1\n", "1:4 yaml-syntax: this quote is not closed before the next document"},
		{"a: \"\\n\\q\"\n", "1:7 yaml-syntax: this is no escape that double quotes know"},
		{"a: \"\\x4\"\n", "1:5 yaml-syntax: this escape lacks its digits"},
		{"a: \"\\n\\U00110000\"\n", "1:7 yaml-syntax: this escape is no character"},
		{"a: *.example.org\n", "1:4 yaml-syntax: `*` and `&` begin an alias and an anchor, and no name follows"},
		{"a: @foo\n", "1:4 yaml-syntax: this character cannot begin a value"},
		{"é: `x`\n", "1:4 yaml-syntax: this character cannot begin a value"},
		{"a: - b\n", "1:4 yaml-syntax: a list cannot begin here"},
		{"a: ? b\n", "1:4 yaml-syntax: a key cannot begin here"},
		{"{a: 1} b\n", "1:8 yaml-syntax: expected the end of the document here"},
		{"a: [,]\n", "1:4 yaml-syntax: expected a value here"},
		{"\uFEFFa: }\n", "1:4 yaml-syntax: expected a value here"},
		{"a: >0\n x\n", "1:5 yaml-syntax: a block of text cannot be indented by 0"},
		{"%FOO\n", "1:1 yaml-syntax: this is not YAML: found unknown directive name"},
		{"a: !x!y z\n", "1:6 yaml-tag: unknown tag"},
		{"a: {b: 1, c: /x?y=1}\n", "1:16 yaml-syntax: `?` is syntax within brackets and braces, and cannot stand in a text"},
		{"a: {b: 1,\n  c: ?y}\n", "2:6 yaml-syntax: `?` is syntax within brackets and braces, and cannot stand in a text"},
		{"a: ['?', \"a\\\"{\", d e {}]\n", "1:22 yaml-syntax: `{` is syntax within brackets and braces, and cannot stand in a text"},
		{"a: {b: {c: 1}, # {?\n  d: x/[y]}\n", "2:8 yaml-syntax: `[` is syntax within brackets and braces, and cannot stand in a text"},
		{"a: {b: 1\nc: {d: x}\n", "1:4 yaml-syntax: this map is not closed"},
		{"a: 1\nb:2\nc: 3\n", "2:2 yaml-syntax: expected a space after this `:`"},
		{"\n\na: *foo\n", "3:4 yaml-alias: unknown anchor `foo`"},
		{"a: \xff\n", "1:4 yaml-encoding: the byte here is not UTF-8"},
		{"\xff\xfea\x00", "1:1 yaml-encoding: the file is UTF-16"},
		{"a: 1\nb: \x00", "2:4 yaml-encoding: found an invisible control character"},
		{"a: x\u2028y", "1:5 yaml-encoding: found an invisible line separator"},
		{"a: x\uFEFFy", "1:5 yaml-encoding: found a byte order mark within the text"},
	} {
		_, list := parseTrees("f", []byte(test.text))
		if got := brief(list); len(got) != 1 || got[0] != test.want {
			t.Errorf("%q: findings %q, want %q", test.text, got, test.want)
		}
	}
}

// TestTree has texts that parse, with what is wrong in their trees.
func TestTree(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{"a: 1\na: 2\n", []string{"2:1 yaml-duplicate-key: the key `a` stands twice in this map"}},
		{"a: {b: 1, \"b\": 2}\n", []string{"1:11 yaml-duplicate-key: the key `b` stands twice in this map"}},
		{"<<: {a: 1}\n<<: {b: 2}\n", []string{"2:1 yaml-duplicate-key: the key `<<` stands twice in this map"}},
		{"1: 2\n", []string{"1:1 yaml-key: a key must be a string, found the integer `1`"}},
		{"true: 2\n~: 3\n", []string{"1:1 yaml-key: a key must be a string, found the boolean `true`", "2:1 yaml-key: a key must be a string, found the null `~`"}},
		{"? [a]\n: b\n", []string{"1:3 yaml-key: a key must be a string, found a list"}},
		{"? \n: b\n", []string{"1:2 yaml-key: a key is missing"}},
		{"a: !foo b\n", []string{"1:4 yaml-tag: the tag `!foo` means nothing here"}},
		{"a: !!set {}\n", []string{"1:4 yaml-tag: the tag `!!set` means nothing here"}},
		{"a: !!int x\n", []string{"1:4 yaml-tag: `x` is not what the tag `!!int` says"}},
		{"a: !!float 1\nb: !!str 1\nc: !!map {}\n", nil},
		{"a: .inf\n", []string{"1:4 yaml-number: `.inf` is not a number that JSON and Kubernetes can carry"}},
		{"a: 1e999\n", []string{"1:4 yaml-number: `1e999` is not a number that JSON and Kubernetes can carry"}},
		{"a: 0777\n", []string{"1:4 yaml-number: `0777` is a decimal number here, but an octal one to older readers of YAML"}},
		{"a: &x 1\n", []string{"1:4 anchor-unused: no alias refers to the anchor `x`"}},
		{"a: &x\n  b: *x\n", []string{"2:6 yaml-alias: the alias `x` stands within the value that it refers to"}},
		{"a: &x 1\nb: *x\n---\nc: *x\n", []string{"4:4 yaml-alias: unknown anchor `x`"}},
		{"<<: text\n", []string{"1:5 yaml-merge: `<<` merges maps, found the string `text`"}},
		{"<<: [{a: 1}, 2]\n", []string{"1:5 yaml-merge: `<<` merges maps, found the integer `2`"}},
		{"a: \"<<\"\n\"<<\": b\n", nil},
		{"", nil}, {"# only a comment\n", nil}, {"---\n---\n", nil},
	} {
		trees, list := parseTrees("f", []byte(test.text))
		for _, tree := range trees {
			list = append(list, tree.findings...)
		}
		if got := brief(list); !slices.Equal(got, test.want) && len(got)+len(test.want) > 0 {
			t.Errorf("%q: findings %q, want %q", test.text, got, test.want)
		}
	}
}

func TestDuplicateKeyNamesEarlierPlace(t *testing.T) {
	trees, _ := parseTrees("f", []byte("a: 1\nb: 2\na: 3\n"))
	want := diag.Related{Pos: diag.Pos{File: "f", Line: 1, Col: 1}, Message: "it stands here first"}
	if got := trees[0].findings[0].Related; len(got) != 1 || got[0] != want {
		t.Errorf("related %v, want %v", got, want)
	}
}

// dump gives a tree as flow text, each scalar with its place.
func dump(n *Node) string {
	var parts []string
	switch n.Kind {
	case List:
		for _, item := range n.Items {
			parts = append(parts, dump(item))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case Map:
		for _, e := range n.Entries {
			parts = append(parts, fmt.Sprintf("%s@%d:%d=%s", e.Key, e.KeyPos.Line, e.KeyPos.Col, dump(e.Value)))
		}
		return "{" + strings.Join(parts, " ") + "}"
	default:
		return fmt.Sprintf("%s(%s)@%d:%d", n.Kind, n.Text, n.Pos.Line, n.Pos.Col)
	}
}

func TestPlaces(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"block", "a:\n  - b: 1\n", "{a@1:1=[{b@2:5=integer(1)@2:8}]}"},
		{"flow", "a: [b, {c: d}]\n", "{a@1:1=[string(b)@1:5 {c@1:9=string(d)@1:12}]}"},
		{"characters, not bytes", "é: {ü: 'ß', x: y}\n", "{é@1:1={ü@1:5=string(ß)@1:8 x@1:13=string(y)@1:16}}"},
		{"byte order mark", "\uFEFFa: b\n", "{a@1:1=string(b)@1:4}"},
		{"CR LF", "a: b\r\nc: d\r\n", "{a@1:1=string(b)@1:4 c@2:1=string(d)@2:4}"},
		{"CR", "a: b\rc: d\r", "{a@1:1=string(b)@1:4 c@2:1=string(d)@2:4}"},
		{"block of text", "a: |\n  x\n  y\nb: >-\n  x\n  y\n", "{a@1:1=string(x\ny\n)@1:4 b@4:1=string(x y)@4:4}"},
		{"nothing", "a:\nb: 1\n", "{a@1:1=null()@1:3 b@2:1=integer(1)@2:4}"},
		{"alias keeps the place of its text", "a: &x {b: 1}\nc: *x\n", "{a@1:1={b@1:8=integer(1)@1:11} c@2:1={b@1:8=integer(1)@1:11}}"},
		{"merge", "a: &x {b: 1, c: 2}\nd: {c: 3, <<: *x}\n",
			"{a@1:1={b@1:8=integer(1)@1:11 c@1:14=integer(2)@1:17} d@2:1={c@2:5=integer(3)@2:8 b@1:8=integer(1)@1:11}}"},
		{"merge first", "a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n",
			"{a@1:1={b@1:8=integer(1)@1:11 c@1:14=integer(2)@1:17} d@2:1={b@1:8=integer(1)@1:11 c@2:13=integer(3)@2:16}}"},
		{"merge of a list, where the earlier wins", "{<<: [{a: 1}, {a: 2, b: 3}]}\n", "{a@1:8=integer(1)@1:11 b@1:22=integer(3)@1:25}"},
		{"merge of a merge", "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b}\n",
			"{a@1:1={x@1:8=integer(1)@1:11} b@2:1={x@1:8=integer(1)@1:11 y@2:16=integer(2)@2:19} c@3:1={x@1:8=integer(1)@1:11 y@2:16=integer(2)@2:19}}"},
	} {
		trees, list := parseTrees("f", []byte(test.text))
		if len(trees) != 1 || list.HasErrors() || trees[0].findings.HasErrors() {
			t.Errorf("%s: findings %q %q", test.name, brief(list), brief(trees[0].findings))
			continue
		}
		if got := dump(trees[0].root); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestResolve(t *testing.T) {
	kinds := map[Kind]string{
		Null:   "~ null Null NULL",
		Bool:   "true True TRUE false False FALSE",
		Int:    "0 -1 +1 123 0777 0o17 0xfF 99999999999999999999",
		Float:  "1.5 -.5 1. 1e3 +1E-3 .inf -.Inf .nan 1e999",
		String: "yes no on off y n Yes tRUE 1_000 0b1 0o8 0x 0o -0x1 1:30 2001-12-14 . - + -e 1e e1 +.nan infinity nan 0x1p4 1.2.3 ٣",
	}
	for want, texts := range kinds {
		for text := range strings.FieldsSeq(texts) {
			if got := resolve(text); got != want {
				t.Errorf("%s is of kind %s, want %s", text, got, want)
			}
		}
	}
	if got := resolve(""); got != Null {
		t.Errorf("empty is of kind %s", got)
	}
}

func TestNodeJSON(t *testing.T) {
	trees, _ := parseTrees("f", []byte(`{a: [1, 0o17, 0x1F, 0777, -2, 1.5, 18446744073709551616], b: True, c: ~, d: "1"}`))
	got := fmt.Sprintf("%#v", trees[0].root.JSON())
	want := `map[string]interface {}{"a":[]interface {}{1, 15, 31, 777, -2, 1.5, 1.8446744073709552e+19}, "b":true, "c":interface {}(nil), "d":"1"}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestDocuments(t *testing.T) {
	const version = "apiVersion: pipelinectl.dev/v1alpha1\n"
	for _, test := range []struct {
		text string
		docs string
		want []string
	}{
		{version + "kind: Pipeline\nmetadata: {name: a}\n---\n---\n# nothing\n---\n" + version + "kind: Environment\nmetadata: {name: 8}\n", "Pipeline a 3:18, Environment  0:0", nil},
		{version + "kind: Pipelin\n", "", []string{"2:7 document-kind: unknown kind `Pipelin`; did you mean `Pipeline`?"}},
		{version + "kind: [Pipeline]\n", "", []string{"2:7 document-kind: `kind` must be a string, found a list"}},
		{version, "", []string{"1:1 document-kind: the document lacks `kind`"}},
		{"kind: Pipeline\n", "", []string{"1:1 document-version: the document lacks `apiVersion`"}},
		{"kind: Pipeline\napiVersio: x\n", "", []string{"2:1 document-version: the document lacks `apiVersion`; did you mean it by `apiVersio`?"}},
		{version + "kind: Pipeline\nspec: {}\n" + version + "kind: Environment\nspec: {}\n", "Pipeline  0:0", []string{"4:1 yaml-duplicate-key: the key `apiVersion` stands twice in this map"}},
		{"apiVersion: pipelinectl.dev/v1\nkind: Pipeline\n", "", []string{"1:13 document-version: unknown apiVersion `pipelinectl.dev/v1`"}},
		{"- a\n", "", []string{"1:1 document-kind: a document is a map with apiVersion, kind, metadata and spec, found a list"}},
		{version + "kind: Project\n---\na: [\n", "Project  0:0", []string{"4:4 yaml-syntax: expected a value here"}},
	} {
		docs, list := Parse("f", []byte(test.text))
		var got []string
		for _, d := range docs {
			got = append(got, fmt.Sprintf("%s %s %d:%d", d.Kind, d.Name.V, d.Name.Pos.Line, d.Name.Pos.Col))
		}
		if strings.Join(got, ", ") != test.docs {
			t.Errorf("%q: documents %q, want %q", test.text, got, test.docs)
		}
		if b := brief(list); !slices.Equal(b, test.want) && len(b)+len(test.want) > 0 {
			t.Errorf("%q: findings %q, want %q", test.text, b, test.want)
		}
	}
}
