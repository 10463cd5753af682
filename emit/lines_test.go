package emit

import (
	"bytes"
	"context"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func TestUnixLines(t *testing.T) {
	for _, text := range []string{"", "a", "\n", "\r", "\r\n", "a\r\nb\r\n", "a\rb\n", "\r\r\n\n\r", "a\r\n\r\nb\r"} {
		want := strings.ReplaceAll(text, "\r\n", "\n")
		for name, in := range map[string]io.Reader{"at once": strings.NewReader(text), "by byte": iotest.OneByteReader(strings.NewReader(text))} {
			var out bytes.Buffer
			lines := &unixLines{to: &out}
			// CopyBuffer with plain reader and writer: each read is a write of its own.
			_, err := io.CopyBuffer(struct{ io.Writer }{lines}, struct{ io.Reader }{in}, make([]byte, 64))
			if err != nil {
				t.Fatal(err)
			}
			if err := lines.end(); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); got != want || lines.changed != (want != text) {
				t.Errorf("%s: %q became %q, changed %t; want %q", name, text, got, lines.changed, want)
			}
		}
	}
}

// TestWindowsCheckout: git gave every file line ends of Windows. They are ours all the same: nothing differs, what is out
// of date is written, what is of no more use goes; only what says something else is somebody's.
func TestWindowsCheckout(t *testing.T) {
	files := map[string]string{"base/a.yaml": "a\nb\n", "base/b.yaml": "b\n", "overlays/x/c.yaml": "c\n"}
	old := treeOf(t, "p", files)
	next := treeOf(t, "p", map[string]string{"base/a.yaml": "a\nB\n", "base/b.yaml": "b\n"})
	checkout := func(t *testing.T) string {
		t.Helper()
		dir := t.TempDir()
		if _, err := Write(context.Background(), dir, Target{Tree: old}, nil); err != nil {
			t.Fatal(err)
		}
		for name, text := range onDisk(t, dir) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.ReplaceAll(text, "\n", "\r\n")), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}

	t.Run("unchanged", func(t *testing.T) {
		dir := checkout(t)
		before := onDisk(t, dir)
		c, err := Write(context.Background(), dir, Target{Tree: old}, nil)
		if err != nil || !c.Clean() || len(c.Drift) > 0 || len(c.Unchanged) != 4 {
			t.Errorf("%+v, %v", c, err)
		}
		if !maps.Equal(before, onDisk(t, dir)) {
			t.Error("something was written")
		}
	})
	t.Run("changed", func(t *testing.T) {
		dir := checkout(t)
		if _, err := Write(context.Background(), dir, Target{Tree: next}, nil); err != nil {
			t.Fatal(err)
		}
		want := maps.Clone(next)
		want["p/base/b.yaml"] = []byte("b\r\n") // it was as it should be
		wantDisk(t, dir, nil, want)
	})
	t.Run("interrupted", func(t *testing.T) {
		dir := checkout(t)
		journal := `{"version": 1, "files": {"base/n.yaml": {"after": "` + digest([]byte("n\n")) + `"}}}` + "\r\n"
		for name, text := range map[string]string{journalFile: journal, "base/n.yaml": "n\r\n"} {
			if err := os.WriteFile(filepath.Join(dir, "p", name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		wantDrift(t, dir, Target{Tree: old}, "tree-extra p/base/n.yaml", "tree-interrupted p")
	})
	t.Run("gone", func(t *testing.T) {
		dir := checkout(t)
		if _, err := Write(context.Background(), dir, Target{Gone: []Unit{"p"}}, nil); err != nil {
			t.Fatal(err)
		}
		wantDisk(t, dir, nil)
	})
	t.Run("edited", func(t *testing.T) {
		dir := checkout(t)
		if err := os.WriteFile(filepath.Join(dir, "p", "base", "a.yaml"), []byte("a\r\nb\r\r\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		wantDrift(t, dir, Target{Tree: old}, "tree-edited p/base/a.yaml")
	})
}
