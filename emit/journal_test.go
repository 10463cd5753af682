package emit

import (
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// killAfter does the first steps of a write of pipeline p and is killed then; torn is how much of a temporary file the
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
	all, err := c.pipelines[0].steps()
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(filepath.Join(dir, "p"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, s := range all[:min(steps, len(all))] {
		if err := s(root); err != nil {
			t.Fatal(err)
		}
	}
	if torn != "" {
		if err := root.WriteFile(temporaryFile, []byte(torn), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return steps < len(all)
}

// crash are the trees that a write goes through: each has a file that the one before lacks, one that it changes, one
// that it removes, a folder that goes and one that comes.
func crash(t *testing.T) (before, during, after Tree) {
	return treeOf(t, "p", map[string]string{"base/a.yaml": "1", "old/b.yaml": "b", "same.yaml": "s"}),
		treeOf(t, "p", map[string]string{"base/a.yaml": "2", "new/c.yaml": "c", "same.yaml": "s"}),
		treeOf(t, "p", map[string]string{"base/a.yaml": "3", "old/b.yaml": "B", "base/d.yaml": "d"})
}

// wantOldOrNew fails unless each file is as one of the trees has it.
func wantOldOrNew(t *testing.T, dir string, trees ...Tree) {
	t.Helper()
	for name, text := range onDisk(t, dir) {
		known := strings.HasSuffix(name, "/") || name == "p/"+journalFile || name == "p/"+temporaryFile
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
	before, during, after := crash(t)
	for steps, more := 0, true; more; steps++ {
		for _, torn := range []string{"", "ha"} {
			for name, next := range map[string]Tree{"same": during, "old": before, "other": after} {
				dir := t.TempDir()
				write(t, dir, before)
				more = killAfter(t, dir, Target{Tree: during}, steps, torn)
				wantOldOrNew(t, dir, before, during)
				wantInterruptedAsOnDisk(t, dir, next)
				write(t, dir, next)
				wantDisk(t, dir, nil, next)
				if c, err := Compare(dir, Target{Tree: next}); err != nil || !c.Clean() {
					t.Errorf("after %d steps, then %s: not clean: %+v, %v", steps, name, c, err)
				}
			}
		}
	}
}

// wantInterruptedAsOnDisk fails unless Compare reports exactly the traces of a kill that are there.
func wantInterruptedAsOnDisk(t *testing.T, dir string, tree Tree) {
	t.Helper()
	files := onDisk(t, dir)
	_, journalled := files["p/"+journalFile]
	_, torn := files["p/"+temporaryFile]
	c, err := Compare(dir, Target{Tree: tree})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(c.Interrupted) == 1; got != (journalled || torn) || got && c.Clean() {
		t.Errorf("interrupted is %v with journal %v and temporary file %v", c.Interrupted, journalled, torn)
	}
}

// The write that completes a killed one may itself be killed.
func TestTwiceKilledWriteRecovers(t *testing.T) {
	before, during, after := crash(t)
	for first, more := 0, true; more; first++ {
		t.Run(strconv.Itoa(first), func(t *testing.T) {
			for second, again := first%2, true; again; second += 2 {
				dir := t.TempDir()
				write(t, dir, before)
				more = killAfter(t, dir, Target{Tree: during}, first, "ha")
				again = killAfter(t, dir, Target{Tree: after}, second, "ha")
				wantOldOrNew(t, dir, before, during, after)
				next := []Tree{during, before, after}[(first+second)%3]
				write(t, dir, next)
				wantDisk(t, dir, nil, next)
			}
		})
	}
}

// After a kill, what a person edited is still a person's.
func TestKilledWriteKeepsEdits(t *testing.T) {
	before, during, _ := crash(t)
	for steps, more := 1, true; more; steps++ {
		dir := t.TempDir()
		write(t, dir, before)
		more = killAfter(t, dir, Target{Tree: during}, steps, "")
		place(t, "mine", dir, "p", "base", "a.yaml")
		saved := onDisk(t, dir)
		c, err := Write(t.Context(), dir, Target{Tree: during}, nil)
		if err == nil || len(c.Conflicts) != 1 || !strings.HasSuffix(c.Conflicts[0].Pos.File, "/p/base/a.yaml") {
			t.Errorf("after %d steps: %v", steps, err)
		}
		if now := onDisk(t, dir); !maps.Equal(saved, now) {
			t.Errorf("after %d steps: something was written", steps)
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
