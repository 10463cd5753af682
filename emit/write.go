package emit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// ErrConflict is returned by Write where something that is not ours stands in the way. Nothing was written.
var ErrConflict = errors.New("files that are not ours to write stand in the way")

// Write makes an output folder hold a target. It touches only what belongs to the target's units; of that it writes what
// differs and removes what an earlier write of ours left there and nobody has changed. If anything else stands in the
// way, it writes nothing and returns ErrConflict with the Changes that say what.
//
// Each file is old or new at any moment (a temporary file, then a rename), and a journal goes first, so that a killed
// write is completed by the next one. That holds for a killed process, not for a loss of power.
//
// Of several writes at once, each waits for the one before: until ctx is done, which is an error then. Waiting is called
// once, if that takes a while; it may be nil. A folder that holds the target already is not locked, nor touched at all.
func Write(ctx context.Context, dir string, t Target, waiting func()) (c *Changes, err error) {
	if c, err := Compare(dir, t); err == nil && c.Clean() {
		return c, nil
	}
	if _, err := t.split(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	release, err := lock(ctx, dir, waiting)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, release()) }()
	if c, err = Compare(dir, t); err != nil || c.Clean() {
		return c, err
	}
	if len(c.Conflicts) > 0 {
		return c, ErrConflict
	}
	return c, c.apply(dir)
}

// apply writes all units: first those of environments, which hold what pipelines refer to, then the pipelines, side by
// side, last the environments that go. So an environment's folder is there for as long as a pipeline has a file in it.
func (c *Changes) apply(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	var waves [3][]*unitChanges
	for _, u := range c.units {
		wave := 1
		if _, shared := u.unit.Environment(); shared && u.gone() {
			wave = 2
		} else if shared {
			wave = 0
		}
		waves[wave] = append(waves[wave], u)
	}
	for _, wave := range waves {
		if err := applyAll(root, wave); err != nil {
			return errors.Join(err, root.Close())
		}
	}
	return root.Close()
}

// applyAll writes units side by side.
func applyAll(root *os.Root, units []*unitChanges) error {
	var group errgroup.Group
	var folders sync.Mutex
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, u := range units {
		group.Go(func() error {
			if err := u.apply(root, &folders); err != nil {
				return fmt.Errorf("%s: %w", u.unit, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// apply takes the steps, one after the other.
func (u *unitChanges) apply(output *os.Root, folders *sync.Mutex) error {
	steps, err := u.steps()
	if err != nil || len(steps) == 0 {
		return err
	}
	if err := output.MkdirAll(string(u.unit), 0o755); err != nil {
		return err
	}
	at, err := openGround(output, u.unit, folders)
	if err != nil {
		return err
	}
	for _, s := range steps {
		if err := s(at); err != nil {
			return errors.Join(err, at.own.Close())
		}
	}
	if err := at.own.Close(); err != nil || !u.gone() {
		return err
	}
	for dir := string(u.unit); dir != "."; dir = path.Dir(dir) {
		if err := removeEmpty(output, dir); err != nil {
			return err
		}
	}
	return nil
}

// steps gives the whole write of a unit: journal, files, removals, ledger, end of the journal.
func (u *unitChanges) steps() ([]step, error) {
	if len(u.written)+len(u.removed) == 0 && !u.interrupted {
		return nil, nil
	}
	text, err := marshalRecord(journal{Version: ledgerVersion, Files: u.transitions})
	if err != nil {
		return nil, err
	}
	steps := append([]step{drop(temporaryFile)}, put(journalFile, text)...)
	for _, dir := range foldersOf(u.written) {
		steps = append(steps, makeFolder(dir))
	}
	ledger := u.unit.ledgerName()
	for _, name := range u.written {
		if name != ledger {
			steps = append(steps, put(name, u.target[name])...)
		}
	}
	for _, name := range u.removed {
		if name != ledger {
			steps = append(steps, drop(name))
		}
	}
	for _, name := range u.stale {
		steps = append(steps, dropFolder(name))
	}
	if u.gone() {
		steps = append(steps, drop(ledger))
	} else {
		steps = append(steps, put(ledger, u.target[ledger])...)
	}
	return append(steps, drop(journalFile)), nil
}

// foldersOf gives the folders that files are in, each once.
func foldersOf(files []string) []string {
	var dirs []string
	for _, name := range files {
		if dir := path.Dir(name); dir != "." {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// staleFolders are those of folders, and above them, that no file of the target is in, inner ones first.
func staleFolders(folders []string, target map[string][]byte) []string {
	stale := map[string]bool{}
	for _, dir := range folders {
		for ; below(dir); dir = path.Dir(dir) {
			stale[dir] = true
		}
	}
	for name := range target {
		for dir := path.Dir(name); below(dir); dir = path.Dir(dir) {
			delete(stale, dir)
		}
	}
	dirs := slices.Sorted(maps.Keys(stale))
	slices.Reverse(dirs)
	return dirs
}

// below says whether a folder is neither a unit's own nor the output folder.
func below(dir string) bool { return dir != "." && dir != path.Dir(outside) }
