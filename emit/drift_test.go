package emit

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// wantDrift fails unless a comparison finds exactly these: "code path".
func wantDrift(t *testing.T, dir string, target Target, want ...string) diag.List {
	t.Helper()
	before := onDisk(t, dir)
	c, err := Compare(dir, target)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range c.Drift {
		rel, below := strings.CutPrefix(d.Pos.File, filepath.ToSlash(dir)+"/")
		if !below || d.Severity != diag.Error || d.Message == "" {
			t.Errorf("%+v", d)
		}
		got = append(got, string(d.Code)+" "+rel)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("drift is %q, want %q", got, want)
	}
	for _, d := range c.Conflicts {
		if d.Hint == "" || (d.Code != CodeTreeEdited && d.Code != CodeTreeForeign) {
			t.Errorf("conflict %+v", d)
		}
	}
	if !maps.Equal(before, onDisk(t, dir)) {
		t.Error("something was written")
	}
	return c.Drift
}

func TestDrift(t *testing.T) {
	old := map[string]string{"base/a.yaml": "a", "base/b.yaml": "b", "overlays/x/c.yaml": "c"}
	same := treeOf(t, "p", old)
	next := treeOf(t, "p", map[string]string{"base/a.yaml": "A", "base/d.yaml": "d", "overlays/x/c.yaml": "c"})
	remove := func(t *testing.T, elem ...string) {
		t.Helper()
		if err := os.RemoveAll(filepath.Join(elem...)); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name    string
		disturb func(t *testing.T, dir string)
		tree    Tree
		want    []string
	}{
		{"nothing", func(*testing.T, string) {}, same, nil},
		{"sources changed", func(*testing.T, string) {}, next,
			[]string{"tree-stale p/base/a.yaml", "tree-extra p/base/b.yaml", "tree-missing p/base/d.yaml"}},
		{"removed", func(t *testing.T, dir string) { remove(t, dir, "p/base/a.yaml") }, same, []string{"tree-missing p/base/a.yaml"}},
		{"a folder removed", func(t *testing.T, dir string) { remove(t, dir, "p/base") }, same,
			[]string{"tree-missing p/base/a.yaml", "tree-missing p/base/b.yaml"}},
		{"all removed", func(t *testing.T, dir string) { remove(t, dir, "p") }, same, []string{"tree-missing p"}},
		{"all but the folder removed", func(t *testing.T, dir string) {
			remove(t, dir, "p")
			place(t, "mine", dir, "p/README")
		}, same, []string{"tree-missing p"}},
		{"edited", func(t *testing.T, dir string) { place(t, "mine", dir, "p/base/a.yaml") }, same, []string{"tree-edited p/base/a.yaml"}},
		{"grown", func(t *testing.T, dir string) { place(t, "a\n", dir, "p/base/a.yaml") }, same, []string{"tree-edited p/base/a.yaml"}},
		{"with the line ends of Windows", func(t *testing.T, dir string) { place(t, "a\r\n", dir, "p/base/a.yaml") }, same, []string{"tree-edited p/base/a.yaml"}},
		{"edited and changed", func(t *testing.T, dir string) { place(t, "mine", dir, "p/base/a.yaml") }, next,
			[]string{"tree-edited p/base/a.yaml", "tree-extra p/base/b.yaml", "tree-missing p/base/d.yaml"}},
		{"edited and no longer wanted", func(t *testing.T, dir string) { place(t, "mine", dir, "p/base/b.yaml") }, next,
			[]string{"tree-stale p/base/a.yaml", "tree-edited p/base/b.yaml", "tree-missing p/base/d.yaml"}},
		{"edited to what is wanted now", func(t *testing.T, dir string) { place(t, "A", dir, "p/base/a.yaml") }, next,
			[]string{"tree-extra p/base/b.yaml", "tree-missing p/base/d.yaml"}},
		{"a file beside ours", func(t *testing.T, dir string) { place(t, "mine", dir, "p/base/mine.yaml") }, same, []string{"tree-untracked p/base/mine.yaml"}},
		{"files elsewhere", func(t *testing.T, dir string) {
			place(t, "mine", dir, "p/overlays/mine/kustomization.yaml")
			place(t, "mine", dir, "p/base/mine/kustomization.yaml")
			place(t, "mine", dir, "p/README")
			place(t, "mine", dir, "README")
			place(t, "", dir, lockFile)
		}, same, nil},
		{"in the way", func(t *testing.T, dir string) { place(t, "mine", dir, "p/base/d.yaml") }, next,
			[]string{"tree-stale p/base/a.yaml", "tree-extra p/base/b.yaml", "tree-foreign p/base/d.yaml"}},
		{"a folder in the place of a file", func(t *testing.T, dir string) { place(t, "mine", dir, "p/base/d.yaml/x") }, next,
			[]string{"tree-stale p/base/a.yaml", "tree-extra p/base/b.yaml", "tree-foreign p/base/d.yaml"}},
		{"a file in the place of a folder", func(t *testing.T, dir string) {
			remove(t, dir, "p/base")
			place(t, "mine", dir, "p/base")
		}, same, []string{"tree-foreign p/base"}},
		{"a file in the place of the pipeline's folder", func(t *testing.T, dir string) {
			remove(t, dir, "p")
			place(t, "mine", dir, "p")
		}, same, []string{"tree-foreign p"}},
		{"the ledger removed", func(t *testing.T, dir string) { remove(t, dir, "p", LedgerFile) }, same, []string{"tree-missing p/" + LedgerFile}},
		{"the ledger removed, sources changed", func(t *testing.T, dir string) { remove(t, dir, "p", LedgerFile) }, next, []string{"tree-foreign p"}},
		{"the ledger removed, a file beside ours", func(t *testing.T, dir string) {
			remove(t, dir, "p", LedgerFile)
			place(t, "mine", dir, "p/base/mine.yaml")
		}, same, []string{"tree-foreign p"}},
		{"the ledger broken", func(t *testing.T, dir string) { place(t, "{", dir, "p", LedgerFile) }, same, []string{"tree-foreign p/" + LedgerFile}},
		{"the journal broken", func(t *testing.T, dir string) { place(t, "{", dir, "p", journalFile) }, same, []string{"tree-foreign p/" + journalFile}},
		{"the ledger of another source", func(t *testing.T, dir string) {
			moved, err := Kustomize.seal("p", "elsewhere.yaml", map[string][]byte{"base/a.yaml": []byte("a"), "base/b.yaml": []byte("b"), "overlays/x/c.yaml": []byte("c")})
			if err != nil {
				t.Fatal(err)
			}
			place(t, string(moved["p/"+LedgerFile]), dir, "p", LedgerFile)
		}, same, []string{"tree-stale p/" + LedgerFile}},
		{"killed", func(t *testing.T, dir string) { place(t, `{"version": 1, "files": {}}`, dir, "p", journalFile) }, same, []string{"tree-interrupted p"}},
		{"killed at the first file", func(t *testing.T, dir string) { place(t, "ha", dir, "p", temporaryFile) }, same, []string{"tree-interrupted p"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, same)
			test.disturb(t, dir)
			wantDrift(t, dir, Target{Tree: test.tree}, test.want...)
		})
	}
	wantDrift(t, t.TempDir(), Target{Tree: same}, "tree-missing p")
}

