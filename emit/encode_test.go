package emit

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"
)

// traps are strings that some YAML reader takes for something else, or that are hard to print.
var traps = []string{
	"on", "off", "yes", "No", "y", "N", "true", "False", "null", "Null", "~", "",
	"1e3", "12e03", "0o7", "0777", "0x1F", "0b11", "1_000", "+1", "-1", "1.", ".5", ".inf", "-.INF", ".NaN", "1:30", "190:20:30", "1,000", "08",
	"2001-01-01", "2001-12-14t21:59:43.10-05:00",
	"=", "<<", "-", "---", "--- a", "...", "? a", "!tag", "&a", "*a", "a: b", "a #b", "#", "{", "}", "[", "@", "`", "%", "|", ">", "'", `"`, `\`,
	"500m", "64Mi", "30s", "7d", "10.0.0.0/8", "1/2", "2001/01/01", "a[]/b", "a[", "a]", "a,b", "a, b", "a?b", "a&b", "a%b", "a~", "1h:30", "0x1G", "2.1.0", "../a", "../../b", "../", "..", ".", "../-", "/", "/1", "$", "$1", "(", "1(", "a:", "a-", "http://x:80/y?a=b&c#d", " lead", "trail ", "\ttab", "tab\t", "a\n", "a\n\n", "\na", "\n", "  a\nb", "a\n  b\n", "a\n\nb\n", "{\n  \"a\": 1\n}\n", "trailing \nspace", "a\r\nb", "a\rb",
	"\u0000", "\u0007", "\u007f", "\u0085", "\u00a0", "\u2028", "\ufeffa", "😀", "${x}", "$(x)", "{{ x }}", strings.Repeat("long ", 60),
}

// wantSame fails unless kustomize and kubectl read back what was printed.
func wantSame(t *testing.T, value map[string]any) {
	t.Helper()
	text, err := new(printer).document(value)
	if err != nil {
		t.Fatal(err)
	}
	// kubectl reads with sigs.k8s.io/yaml, kustomize with kyaml's nodes, which it prints as JSON to patch them.
	var kubectl map[string]any
	if err := yaml.Unmarshal(text, &kubectl); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	node, err := kyaml.Parse(string(text))
	if err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	var kustomize map[string]any
	if err := node.YNode().Decode(&kustomize); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	reference, err := kyaml.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var library map[string]any
	if err := kyaml.Unmarshal(reference, &library); err == nil && !reflect.DeepEqual(library, kustomize) {
		t.Errorf("printed by kustomize itself, %q reads %q", value, library)
	}
	if !reflect.DeepEqual(kubectl, value) || !reflect.DeepEqual(kustomize, value) {
		t.Errorf("%q prints as\n%s\nkubectl reads %q\nkustomize reads %q", value, text, kubectl, kustomize)
	}
	if bytes.Contains(text, []byte("\r")) || !bytes.HasSuffix(text, []byte("\n")) {
		t.Errorf("%q has CR or no final newline", text)
	}
}

func TestEncodeTraps(t *testing.T) {
	for _, s := range traps {
		wantSame(t, map[string]any{"value": s, "list": []any{s, s}, "deep": map[string]any{"a": []any{map[string]any{"b": s}}}})
		if len(s) <= maxKey {
			wantSame(t, map[string]any{s: "v"})
		}
	}
}

func FuzzEncode(f *testing.F) {
	for _, s := range traps {
		f.Add(s, "x")
	}
	f.Fuzz(func(t *testing.T, value, key string) {
		if !utf8.ValidString(value) || !utf8.ValidString(key) || len(key) > maxKey {
			t.Skip("JSON holds only valid UTF-8, and no key is that long")
		}
		wantSame(t, map[string]any{key: value, "k": []any{value, map[string]any{"x": value}}})
	})
}

func TestEncodeIsKustomizesForm(t *testing.T) {
	got, err := new(printer).document(map[string]any{
		"spec":     map[string]any{"list": []any{map[string]any{"b": int64(2), "a": 0.5}, "on"}, "empty": map[string]any{}, "none": []any{}},
		"metadata": map[string]any{"name": "x"}, "kind": "K", "apiVersion": "v1",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `apiVersion: v1
kind: K
metadata:
  name: x
spec:
  empty: {}
  list:
  - a: 0.5
    b: 2
  - "on"
  none: []
`
	if string(got) != want {
		t.Errorf("got\n%s", got)
	}
}

func TestEncodeRefuses(t *testing.T) {
	for name, value := range map[string]any{
		"a scalar document":      "x",
		"a type of no JSON":      map[string]any{"a": 1},
		"a null":                 []any{nil},
		"a key beyond one line":  map[string]any{strings.Repeat("k", maxKey+1): "v"},
		"a long key of a nested": []any{map[string]any{strings.Repeat("k", 2000): "v"}},
	} {
		if text, err := new(printer).document(value); err == nil {
			t.Errorf("%s prints as %q", name, text)
		}
	}
}
