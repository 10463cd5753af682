package emit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// ErrConflict is returned by Write where something that is not ours stands in the way. Nothing was written.
var ErrConflict = errors.New("files that are not ours to write stand in the way")

// Write makes an output folder hold a target. It touches only the folders of the target's pipelines; in them it writes
// what differs and removes what an earlier write of ours left there and nobody has changed. If anything else stands in
// the way, it writes nothing and returns ErrConflict with the Changes that say what.
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

// apply writes all pipelines, side by side.
func (c *Changes) apply(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, p := range c.pipelines {
		group.Go(func() error {
			if err := p.apply(root); err != nil {
				return fmt.Errorf("pipeline %s: %w", p.name, err)
			}
			return nil
		})
	}
	return errors.Join(group.Wait(), root.Close())
}

// apply takes the steps, one after the other.
func (p *pipelineChanges) apply(parent *os.Root) error {
	steps, err := p.steps()
	if err != nil || len(steps) == 0 {
		return err
	}
	if err := parent.MkdirAll(p.name, 0o755); err != nil {
		return err
	}
	root, err := parent.OpenRoot(p.name)
	if err != nil {
		return err
	}
	for _, s := range steps {
		if err := s(root); err != nil {
			return errors.Join(err, root.Close())
		}
	}
	if err := root.Close(); err != nil || !p.gone() {
		return err
	}
	return dropFolder(p.name)(parent)
}

// steps gives the whole write of a pipeline: journal, files, removals, ledger, end of the journal.
func (p *pipelineChanges) steps() ([]step, error) {
	if len(p.written)+len(p.removed) == 0 && !p.interrupted {
		return nil, nil
	}
	text, err := marshalRecord(journal{Version: ledgerVersion, Files: p.transitions})
	if err != nil {
		return nil, err
	}
	steps := append([]step{drop(temporaryFile)}, put(journalFile, text)...)
	for _, dir := range foldersOf(p.written) {
		steps = append(steps, makeFolder(dir))
	}
	for _, name := range p.written {
		if name != LedgerFile {
			steps = append(steps, put(name, p.target[name])...)
		}
	}
	for _, name := range p.removed {
		if name != LedgerFile {
			steps = append(steps, drop(name))
		}
	}
	for _, name := range p.stale {
		steps = append(steps, dropFolder(name))
	}
	if p.gone() {
		steps = append(steps, drop(LedgerFile))
	} else {
		steps = append(steps, put(LedgerFile, p.target[LedgerFile])...)
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