// What engines read: the file of a pipeline outside of its folder, and what an environment's pipelines share.
func TestDriftOfEngines(t *testing.T) {
	old := treeOf(t, "p", map[string]string{"base/a.yaml": "a", "../clusters/x/p.yaml": "x", "../clusters/y/p.yaml": "y"})
	shared := treeOf(t, "clusters/x", map[string]string{"_a.yaml": "a", "argocd/b.yaml": "b"})
	maps.Copy(old, shared)
	next := treeOf(t, "p", map[string]string{"base/a.yaml": "a", "../clusters/x/p.yaml": "X", "../clusters/z/p.yaml": "z"})
	gone := Target{Tree: treeOf(t, "p", map[string]string{"base/a.yaml": "a"}), Gone: []Unit{"clusters/x"}}
	for _, test := range []struct {
		name    string
		disturb func(t *testing.T, dir string)
		target  Target
		want    []string
	}{
		{"nothing", func(*testing.T, string) {}, Target{Tree: old}, nil},
		{"sources changed", func(*testing.T, string) {}, Target{Tree: next},
			[]string{"tree-stale clusters/x/p.yaml", "tree-extra clusters/y/p.yaml", "tree-missing clusters/z/p.yaml"}},
		{"edited", func(t *testing.T, dir string) { place(t, "mine", dir, "clusters/x/p.yaml") }, Target{Tree: old}, []string{"tree-edited clusters/x/p.yaml"}},
		{"edited and no longer wanted", func(t *testing.T, dir string) { place(t, "mine", dir, "clusters/y/p.yaml") }, Target{Tree: next},
			[]string{"tree-stale clusters/x/p.yaml", "tree-edited clusters/y/p.yaml", "tree-missing clusters/z/p.yaml"}},
		{"in the way", func(t *testing.T, dir string) { place(t, "mine", dir, "clusters/z/p.yaml") }, Target{Tree: next},
			[]string{"tree-stale clusters/x/p.yaml", "tree-extra clusters/y/p.yaml", "tree-foreign clusters/z/p.yaml"}},
		{"in the way of a new pipeline", func(t *testing.T, dir string) { place(t, "mine", dir, "clusters/x/q.yaml") },
			Target{Tree: treeOf(t, "q", map[string]string{"../clusters/x/q.yaml": "x"})}, []string{"tree-foreign clusters/x/q.yaml", "tree-missing q/" + LedgerFile}},
		{"files of others", func(t *testing.T, dir string) {
			place(t, "mine", dir, "clusters/x/q.yaml")
			place(t, "mine", dir, "clusters/x/mine.yaml")
			place(t, "mine", dir, "clusters/README")
		}, Target{Tree: old}, nil},
		{"a file beside an environment's", func(t *testing.T, dir string) { place(t, "mine", dir, "clusters/x/argocd/mine.yaml") }, Target{Tree: old},
			[]string{"tree-untracked clusters/x/argocd/mine.yaml"}},
		{"an environment's file edited", func(t *testing.T, dir string) { place(t, "mine", dir, "clusters/x/_a.yaml") }, Target{Tree: old},
			[]string{"tree-edited clusters/x/_a.yaml"}},
		{"an environment goes", func(*testing.T, string) {}, gone,
			[]string{"tree-extra clusters/x/p.yaml", "tree-extra clusters/y/p.yaml", "tree-gone clusters/x"}},
		{"an environment goes, edited", func(t *testing.T, dir string) { place(t, "mine", dir, "clusters/x/_a.yaml") }, gone,
			[]string{"tree-extra clusters/x/p.yaml", "tree-extra clusters/y/p.yaml", "tree-gone clusters/x", "tree-edited clusters/x/_a.yaml"}},
		{"a file in the place of all environments", func(t *testing.T, dir string) {
			if err := os.RemoveAll(filepath.Join(dir, "clusters")); err != nil {
				t.Fatal(err)
			}
			place(t, "mine", dir, "clusters")
		}, Target{Tree: old}, []string{"tree-foreign clusters"}},
		{"an environment's records broken", func(t *testing.T, dir string) { place(t, "{", dir, "clusters/x", environmentLedger) }, Target{Tree: old},
			[]string{"tree-foreign clusters/x/" + environmentLedger}},
		{"an environment killed", func(t *testing.T, dir string) { place(t, "ha", dir, "clusters/x", temporaryFile) }, Target{Tree: old},
			[]string{"tree-interrupted clusters/x"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, old)
			test.disturb(t, dir)
			wantDrift(t, dir, test.target, test.want...)
		})
	}
}

