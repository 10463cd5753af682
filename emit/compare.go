package emit

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Target is what an output folder is to hold. The folders of pipelines that it does not name stay as they are.
type Target struct {
	Tree Tree
	// Gone are pipelines whose trees are to vanish, as far as builds wrote them. None of them is in Tree.
	Gone []string
}

// Concerns says whether a write of the target touches the folder of a pipeline.
func (t Target) Concerns(pipeline string) bool {
	_, built := t.Tree[path.Join(pipeline, LedgerFile)]
	return built || slices.Contains(t.Gone, pipeline)
}

// Changes is what a write of a target does, or did, to an output folder.
type Changes struct {
	// Written, Removed and Unchanged are paths relative to the output folder, with slashes, sorted.
	Written, Removed, Unchanged []string
	// Interrupted are the pipelines where an earlier write was killed; this one completes it.
	Interrupted []string
	// Drift says in what the folder differs from the target, one finding for each file, or for a pipeline where it
	// concerns all of it. Paths begin with the folder, as the caller called it, and have slashes.
	Drift diag.List
	// Conflicts are those of Drift that forbid the write: nothing of any pipeline is written while there is one.
	Conflicts diag.List

	pipelines []*pipelineChanges
}

// Clean says whether a write has nothing to do and may be done.
func (c *Changes) Clean() bool {
	return len(c.Written)+len(c.Removed)+len(c.Conflicts)+len(c.Interrupted) == 0
}

// Compare says what Write would do to a folder, which need not exist. It changes nothing. An error is I/O, or a path
// that leaves the folder (through a symbolic link, say).
func Compare(dir string, t Target) (*Changes, error) {
	pipelines, err := t.split()
	if err != nil {
		return nil, err
	}
	comparison := comparison{dir: filepath.ToSlash(dir), pipelines: pipelines}
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return comparison.run()
	}
	if err != nil {
		return nil, err
	}
	comparison.root = root
	c, err := comparison.run()
	return c, errors.Join(err, root.Close())
}

// comparison is one run of Compare.
type comparison struct {
	// dir is the output folder as the caller called it, with slashes; root is nil where it does not exist.
	dir  string
	root *os.Root
	// pipelines are the files of each, by path relative to its folder: none for a pipeline that is to vanish.
	pipelines map[string]map[string][]byte
}

// run compares pipeline by pipeline, side by side.
func (x *comparison) run() (*Changes, error) {
	names := slices.Sorted(maps.Keys(x.pipelines))
	found := make([]*pipelineChanges, len(names))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		group.Go(func() (err error) {
			if found[i], err = x.pipeline(name); err != nil {
				return fmt.Errorf("pipeline %s: %w", name, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	c := &Changes{}
	for _, p := range found {
		c.add(p)
	}
	return c, nil
}

// pipeline finds out what a write would do to one pipeline's folder.
func (x *comparison) pipeline(name string) (*pipelineChanges, error) {
	p := &pipelineChanges{name: name, at: path.Join(x.dir, name), target: x.pipelines[name], transitions: map[string]transition{}}
	if x.root != nil {
		root, err := x.root.OpenRoot(name)
		if err == nil {
			return p, errors.Join(p.compare(root), root.Close())
		}
		if info, blocked := x.root.Lstat(name); blocked == nil && !info.IsDir() {
			p.notRegular("", "folder")
			return p, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return p, p.compare(nil)
}

// split gives the files of each pipeline, by path relative to its folder, and none for one that is to vanish.
func (t Target) split() (map[string]map[string][]byte, error) {
	pipelines := map[string]map[string][]byte{}
	for full, text := range t.Tree {
		name, rest, _ := strings.Cut(full, "/")
		if !fs.ValidPath(full) || rest == "" || rest != LedgerFile && checkPath(rest) != nil {
			return nil, fmt.Errorf("write: %q is no path of a tree", full)
		}
		if pipelines[name] == nil {
			pipelines[name] = map[string][]byte{}
		}
		pipelines[name][rest] = text
	}
	for name, files := range pipelines {
		if files[LedgerFile] == nil {
			return nil, fmt.Errorf("write: the tree of pipeline %s has no ledger", name)
		}
	}
	for _, name := range t.Gone {
		if !fs.ValidPath(name) || name == "." || strings.Contains(name, "/") || pipelines[name] != nil {
			return nil, fmt.Errorf("write: %q cannot vanish", name)
		}
		pipelines[name] = nil
	}
	return pipelines, nil
}

func (c *Changes) add(p *pipelineChanges) {
	full := func(names []string) []string {
		out := make([]string, len(names))
		for i, name := range names {
			out[i] = path.Join(p.name, name)
		}
		return out
	}
	c.Written = append(c.Written, full(p.written)...)
	c.Removed = append(c.Removed, full(p.removed)...)
	c.Unchanged = append(c.Unchanged, full(p.unchanged)...)
	c.Drift = append(c.Drift, p.drift.Sorted()...)
	c.Conflicts = append(c.Conflicts, p.conflicts.Sorted()...)
	if p.interrupted {
		c.Interrupted = append(c.Interrupted, p.name)
	}
	c.pipelines = append(c.pipelines, p)
}
