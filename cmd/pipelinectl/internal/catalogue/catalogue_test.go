package catalogue

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pipelinectl/pipelinectl/emit/kinds"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const header = "apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\n"

// explained is a folder with two codes, and a file that is none.
func explained() fs.FS {
	return fstest.MapFS{
		"codes/b-code.txtar": {Data: []byte("One thing is\nwrong. It matters.\n" +
			"-- wrong/pipeline.yaml --\n" + header + "metadata: {nam: a}\n-- wrong/same.yaml --\na: 1\n" +
			"-- mend/pipeline.yaml --\n" + header + "metadata: {name: a}\n-- mend/same.yaml --\na: 1\n-- mend/new.yaml --\nb: 1\n")},
		"codes/a-code.txtar": {Data: []byte("All is said.\n")},
		"codes/README.md":    {Data: []byte("no code")},
	}
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	c := New(explained())
	if got, want := c.Codes(), []diag.Code{"a-code", "b-code"}; !slices.Equal(got, want) {
		t.Errorf("codes %q, want %q", got, want)
	}
	if _, known := c.Lookup("c-code"); known {
		t.Error("an unknown code is explained")
	}
	e, known := c.Lookup("b-code")
	if !known || e.Meaning() != "One thing is wrong. It matters." || e.Summary() != "One thing is wrong." {
		t.Errorf("b-code means %q, in short %q", e.Meaning(), e.Summary())
	}
	if a, _ := c.Lookup("a-code"); a.Summary() != "All is said." || a.Changes() != "" {
		t.Errorf("a-code: %q, %q", a.Summary(), a.Changes())
	}
	want := "--- new.yaml\n+++ new.yaml\n@@ -0,0 +1,1 @@\n+b: 1\n" +
		"--- pipeline.yaml\n+++ pipeline.yaml\n@@ -1,3 +1,3 @@\n apiVersion: pipelinectl.dev/v1alpha1\n kind: Pipeline\n-metadata: {nam: a}\n+metadata: {name: a}\n"
	if got := e.Changes(); got != want {
		t.Errorf("changes\n%s\nwant\n%s", got, want)
	}
}

func TestRule(t *testing.T) {
	t.Parallel()
	c := New(explained())
	rule := c.Rule("b-code")
	if rule.Summary != "One thing is wrong." || rule.Description != "One thing is wrong. It matters." {
		t.Errorf("rule %+v", rule)
	}
	for _, part := range []string{"```yaml\n" + header, "```diff\n--- new.yaml\n"} {
		if !strings.Contains(rule.Help, part) {
			t.Errorf("the help lacks %q:\n%s", part, rule.Help)
		}
	}
	if rule := c.Rule("c-code"); rule != (diag.Rule{}) {
		t.Errorf("an unknown code has the rule %+v", rule)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, folders := range map[string][]fs.FS{
		"a code twice":          {explained(), explained()},
		"a file of neither":     {fstest.MapFS{"codes/a.txtar": {Data: []byte("-- pipeline.yaml --\n")}}},
		"a file somewhere else": {fstest.MapFS{"codes/a.txtar": {Data: []byte("-- wrong/../../pipeline.yaml --\n")}}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: it is taken", name)
				}
			}()
			New(folders...).All()
		}()
	}
}

// TestCompile demands places as in the example, not those of the folder that it was written to.
func TestCompile(t *testing.T) {
	t.Parallel()
	c := New(explained())
	e, _ := c.Lookup("b-code")
	findings, sources, err := c.Compile(e.Wrong, kinds.All())
	if err != nil {
		t.Fatal(err)
	}
	if len(findings) == 0 {
		t.Fatal("no finding")
	}
	for _, d := range findings {
		if _, known := sources[d.Pos.File]; d.Pos.File != "pipeline.yaml" || !known {
			t.Errorf("a finding is in %s", d.Pos.File)
		}
	}
}

func TestScript(t *testing.T) {
	t.Parallel()
	e, err := parse("c", []byte("Text.\n-- wrong/script --\nexec a\n-- wrong/pipeline.yaml --\na: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	if script, ok := e.Wrong.Script(); !ok || script != "exec a\n" {
		t.Errorf("script %q", script)
	}
	if files := e.Wrong.Project(); len(files) != 1 || files[0].Name != "pipeline.yaml" {
		t.Errorf("project %v", files)
	}
	if _, ok := e.Mend.Script(); ok {
		t.Error("the mend has a script")
	}
}
