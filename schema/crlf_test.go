package schema

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// TestLineEnds demands of each file of testdata/diag the same findings, in the same places, with CR LF at the ends of its
// lines as with LF, and with a byte order mark.
func TestLineEnds(t *testing.T) {
	files, err := filepath.Glob("../testdata/diag/*.yaml")
	if err != nil || len(files) < 30 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	set := NewSet(fakeFragments()...)
	findings := func(text []byte) diag.List {
		docs, list := Parse("f", text)
		return append(list, set.ValidateAll(docs)...)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want := findings(text)
		dos := bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
		for name, other := range map[string][]byte{"CR LF": dos, "a byte order mark": append([]byte(byteOrderMark), dos...)} {
			if got := findings(other); !reflect.DeepEqual(got, want) {
				t.Errorf("%s with %s:\n%q\nwant\n%q", file, name, brief(got), brief(want))
			}
		}
	}
}
