package schema

import (
	"os"
	"testing"
)

func TestHolds(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	p := &Project{naming: naming{here: here}}
	for _, c := range []struct {
		path, file string
		want       bool
	}{
		{"a.yaml", "a.yaml", true},
		{"./a.yaml", "a.yaml", true},
		{".", "a/b.yaml", true},
		{here, "a/b.yaml", true},
		{"a", "a/b.yaml", true},
		{"a", "ab.yaml", false},
		{"a/b.yaml", "a/c.yaml", false},
		{"..", "a.yaml", true},
		{".", "../a.yaml", false},
		{"../x", "../x/a.yaml", true},
		{"/x", "/x/a.yaml", true},
	} {
		if got := p.Holds([]string{"elsewhere", c.path}, c.file); got != c.want {
			t.Errorf("Holds(%q, %q) = %v", c.path, c.file, got)
		}
	}
}
