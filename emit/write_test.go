package emit

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// treeOf gives the tree of a pipeline with these files.
func treeOf(t testing.TB, pipeline string, files map[string]string) Tree {
	t.Helper()
	texts := map[string][]byte{}
	for name, text := range files {
		texts[name] = []byte(text)
	}
	tree, err := Kustomize.seal(Unit(pipeline), pipeline+".yaml", texts)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// onDisk gives the files below a folder, by path with slashes; folders that hold nothing end in a slash.
func onDisk(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(name)
			files[rel] = "link to " + target
			return err
		}
		if !d.IsDir() {
			text, err := os.ReadFile(name)
			files[rel] = string(text)
			return err
		}
		entries, err := os.ReadDir(name)
		if len(entries) == 0 && rel != "." {
			files[rel+"/"] = ""
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// wantDisk fails unless a folder holds exactly the trees and these other files.
func wantDisk(t testing.TB, dir string, others map[string]string, trees ...Tree) {
	t.Helper()
	want := maps.Clone(others)
	if want == nil {
		want = map[string]string{}
	}
	for _, tree := range trees {
		for name, text := range tree {
			want[name] = string(text)
		}
	}
	got := onDisk(t, dir)
	if !maps.Equal(got, want) {
		t.Errorf("on disk are %q, want %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

func write(t testing.TB, dir string, tree Tree) *Changes {
	t.Helper()
	c, err := Write(t.Context(), dir, Target{Tree: tree}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func place(t testing.TB, text string, elem ...string) {
	t.Helper()
	name := filepath.Join(elem...)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	first := treeOf(t, "p", map[string]string{"base/a.yaml": "a", "base/b.yaml": "b", "overlays/x/app/c.yaml": "c"})
	other := treeOf(t, "q", map[string]string{"base/a.yaml": "a"})
	both := maps.Clone(first)
	maps.Copy(both, other)
	if c := write(t, dir, both); len(c.Written) != 6 || len(c.Removed)+len(c.Unchanged) != 0 {
		t.Errorf("first write: %+v", c)
	}
	wantDisk(t, dir, nil, both)
	if c := write(t, dir, both); !c.Clean() || len(c.Unchanged) != 6 {
		t.Errorf("second write: %+v", c)
	}

	second := treeOf(t, "p", map[string]string{"base/a.yaml": "a", "base/b.yaml": "B", "d.yaml": "d"})
	place(t, "own", dir, "p", "base", "mine.txt")
	c, err := Compare(dir, Target{Tree: second})
	if err != nil {
		t.Fatal(err)
	}
	wantDisk(t, dir, map[string]string{"p/base/mine.txt": "own"}, both)
	written := write(t, dir, second)
	for _, c := range []*Changes{c, written} {
		if !slices.Equal(c.Written, []string{"p/.pipelinectl.json", "p/base/b.yaml", "p/d.yaml"}) ||
			!slices.Equal(c.Removed, []string{"p/overlays/x/app/c.yaml"}) || !slices.Equal(c.Unchanged, []string{"p/base/a.yaml"}) {
			t.Errorf("third write: %+v", c)
		}
	}
	wantDisk(t, dir, map[string]string{"p/base/mine.txt": "own"}, second, other)
}

// A file that was deleted by hand comes back; one that happens to be as compiled is taken over.
func TestWriteMends(t *testing.T) {
	dir := t.TempDir()
	tree := treeOf(t, "p", map[string]string{"base/a.yaml": "a", "base/b.yaml": "b"})
	place(t, "b", dir, "p", "base", "b.yaml")
	write(t, dir, tree)
	if err := os.Remove(filepath.Join(dir, "p", "base", "a.yaml")); err != nil {
		t.Fatal(err)
	}
	if c := write(t, dir, tree); !slices.Equal(c.Written, []string{"p/base/a.yaml"}) {
		t.Errorf("%+v", c)
	}
	if err := os.Remove(filepath.Join(dir, "p", LedgerFile)); err != nil {
		t.Fatal(err)
	}
	if c := write(t, dir, tree); !slices.Equal(c.Written, []string{"p/" + LedgerFile}) {
		t.Errorf("%+v", c)
	}
	wantDisk(t, dir, nil, tree)
}

// A file that moves to where another kind of file was, and a folder that becomes a file.
func TestWriteFolderBecomesFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, treeOf(t, "p", map[string]string{"x/a.yaml": "a"}))
	tree := treeOf(t, "p", map[string]string{"x": "file"})
	c, err := Write(t.Context(), dir, Target{Tree: tree}, nil)
	if !errors.Is(err, ErrConflict) || c.Conflicts[0].Code != CodeTreeForeign || !strings.HasSuffix(c.Conflicts[0].Pos.File, "/p/x") {
		t.Errorf("got %v, %v", c, err)
	}
}

func TestWriteConflicts(t *testing.T) {
	old := map[string]string{"base/a.yaml": "a", "base/b.yaml": "b"}
	for _, test := range []struct {
		name    string
		disturb func(t *testing.T, dir string)
		path    string
		problem string
	}{
		{"edited and changed", func(t *testing.T, dir string) { place(t, "mine", dir, "p/base/a.yaml") }, "p/base/a.yaml", "was edited"},
		{"edited and gone", func(t *testing.T, dir string) { place(t, "mine", dir, "p/base/b.yaml") }, "p/base/b.yaml", "was edited"},
		{"foreign", func(t *testing.T, dir string) { place(t, "mine", dir, "p/base/c.yaml") }, "p/base/c.yaml", "was not written by a build"},
		{"link", func(t *testing.T, dir string) {
			place(t, "A", dir, "p/base/real")
			if err := os.Symlink("real", filepath.Join(dir, "p/base/c.yaml")); err != nil {
				t.Skip("no symbolic links here:", err)
			}
		}, "p/base/c.yaml", "is no regular file"},
		{"folder", func(t *testing.T, dir string) { place(t, "x", dir, "p/base/c.yaml/file") }, "p/base/c.yaml", "is no regular file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, treeOf(t, "p", old))
			test.disturb(t, dir)
			before := onDisk(t, dir)
			tree := treeOf(t, "p", map[string]string{"base/a.yaml": "A", "base/c.yaml": "c"})
			// Another pipeline comes first, and must not be written either.
			maps.Copy(tree, treeOf(t, "o", map[string]string{"base/a.yaml": "a"}))
			c, err := Write(t.Context(), dir, Target{Tree: tree}, nil)
			if !errors.Is(err, ErrConflict) || len(c.Conflicts) != 1 {
				t.Fatalf("got %v, %v", c, err)
			}
			got := c.Conflicts[0]
			if got.Pos.File != path.Join(filepath.ToSlash(dir), test.path) || !strings.Contains(got.Message, test.problem) || got.Hint == "" || !slices.ContainsFunc(c.Drift, func(d diag.Diagnostic) bool { return d.Message == got.Message }) {
				t.Errorf("conflict %+v, drift %+v", got, c.Drift)
			}
			if c.Clean() {
				t.Error("the changes are clean")
			}
			if after := onDisk(t, dir); !maps.Equal(before, after) {
				t.Errorf("something was written: %q", slices.Sorted(maps.Keys(after)))
			}
			if err := os.RemoveAll(filepath.Join(dir, filepath.FromSlash(test.path))); err != nil {
				t.Fatal(err)
			}
			write(t, dir, tree)
		})
	}
}

// No path of a tree, a ledger or a journal, and no symbolic link, leads out of the folder.
func TestWriteStaysInside(t *testing.T) {
	outside := t.TempDir()
	place(t, "precious", outside, "a.yaml")
	precious := digest([]byte("precious"))
	tree := treeOf(t, "p", map[string]string{"base/a.yaml": "a"})
	engine := treeOf(t, "p", map[string]string{"../clusters/prod/p.yaml": "a"})
	for _, test := range []struct {
		name    string
		tree    Tree
		prepare func(dir string) error
	}{
		{"link in place of the pipeline's folder", tree, func(dir string) error { return os.Symlink(outside, filepath.Join(dir, "p")) }},
		{"link in place of a folder in it", tree, func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, "p"), 0o755), os.Symlink(outside, filepath.Join(dir, "p", "base")))
		}},
		{"ledger", tree, func(dir string) error {
			place(t, `{"version": 1, "files": {"../../`+filepath.Base(outside)+`/a.yaml": {"sha256": "`+precious+`", "source": "x"}}}`, dir, "p", LedgerFile)
			return nil
		}},
		{"journal", tree, func(dir string) error {
			place(t, `{"version": 1, "files": {"`+filepath.ToSlash(outside)+`/a.yaml": {"before": "`+precious+`"}}}`, dir, "p", journalFile)
			return nil
		}},
		{"tree", Tree{"p/../../x": nil, "p/" + LedgerFile: tree["p/"+LedgerFile]}, func(string) error { return nil }},
		{"tree that writes the journal", Tree{"p/" + journalFile: nil, "p/" + LedgerFile: tree["p/"+LedgerFile]}, func(string) error { return nil }},
		{"tree that writes another's engine file", Tree{"clusters/prod/q.yaml": nil, "p/" + LedgerFile: tree["p/"+LedgerFile]}, func(string) error { return nil }},
		{"link in place of the folder of engines", engine, func(dir string) error { return os.Symlink(outside, filepath.Join(dir, "clusters")) }},
		{"link in place of an environment's folder", engine, func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, "clusters"), 0o755), os.Symlink(outside, filepath.Join(dir, "clusters", "prod")))
		}},
		{"tree without a ledger", Tree{"p/base/a.yaml": nil}, func(string) error { return nil }},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := test.prepare(dir); err != nil {
				t.Skip("no symbolic links here:", err)
			}
			before := onDisk(t, dir)
			if _, err := Write(t.Context(), dir, Target{Tree: test.tree}, nil); err == nil {
				t.Error("was written")
			}
			if after := onDisk(t, dir); !maps.Equal(before, after) {
				t.Error("something was written inside")
			}
			wantDisk(t, outside, map[string]string{"a.yaml": "precious"})
		})
	}
}

func TestWriteUnreadableRecords(t *testing.T) {
	tree := treeOf(t, "p", map[string]string{"base/a.yaml": "a"})
	for name, text := range map[string]string{
		LedgerFile:  "<<<<<<< HEAD\n{}",
		journalFile: `{"version": 2}`,
	} {
		dir := t.TempDir()
		place(t, text, dir, "p", name)
		c, err := Write(t.Context(), dir, Target{Tree: tree}, nil)
		if !errors.Is(err, ErrConflict) || len(c.Conflicts) != 1 || c.Conflicts[0].Code != CodeTreeForeign || path.Base(c.Conflicts[0].Pos.File) != name {
			t.Errorf("%s: got %+v, %v", name, c, err)
		}
		wantDisk(t, dir, map[string]string{"p/" + name: text})
	}
	for _, text := range []string{"", "{}", "[]", `{"version": 1, "x": 1}`, `{"version": 1} {}`, `{"version": 1, "files": {"` + LedgerFile + `": {}}}`} {
		if _, err := parseLedger("p", []byte(text)); err == nil {
			t.Errorf("ledger %q was read", text)
		}
	}
}
