package emit

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Changes is what a write of a tree does, or did, to an output folder. Paths are relative to that folder, with slashes,
// sorted.
type Changes struct {
	Written, Removed, Unchanged []string
	// Conflicts forbid the write: nothing of any pipeline is written while there is one.
	Conflicts []Conflict
	// Interrupted are the pipelines where an earlier write was killed; this one completes it.
	Interrupted []string

	pipelines []*pipelineChanges
}

// Clean says whether the folder holds exactly the tree and nothing is left to do.
func (c *Changes) Clean() bool {
	return len(c.Written)+len(c.Removed)+len(c.Conflicts)+len(c.Interrupted) == 0
}

// Conflict is a file that is not ours to write or to remove.
type Conflict struct {
	// Path is relative to the output folder.
	Path string
	// Problem says what is wrong, Remedy how to mend it.
	Problem, Remedy string
}

// String gives path, problem and remedy on one line.
func (c Conflict) String() string { return c.Path + " " + c.Problem + ": " + c.Remedy }

// ConflictError is returned where files that are not ours stand in the way. Nothing was written.
type ConflictError struct {
	Conflicts []Conflict
}

// Error lists the conflicts, one per line.
func (e *ConflictError) Error() string {
	lines := make([]string, len(e.Conflicts))
	for i, c := range e.Conflicts {
		lines[i] = c.String()
	}
	return "nothing was written:\n" + strings.Join(lines, "\n")
}

// Compare says what Write would do to a folder, which need not exist. It changes nothing. An error is I/O, a path that
// leaves the folder (through a symbolic link, say), or a ledger that cannot be read.
func Compare(dir string, t Tree) (*Changes, error) {
	pipelines, err := split(t)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return compareAll(nil, pipelines)
	}
	if err != nil {
		return nil, err
	}
	c, err := compareAll(root, pipelines)
	return c, errors.Join(err, root.Close())
}

// compareAll compares pipeline by pipeline. A nil root stands for a folder that does not exist.
func compareAll(root *os.Root, pipelines map[string]map[string][]byte) (*Changes, error) {
	names := slices.Sorted(maps.Keys(pipelines))
	found := make([]*pipelineChanges, len(names))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		group.Go(func() (err error) {
			found[i], err = comparePipeline(root, name, pipelines[name])
			return err
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

// split gives the files of each pipeline, by path relative to its folder.
func split(t Tree) (map[string]map[string][]byte, error) {
	pipelines := map[string]map[string][]byte{}
	for full, text := range t {
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
	c.Conflicts = append(c.Conflicts, p.conflicts...)
	if p.interrupted {
		c.Interrupted = append(c.Interrupted, p.name)
	}
	c.pipelines = append(c.pipelines, p)
}