// Environments come before the pipelines that refer to them and go after them; with the last file go their folders.
func TestWriteEngines(t *testing.T) {
	dir := t.TempDir()
	all := Tree{}
	for _, name := range []string{"a", "b", "c", "d"} {
		maps.Copy(all, treeOf(t, name, map[string]string{"base/a.yaml": "a", "../clusters/x/" + name + ".yaml": name}))
	}
	maps.Copy(all, treeOf(t, "clusters/x", map[string]string{"_a.yaml": "a"}))
	write(t, dir, all)
	wantDisk(t, dir, nil, all)
	one := treeOf(t, "a", map[string]string{"base/a.yaml": "a"})
	write(t, dir, one)
	if got := onDisk(t, dir); got["clusters/x/b.yaml"] != "b" || got["clusters/x/_a.yaml"] != "a" || got["clusters/x/a.yaml"] != "" {
		t.Errorf("one pipeline was built: %v", got)
	}
	vanish(t, dir, "b", "c", "d", "clusters/x")
	wantDisk(t, dir, nil, one)
}

// It says whether only a person changed a file, or its source too.
func TestDriftSaysWhoChangedAFile(t *testing.T) {
	dir := t.TempDir()
	same := treeOf(t, "p", map[string]string{"base/a.yaml": "a"})
	write(t, dir, same)
	place(t, "mine", dir, "p/base/a.yaml")
	for want, tree := range map[string]Tree{
		"the file was edited after a build wrote it":                                                      same,
		"the file was edited after a build wrote it, and what it is compiled from has changed since, too": treeOf(t, "p", map[string]string{"base/a.yaml": "A"}),
	} {
		if got := wantDrift(t, dir, Target{Tree: tree}, "tree-edited p/base/a.yaml"); got[0].Message != want {
			t.Errorf("%q, want %q", got[0].Message, want)
		}
	}
}

// A file is not read into memory beyond what is compared, but its digest is that of all of it.
func TestDriftOfALargeFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, treeOf(t, "p", map[string]string{"base/a.yaml": strings.Repeat("a", 1<<20), "base/b.yaml": "b"}))
	tree := treeOf(t, "p", map[string]string{"base/a.yaml": "a", "base/b.yaml": "b"})
	wantDrift(t, dir, Target{Tree: tree}, "tree-stale p/base/a.yaml")
	write(t, dir, tree)
	wantDisk(t, dir, nil, tree)
}
