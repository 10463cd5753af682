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

	"golang.org/x/sync/errgroup"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Target is what an output folder is to hold. Units that it does not name stay as they are.
type Target struct {
	Tree Tree
	// Gone are units that are to vanish, as far as builds wrote them. None of them is in Tree.
	Gone []Unit
}

// Concerns says whether a write of the target touches a unit.
func (t Target) Concerns(u Unit) bool {
	_, built := t.Tree[u.Ledger()]
	return built || slices.Contains(t.Gone, u)
}

// Changes is what a write of a target does, or did, to an output folder.
type Changes struct {
	// Written, Removed and Unchanged are paths relative to the output folder, with slashes, sorted.
	Written, Removed, Unchanged []string
	// Interrupted are the units where an earlier write was killed; this one completes it.
	Interrupted []Unit
	// Relaid are the units that lie there in another layout than the target's, which each of them gets.
	Relaid []Unit
	// Drift says in what the folder differs from the target, one finding for each file, or for a unit where it concerns
	// all of it. Paths begin with the folder, as the caller called it, and have slashes.
	Drift diag.List
	// Conflicts are those of Drift that forbid the write: nothing of any unit is written while there is one.
	Conflicts diag.List

	units []*unitChanges
}

// Clean says whether a write has nothing to do and may be done.
func (c *Changes) Clean() bool {
	return len(c.Written)+len(c.Removed)+len(c.Conflicts)+len(c.Interrupted) == 0
}

// Compare says what Write would do to a folder, which need not exist. It changes nothing. An error is I/O, or a path
// that leaves the folder (through a symbolic link, say).
func Compare(dir string, t Target) (*Changes, error) {
	units, err := t.split()
	if err != nil {
		return nil, err
	}
	comparison := comparison{dir: filepath.ToSlash(dir), units: units}
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
	// units are the files of each, by path relative to its folder: none for a unit that is to vanish.
	units map[Unit]map[string][]byte
}

// run compares unit by unit, side by side.
func (x *comparison) run() (*Changes, error) {
	units := slices.Sorted(maps.Keys(x.units))
	found := make([]*unitChanges, len(units))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, unit := range units {
		group.Go(func() (err error) {
			if found[i], err = x.unit(unit); err != nil {
				return fmt.Errorf("%s: %w", unit, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	c := &Changes{}
	for _, u := range found {
		c.add(u)
	}
	c.Drift, c.Conflicts = withoutRepeats(c.Drift), withoutRepeats(c.Conflicts)
	return c, nil
}

// withoutRepeats gives each finding once: what is in the place of a folder is in the way of every unit that has one there.
func withoutRepeats(list diag.List) diag.List {
	type key struct {
		pos     diag.Pos
		message string
	}
	seen := make(map[key]bool, len(list))
	return slices.DeleteFunc(list, func(d diag.Diagnostic) bool {
		k := key{d.Pos, d.Message}
		again := seen[k]
		seen[k] = true
		return again
	})
}

// unit finds out what a write would do to one unit.
func (x *comparison) unit(unit Unit) (*unitChanges, error) {
	u := &unitChanges{unit: unit, at: path.Join(x.dir, string(unit)), target: x.units[unit], transitions: map[string]transition{}}
	if x.root == nil {
		return u, u.compare(nil, nil)
	}
	root, err := x.root.OpenRoot(string(unit))
	if err == nil {
		return u, errors.Join(u.compare(root, x.root), root.Close())
	}
	if name, blocked := obstacle(x.root, string(unit)); blocked {
		u.notRegular(u.fromOutput(name), "folder")
		return u, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return u, u.compare(nil, x.root)
}

// split gives the files of each unit, by path relative to its folder, and none for one that is to vanish.
func (t Target) split() (map[Unit]map[string][]byte, error) {
	units := map[Unit]map[string][]byte{}
	for full, text := range t.Tree {
		u := UnitOf(full)
		rest := u.relative(full)
		if !fs.ValidPath(full) || !u.valid() || rest != u.ledgerName() && u.check(rest) != nil {
			return nil, fmt.Errorf("write: %q is no path of a tree", full)
		}
		if units[u] == nil {
			units[u] = map[string][]byte{}
		}
		units[u][rest] = text
	}
	for u, files := range units {
		if files[u.ledgerName()] == nil {
			return nil, fmt.Errorf("write: the tree of %s has no ledger", u)
		}
	}
	for _, u := range t.Gone {
		if !u.valid() || units[u] != nil {
			return nil, fmt.Errorf("write: %q cannot vanish", string(u))
		}
		units[u] = nil
	}
	return units, nil
}

func (c *Changes) add(u *unitChanges) {
	full := func(names []string) []string {
		out := make([]string, len(names))
		for i, name := range names {
			out[i] = path.Join(string(u.unit), name)
		}
		return out
	}
	c.Written = append(c.Written, full(u.written)...)
	c.Removed = append(c.Removed, full(u.removed)...)
	c.Unchanged = append(c.Unchanged, full(u.unchanged)...)
	c.Drift = append(c.Drift, u.drift.Sorted()...)
	c.Conflicts = append(c.Conflicts, u.conflicts.Sorted()...)
	if u.relaid != "" {
		c.Relaid = append(c.Relaid, u.unit)
	}
	if u.interrupted {
		c.Interrupted = append(c.Interrupted, u.unit)
	}
	c.units = append(c.units, u)
}
