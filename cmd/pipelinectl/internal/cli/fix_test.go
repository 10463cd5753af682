package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const fixable = "apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: words}\nspec:\n" +
	"  endpoint: [{name: upload, http: {path: /upload}}]\n" +
	"  hooks: [{name: notify, from: upload, url: \"https://hooks.example.org/words\"}]"

// TestFixKeepsBytes mends a file with a byte order mark, CR LF and no line end at its end, and keeps them and its mode.
func TestFixKeepsBytes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pipeline.yaml")
	text := "\uFEFF" + strings.ReplaceAll(fixable, "\n", "\r\n")
	if err := os.WriteFile(file, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	f, _, talk := capture()
	if err := execute(newFixCmd(f, nil), file); err != nil {
		t.Fatalf("%v\n%s", err, talk)
	}
	got, err := os.ReadFile(file)
	if want := strings.Replace(text, "endpoint:", "endpoints:", 1); err != nil || string(got) != want {
		t.Errorf("%q (%v), want %q", got, err, want)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v: %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("files %v: %v", left, err)
	}
}

// TestReplaceFileRefuses leaves a file alone that somebody has changed since it was read.
func TestReplaceFileRefuses(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(file, []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := replaceFile(file, []byte("read"), []byte("ours")); err == nil || !strings.Contains(err.Error(), "changed meanwhile") {
		t.Errorf("error %v", err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "theirs" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestFixerRefusesHarm hands in mends that do not help, among one that does: each wrong one is refused, the other is kept.
func TestFixerRefusesHarm(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pipeline.yaml")
	if err := os.WriteFile(file, []byte(fixable), 0o600); err != nil {
		t.Fatal(err)
	}
	factory, _, _ := capture()
	w, err := open(factory, newFixCmd(factory, nil), []string{file})
	if err != nil {
		t.Fatal(err)
	}
	name := w.findings[0].Pos.File
	at := func(line, col int) diag.Pos { return diag.Pos{File: name, Line: line, Col: col} }
	for _, m := range []diag.Mend{{Pos: at(3, 18), Old: "words", New: "Words"}, {Pos: at(2, 7), Old: "Pipelin", New: "x"}, {Pos: at(2, 1), Old: "nothing of the sort", New: "x"}} {
		w.findings.Warnf("made-up", m.Pos, "%s", m.New).WithMend(m.Pos, m.Old, m.New)
	}
	fix := newFixer(w)
	fix.run()
	if want := strings.Replace(fixable, "endpoint:", "endpoints:", 1); string(fix.texts[name]) != want || len(fix.done) != 1 {
		t.Errorf("mended %d findings:\n%s", len(fix.done), fix.texts[name])
	}
}

func TestTouch(t *testing.T) {
	t.Parallel()
	mend := func(col int, old string) diag.Mend {
		return diag.Mend{Pos: diag.Pos{File: "a", Line: 1, Col: col}, Old: old}
	}
	for _, c := range []struct {
		a, b diag.Mend
		want bool
	}{
		{mend(1, "ab"), mend(2, "b"), true},
		{mend(1, "é"), mend(2, "b"), false},
		{mend(1, ""), mend(1, ""), true},
	} {
		if got, back := touch(c.a, c.b), touch(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("%+v and %+v: %t and %t, want %t", c.a, c.b, got, back, c.want)
		}
	}
}
