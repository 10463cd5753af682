package emit

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// pipelineChanges is what a write does to the folder of one pipeline. Paths are relative to that folder.
type pipelineChanges struct {
	name string
	// at is the folder as findings name it.
	at string
	// target is nil for a pipeline that is to vanish.
	target map[string][]byte
	// written, removed and unchanged are sorted; the ledger is among them.
	written, removed, unchanged []string
	// strangers are files that no build wrote, in folders where builds write: by their path, whether in the way.
	strangers        map[string]bool
	drift, conflicts diag.List
	interrupted      bool
	// transitions go into the journal.
	transitions map[string]transition
	// stale are folders that will hold nothing of ours, inner ones first.
	stale []string
}

func (p *pipelineChanges) gone() bool { return p.target == nil }

// compare finds out what a write would do to the folder, nil where there is none.
func (p *pipelineChanges) compare(root *os.Root) error {
	f := &folder{root: root}
	err := f.readRecords()
	if unreadable, ok := errors.AsType[*unreadableError](err); ok {
		p.unreadable(unreadable)
		return nil
	}
	if err != nil {
		return err
	}
	owner, theirs, err := p.ownedByAnother(f)
	if err != nil {
		return err
	}
	if theirs {
		p.ofAnotherProject(owner)
		return nil
	}
	p.interrupted, p.strangers = f.interrupted, map[string]bool{}
	known := f.known(p.target)
	for _, dir := range slices.Sorted(maps.Keys(known)) {
		if err := p.compareFolder(f, dir, known[dir]); err != nil {
			return err
		}
	}
	p.stale = staleFolders(slices.Collect(maps.Keys(known)), p.target)
	p.compareLedger(f)
	p.conclude(f)
	for _, names := range [][]string{p.written, p.removed, p.unchanged} {
		slices.Sort(names)
	}
	return nil
}

// ownedByAnother says whether the ledger names another project than the target does. A tree without a name is anybody's.
func (p *pipelineChanges) ownedByAnother(f *folder) (owner string, theirs bool, err error) {
	if p.gone() || f.ledger.Project == "" || bytes.Equal(f.ledgerText, p.target[LedgerFile]) {
		return "", false, nil
	}
	ours, err := LedgerProject(p.target[LedgerFile])
	return f.ledger.Project, err == nil && ours != f.ledger.Project, err
}

// compareFolder looks at the known files of one folder, and for others.
func (p *pipelineChanges) compareFolder(f *folder, dir string, known []string) error {
	root, entries, err := f.open(dir)
	if err != nil {
		if name, found := f.obstacle(dir); found {
			p.notRegular(name, "folder")
			return nil
		}
		return err
	}
	types := make(map[string]fs.FileMode, len(entries))
	for _, e := range entries {
		types[e.Name()] = e.Type()
	}
	for _, name := range known {
		if err := p.compareFile(f, root, types, name); err != nil {
			return errors.Join(err, root.Close())
		}
		delete(types, path.Base(name))
	}
	for name, kind := range types {
		// What is beside our folders, an overlay of the team's own, say, is none of our business.
		if dir != "." && !kind.IsDir() {
			p.strangers[path.Join(dir, name)] = false
		}
	}
	if root == nil {
		return nil
	}
	return root.Close()
}

// compareFile decides about one file; types are those of what is in its folder.
func (p *pipelineChanges) compareFile(f *folder, root *os.Root, types map[string]fs.FileMode, name string) error {
	switch kind, exists := types[path.Base(name)]; {
	case !exists:
		p.absent(f, name)
		return nil
	case !kind.IsRegular():
		p.notRegular(name, "file")
		return nil
	}
	same, digest, err := f.content(root, path.Base(name), p.target[name])
	switch {
	case errors.Is(err, fs.ErrNotExist): // another build is at work
		p.absent(f, name)
	case err != nil:
		return err
	case same:
		p.same(f, name)
	default:
		p.differs(f, name, digest)
	}
	return nil
}

// absent is for a known file that is not there.
func (p *pipelineChanges) absent(f *folder, name string) {
	text, wanted := p.target[name]
	_, begun := f.journal.Files[name]
	switch {
	case wanted:
		p.written = append(p.written, name)
		p.transitions[name] = transition{After: digest(text)}
		p.missing(name, f.recorded(name))
	case begun: // a killed write may have made its folder
		p.transitions[name] = transition{}
	}
}

// same is for a file that is as the target has it.
func (p *pipelineChanges) same(f *folder, name string) {
	p.unchanged = append(p.unchanged, name)
	if bytes.Equal(f.ledgerText, p.target[LedgerFile]) {
		return // so the ledger knows it
	}
	if sum := digest(p.target[name]); f.ledger.Files[name].SHA256 != sum {
		p.transitions[name] = transition{Before: sum, After: sum}
	}
}

// differs is for a file that is not as the target has it, or not in the target at all.
func (p *pipelineChanges) differs(f *folder, name, sum string) {
	text, wanted := p.target[name]
	t := transition{Before: sum}
	switch ours := f.ours(name, sum); {
	case ours && wanted:
		t.After = digest(text)
		p.written = append(p.written, name)
		p.outdated(name)
	case ours:
		p.removed = append(p.removed, name)
		p.extra(name)
	case f.recorded(name):
		p.edited(f, name)
		return
	default:
		p.strangers[name] = true
		return
	}
	p.transitions[name] = t
}

// compareLedger decides about the ledger, once the other files are known.
func (p *pipelineChanges) compareLedger(f *folder) {
	switch {
	case p.gone() && f.ledgerText != nil:
		p.removed = append(p.removed, LedgerFile)
	case p.gone():
	case bytes.Equal(f.ledgerText, p.target[LedgerFile]):
		p.unchanged = append(p.unchanged, LedgerFile)
	default:
		p.written = append(p.written, LedgerFile)
		p.ledgerDiffers(f)
	}
}

// staleFolders are those of folders, and above them, that no file of the target is in, inner ones first.
func staleFolders(folders []string, target map[string][]byte) []string {
	stale := map[string]bool{}
	for _, dir := range folders {
		for ; dir != "."; dir = path.Dir(dir) {
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
