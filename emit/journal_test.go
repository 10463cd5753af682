package emit

import (
	"errors"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// killAfter does the first steps of a write of one unit and is killed then; torn is how much of a temporary file the
// next step had written, empty for none. It says whether there was more to do.
func killAfter(t *testing.T, dir string, target Target, steps int, torn string) bool {
	t.Helper()
	c, err := Compare(dir, target)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Conflicts) > 0 {
		t.Fatalf("our own files are taken for a person's: %v", c.Conflicts)
	}
	all, err := c.units[0].steps()
	if err != nil {
		t.Fatal(err)
	}
	output, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	at, err := openGround(output, c.units[0].unit, new(sync.Mutex))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(at.own.Close(), output.Close()); err != nil {
			t.Error(err)
		}
	}()
	for _, s := range all[:min(steps, len(all))] {
		if err := s(at); err != nil {
			t.Fatal(err)
		}
	}
	if torn != "" {
		if err := at.own.WriteFile(temporaryFile, []byte(torn), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return steps < len(all)
}

// crash is a unit with the trees that its writes go through.
type crash struct {
	unit                  Unit
	before, during, after Tree
}

// crashes are those of a pipeline and of an environment. Each tree has a file that the one before lacks, one that it
// changes, one that it removes, a folder that goes and one that comes; of the pipeline, inside and outside of its folder.
func crashes(t *testing.T) []crash {
	tree := func(u Unit, files map[string]string) Tree { return treeOf(t, string(u), files) }
	prod := EnvironmentUnit("prod")
	return []crash{
		{
			"p",
			tree("p", map[string]string{"base/a.yaml": "1", "old/b.yaml": "b", "same.yaml": "s", "../clusters/x/p.yaml": "1", "../clusters/old/p.yaml": "b"}),
			tree("p", map[string]string{"base/a.yaml": "2", "new/c.yaml": "c", "same.yaml": "s", "../clusters/x/p.yaml": "2", "../clusters/new/p.yaml": "c"}),
			tree("p", map[string]string{"base/a.yaml": "3", "old/b.yaml": "B", "base/d.yaml": "d", "../clusters/old/p.yaml": "B", "../clusters/y/p.yaml": "d"}),
		},
		{
			prod,
			tree(prod, map[string]string{"_a.yaml": "1", "old/b.yaml": "b", "_same.yaml": "s"}),
			tree(prod, map[string]string{"_a.yaml": "2", "new/c.yaml": "c", "_same.yaml": "s"}),
			tree(prod, map[string]string{"_a.yaml": "3", "old/b.yaml": "B", "_d.yaml": "d"}),
		},
	}
}

// wantOldOrNew fails unless each file is as one of the trees has it.
func wantOldOrNew(t *testing.T, dir string, u Unit, trees ...Tree) {
	t.Helper()
	for name, text := range onDisk(t, dir) {
		known := strings.HasSuffix(name, "/") || name == path.Join(string(u), journalFile) || name == path.Join(string(u), temporaryFile)
		for _, tree := range trees {
			content, ok := tree[name]
			known = known || ok && string(content) == text
		}
		if !known {
			t.Errorf("%s holds %q, which is neither old nor new", name, text)
		}
	}
}

// A write that is killed after any step leaves each file old or new, says so to the next, and is completed by a write
// of the same tree, of the old one, or of another.
func TestKilledWriteRecovers(t *testing.T) {
	for _, c := range crashes(t) {
		for steps, more := 0, true; more; steps++ {
			for _, torn := range []string{"", "ha"} {
				for name, next := range map[string]Tree{"same": c.during, "old": c.before, "other": c.after} {
					dir := t.TempDir()
					write(t, dir, c.before)
					more = killAfter(t, dir, Target{Tree: c.during}, steps, torn)
					wantOldOrNew(t, dir, c.unit, c.before, c.during)
					wantInterruptedAsOnDisk(t, dir, c.unit, next)
					write(t, dir, next)
					wantDisk(t, dir, nil, next)
					if c, err := Compare(dir, Target{Tree: next}); err != nil || !c.Clean() {
						t.Errorf("after %d steps, then %s: not clean: %+v, %v", steps, name, c, err)
					}
				}
			}
		}
	}
}

// wantInterruptedAsOnDisk fails unless Compare reports exactly the traces of a kill that are there.
func wantInterruptedAsOnDisk(t *testing.T, dir string, u Unit, tree Tree) {
	t.Helper()
	files := onDisk(t, dir)
	_, journalled := files[path.Join(string(u), journalFile)]
	_, torn := files[path.Join(string(u), temporaryFile)]
	c, err := Compare(dir, Target{Tree: tree})
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Equal(c.Interrupted, []Unit{u}); got != (journalled || torn) || got && c.Clean() {
		t.Errorf("interrupted is %v with journal %v and temporary file %v", c.Interrupted, journalled, torn)
	}
}

// The write that completes a killed one may itself be killed.
func TestTwiceKilledWriteRecovers(t *testing.T) {
	c := crashes(t)[0]
	for first, more := 0, true; more; first++ {
		t.Run(strconv.Itoa(first), func(t *testing.T) {
			for second, again := first%3, true; again; second += 3 {
				dir := t.TempDir()
				write(t, dir, c.before)
				more = killAfter(t, dir, Target{Tree: c.during}, first, "ha")
				again = killAfter(t, dir, Target{Tree: c.after}, second, "ha")
				wantOldOrNew(t, dir, c.unit, c.before, c.during, c.after)
				next := []Tree{c.during, c.before, c.after}[(first+second)%3]
				write(t, dir, next)
				wantDisk(t, dir, nil, next)
			}
		})
	}
}

// After a kill, what a person edited is still a person's.
func TestKilledWriteKeepsEdits(t *testing.T) {
	c := crashes(t)[0]
	for _, edited := range []string{"p/base/a.yaml", "clusters/x/p.yaml"} {
		for steps, more := 1, true; more; steps++ {
			dir := t.TempDir()
			write(t, dir, c.before)
			more = killAfter(t, dir, Target{Tree: c.during}, steps, "")
			place(t, "mine", dir, edited)
			saved := onDisk(t, dir)
			changes, err := Write(t.Context(), dir, Target{Tree: c.during}, nil)
			if err == nil || len(changes.Conflicts) != 1 || changes.Conflicts[0].Pos.File != path.Join(filepath.ToSlash(dir), edited) {
				t.Errorf("after %d steps: %v", steps, err)
			}
			if now := onDisk(t, dir); !maps.Equal(saved, now) {
				t.Errorf("after %d steps: something was written", steps)
			}
		}
	}
}

// A temporary file that somebody made a link is not written through.
func TestTemporaryFileIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	place(t, "precious", dir, "p", "mine.txt")
	if err := os.Symlink("mine.txt", filepath.Join(dir, "p", temporaryFile)); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	tree := treeOf(t, "p", map[string]string{"base/a.yaml": "a"})
	write(t, dir, tree)
	wantDisk(t, dir, map[string]string{"p/mine.txt": "precious"}, tree)
}
