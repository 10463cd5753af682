package emit

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Write makes an output folder hold a tree. It touches only the folders of the tree's pipelines; in them it writes what
// differs and removes what an earlier write of ours left there and nobody has changed. If anything else stands in the
// way, it writes nothing and returns a *ConflictError.
//
// Each file is old or new at any moment (a temporary file, then a rename), and a journal goes first, so that a killed
// write is completed by the next one. That holds for a killed process, not for a loss of power.
func Write(dir string, t Tree) (*Changes, error) {
	c, err := Compare(dir, t)
	if err != nil {
		return nil, err
	}
	if len(c.Conflicts) > 0 {
		return c, &ConflictError{Conflicts: c.Conflicts}
	}
	if c.Clean() {
		return c, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
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
	return c, errors.Join(group.Wait(), root.Close())
}

// pipelineChanges is what a write does to the folder of one pipeline. Paths are relative to that folder.
type pipelineChanges struct {
	name   string
	target map[string][]byte
	// written, removed and unchanged are sorted; written includes the ledger.
	written, removed, unchanged []string
	conflicts                   []Conflict
	interrupted                 bool
	// transitions go into the journal.
	transitions map[string]transition
	// stale are folders that will hold nothing of ours, inner ones first.
	stale []string
}

// comparePipeline finds out what a write would do to one pipeline's folder.
func comparePipeline(parent *os.Root, name string, target map[string][]byte) (*pipelineChanges, error) {
	f, err := openFolder(parent, name, target)
	if err != nil {
		return nil, err
	}
	p := &pipelineChanges{name: name, target: target, interrupted: f.interrupted, transitions: map[string]transition{}}
	for _, file := range f.known(target) {
		if err := p.compare(f, file); err != nil {
			return nil, errors.Join(fmt.Errorf("pipeline %s: %w", name, err), f.close())
		}
	}
	p.stale = staleFolders(f, target)
	return p, f.close()
}

// compare decides about one file.
func (p *pipelineChanges) compare(f *folder, name string) error {
	text, wanted := p.target[name]
	kind, exists := f.types[name]
	_, begun := f.journal.Files[name]
	switch {
	case name == LedgerFile:
		p.decide(name, bytes.Equal(f.ledgerText, text))
	case exists && !kind.IsRegular():
		p.conflict(name, "is not a regular file", "move it out of the folder; build writes the file anew")
	case exists:
		found, err := f.root.ReadFile(name)
		if err != nil {
			return err
		}
		p.compareContent(f, name, found)
	case wanted:
		p.decide(name, false)
		p.transitions[name] = transition{After: digest(text)}
	case begun: // a killed write may have made its folder
		p.transitions[name] = transition{}
	}
	return nil
}

// compareContent decides about a file that is there.
func (p *pipelineChanges) compareContent(f *folder, name string, found []byte) {
	t := transition{Before: digest(found)}
	text, wanted := p.target[name]
	if wanted {
		t.After = digest(text)
	}
	switch ours := f.ours(name, t.Before); {
	case t.Before == t.After:
		p.decide(name, true)
		if f.ledger.Files[name].SHA256 == t.After {
			return
		}
	case ours && wanted:
		p.decide(name, false)
	case ours:
		p.removed = append(p.removed, name)
	case f.recorded(name):
		p.conflict(name, "was edited after it was written",
			"move the change into the pipeline or into an overlay of your own and remove the file; build writes it anew")
		return
	default:
		p.conflict(name, "was not written by a build", "move it out of the folder")
		return
	}
	p.transitions[name] = t
}

func (p *pipelineChanges) decide(name string, unchanged bool) {
	if unchanged {
		p.unchanged = append(p.unchanged, name)
	} else {
		p.written = append(p.written, name)
	}
}

func (p *pipelineChanges) conflict(name, problem, remedy string) {
	p.conflicts = append(p.conflicts, Conflict{Path: path.Join(p.name, name), Problem: problem, Remedy: remedy})
}

// staleFolders are the folders of recorded files that the target does not use, inner ones first.
func staleFolders(f *folder, target map[string][]byte) []string {
	stale := map[string]bool{}
	for _, name := range f.known(nil) {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			stale[dir] = true
		}
	}
	for name := range target {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			delete(stale, dir)
		}
	}
	dirs := slices.Sorted(maps.Keys(stale))
	slices.Reverse(dirs)
	return dirs
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
	return root.Close()
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
	for _, name := range p.written {
		if name != LedgerFile {
			steps = append(steps, put(name, p.target[name])...)
		}
	}
	for _, name := range p.removed {
		steps = append(steps, drop(name))
	}
	for _, name := range p.stale {
		steps = append(steps, dropFolder(name))
	}
	steps = append(steps, put(LedgerFile, p.target[LedgerFile])...)
	return append(steps, drop(journalFile)), nil
}
