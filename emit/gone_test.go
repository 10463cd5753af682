package emit

import (
	"errors"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"
)

// vanish has units vanish from a folder.
func vanish(t testing.TB, dir string, names ...Unit) *Changes {
	t.Helper()
	c, err := Write(t.Context(), dir, Target{Gone: names}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPrune(t *testing.T) {
	dir := t.TempDir()
	stays := treeOf(t, "o", map[string]string{"base/a.yaml": "a"})
	write(t, dir, stays)
	write(t, dir, treeOf(t, "p", map[string]string{"base/a.yaml": "a", "overlays/x/app/c.yaml": "c"}))
	write(t, dir, treeOf(t, "q", map[string]string{"base/a.yaml": "a"}))
	place(t, "own", dir, "q", "mine", "kustomization.yaml")
	wantDrift(t, dir, Target{Tree: stays, Gone: []Unit{"p", "q"}}, "tree-gone p", "tree-gone q")
	c := vanish(t, dir, "p", "q")
	if want := []string{"p/.pipelinectl.json", "p/base/a.yaml", "p/overlays/x/app/c.yaml", "q/.pipelinectl.json", "q/base/a.yaml"}; !slices.Equal(c.Removed, want) || len(c.Written) > 0 {
		t.Errorf("%+v", c)
	}
	wantDisk(t, dir, map[string]string{"q/mine/kustomization.yaml": "own"}, stays)
	if c := vanish(t, dir, "p", "q"); !c.Clean() {
		t.Errorf("%+v", c)
	}
	wantDisk(t, dir, map[string]string{"q/mine/kustomization.yaml": "own"}, stays)
}

// While one file of a pipeline that is gone is edited, nothing is removed, and nothing is written elsewhere.
func TestPruneKeepsEdits(t *testing.T) {
	dir := t.TempDir()
	gone := treeOf(t, "p", map[string]string{"base/a.yaml": "a", "base/b.yaml": "b"})
	write(t, dir, gone)
	place(t, "mine", dir, "p/base/b.yaml")
	target := Target{Tree: treeOf(t, "o", map[string]string{"base/a.yaml": "a"}), Gone: []Unit{"p"}}
	before := onDisk(t, dir)
	if c, err := Write(t.Context(), dir, target, nil); !errors.Is(err, ErrConflict) || len(c.Conflicts) != 1 || c.Conflicts[0].Code != CodeTreeEdited {
		t.Errorf("%+v, %v", c, err)
	}
	if after := onDisk(t, dir); !maps.Equal(before, after) {
		t.Errorf("something was written: %q", slices.Sorted(maps.Keys(after)))
	}
	wantDrift(t, dir, target, "tree-missing o", "tree-gone p", "tree-edited p/base/b.yaml")
}

// A removal that is killed after any step is found again, and completed; or the pipeline comes back.
func TestKilledPruneRecovers(t *testing.T) {
	for u, old := range map[Unit]Tree{
		"p":                     treeOf(t, "p", map[string]string{"base/a.yaml": "a", "old/x/b.yaml": "b", "../clusters/prod/p.yaml": "c"}),
		EnvironmentUnit("prod"): treeOf(t, "clusters/prod", map[string]string{"_a.yaml": "a", "argocd/b.yaml": "b"}),
	} {
		for steps, more := 0, true; more; steps++ {
			for _, torn := range []string{"", "ha"} {
				for name, next := range map[string]Target{"goes": {Gone: []Unit{u}}, "comes back": {Tree: old}} {
					dir := t.TempDir()
					write(t, dir, old)
					more = killAfter(t, dir, Target{Gone: []Unit{u}}, steps, torn)
					wantOldOrNew(t, dir, u, old)
					standings, err := Standings(dir)
					if err != nil {
						t.Fatal(err)
					}
					files := onDisk(t, dir)
					_, journalled := files[path.Join(string(u), journalFile)]
					_, temporary := files[path.Join(string(u), temporaryFile)]
					_, empty := files[string(u)+"/"]
					if empty != (len(standings) == 0) || !empty && standings[0] != (Standing{u, journalled || temporary}) {
						t.Errorf("%s after %d steps: standings %v with files %q", name, steps, standings, slices.Sorted(maps.Keys(files)))
					}
					if _, err := Write(t.Context(), dir, next, nil); err != nil {
						t.Fatal(err)
					}
					if len(standings) == 0 && next.Tree == nil {
						continue // killed just before the empty folder went: nobody misses what git does not keep
					}
					wantDisk(t, dir, nil, next.Tree)
				}
			}
		}
	}
}

func TestTargetRefuses(t *testing.T) {
	tree := treeOf(t, "p", map[string]string{"base/a.yaml": "a"})
	for _, name := range []Unit{"", ".", "..", "../x", "p/base", "p", "clusters", "clusters/", "clusters/a/b", "clusters/.."} {
		if c, err := Compare(t.TempDir(), Target{Tree: tree, Gone: []Unit{name}}); err == nil {
			t.Errorf("%q: %+v", name, c)
		}
	}
}

func TestStandings(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, treeOf(t, "p", map[string]string{"base/a.yaml": "a"}))
	place(t, "{}", dir, "killed", journalFile)
	place(t, "ha", dir, "torn", temporaryFile)
	place(t, "ha", dir, "torn", LedgerFile)
	place(t, "own", dir, "clusters", "prod", "p.yaml")
	place(t, "{}", dir, "clusters", "test", environmentLedger)
	place(t, "ha", dir, "clusters", "torn", temporaryFile)
	place(t, "{}", dir, "clusters", LedgerFile)
	place(t, "own", dir, "README")
	if err := os.Symlink("p", filepath.Join(dir, "link")); err != nil {
		t.Log("no symbolic links here:", err)
	}
	got, err := Standings(dir)
	if want := []Standing{{"clusters/test", false}, {"clusters/torn", true}, {"killed", true}, {"p", false}, {"torn", true}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := Standings(filepath.Join(dir, "none")); err != nil || len(got) > 0 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := Standings(filepath.Join(dir, "README")); err == nil {
		t.Error("a file has standings")
	}
}
