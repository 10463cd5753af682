package origin

import (
	"slices"
	"testing"
)

func TestParsePath(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Path{
		"spec.replicas":                 {"spec", "replicas"},
		".spec.replicas":                {"spec", "replicas"},
		"$.spec.replicas":               {"spec", "replicas"},
		"{.spec.replicas}":              {"spec", "replicas"},
		"/spec/replicas":                {"spec", "replicas"},
		"/metadata/annotations/a~1b~0c": {"metadata", "annotations", "a/b~c"},
		"spec.containers[0].image":      {"spec", "containers", "0", "image"},
		"spec.containers[runner].image": {"spec", "containers", "runner", "image"},
		`spec.config.retention\.ms`:     {"spec", "config", "retention.ms"},
		`spec.config["retention.ms"]`:   {"spec", "config", "retention.ms"},
		`spec.config['retention.ms'].x`: {"spec", "config", "retention.ms", "x"},
		`data["node.json"]`:             {"data", "node.json"},
		`a.rules[0][1]`:                 {"a", "rules", "0", "1"},
	} {
		got, err := ParsePath(text)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q (%v), want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"", ".", "$", "{}", "a..b", "a.", "a[", "a[]", `a["b]`, `a["b"`, "a[0", `a[""]`} {
		if got, err := ParsePath(text); err == nil {
			t.Errorf("%q is taken for %q", text, got)
		}
	}
}

// FuzzParsePath demands that no text makes the parser fail in another way than by an error, and that a place reads as
// it is written.
func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{"spec.replicas", `a["b.c"][0]`, "/a/b~1c", `a\.b`, `x[`, `]"}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path, err := ParsePath(text)
		if err != nil {
			return
		}
		var at place
		for _, element := range path {
			if element == "" { // a JSON pointer may have such a key
				return
			}
			at = at.with(key(element))
		}
		if again, err := ParsePath(at.String()); err != nil || !slices.Equal(again, path) {
			t.Errorf("%q is %q, written %s, read again as %q (%v)", text, path, at, again, err)
		}
	})
}
