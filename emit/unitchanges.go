package emit

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// unitChanges is what a write does to one unit. Paths are relative to its folder.
type unitChanges struct {
	unit Unit
	// at is the folder as findings name it.
	at string
	// target is nil for a unit that is to vanish.
	target map[string][]byte
	// written, removed and unchanged are sorted; the ledger is among them.
	written, removed, unchanged []string
	// strangers are files that no build wrote, in folders where builds write: by their path, whether in the way.
	strangers        map[string]bool
	drift, conflicts diag.List
	interrupted      bool
	// relaid is the layout that the unit has on disk, empty where the target has the same or there is no ledger.
	relaid Layout
	// transitions go into the journal.
	transitions map[string]transition
	// stale are folders that will hold nothing of ours, inner ones first.
	stale []string
}

func (u *unitChanges) gone() bool { return u.target == nil }

// fromOutput gives a path that is relative to the output folder as one that is relative to the unit's.
func (u *unitChanges) fromOutput(name string) string {
	if name == string(u.unit) {
		return ""
	}
	return strings.Repeat(outside, 1+strings.Count(string(u.unit), "/")) + name
}

// compare finds out what a write would do to the unit's folder and to what it has beside that in the output folder.
// Either is nil where there is none.
func (u *unitChanges) compare(own, output *os.Root) error {
	f := &folder{unit: u.unit, roots: roots{own, output}}
	err := f.readRecords()
	if unreadable, ok := errors.AsType[*unreadableError](err); ok {
		u.unreadable(unreadable)
		return nil
	}
	if err != nil {
		return err
	}
	owner, theirs, err := u.ownedByAnother(f)
	if err != nil {
		return err
	}
	if theirs {
		u.ofAnotherProject(owner)
		return nil
	}
	u.interrupted, u.strangers = f.interrupted, map[string]bool{}
	if u.relaid, err = u.otherLayout(f); err != nil {
		return err
	}
	known := f.known(u.target)
	for _, dir := range slices.Sorted(maps.Keys(known)) {
		if err := u.compareFolder(f, dir, known[dir]); err != nil {
			return err
		}
	}
	u.stale = staleFolders(slices.Collect(maps.Keys(known)), u.target)
	u.compareLedger(f)
	u.conclude(f)
	for _, names := range [][]string{u.written, u.removed, u.unchanged} {
		slices.Sort(names)
	}
	return nil
}

// compareFolder looks at the known files of one folder, and for others.
func (u *unitChanges) compareFolder(f *folder, dir string, known []string) error {
	root, entries, err := f.open(dir)
	if err != nil {
		if name, found := u.obstacle(f, dir); found {
			u.notRegular(name, "folder")
			return nil
		}
		return err
	}
	types := make(map[string]fs.FileMode, len(entries))
	for _, e := range entries {
		types[e.Name()] = e.Type()
	}
	for _, name := range known {
		if err := u.compareFile(f, root, types, name); err != nil {
			return errors.Join(err, root.Close())
		}
		delete(types, path.Base(name))
	}
	for name, kind := range types {
		// What is beside our folders, an overlay of the team's own, say, is none of our business; nor is what is beside
		// a file that an engine gets.
		if dir != "." && !u.unit.isEngineFile(known[0]) && !kind.IsDir() {
			u.strangers[path.Join(dir, name)] = false
		}
	}
	if root == nil {
		return nil
	}
	return root.Close()
}

// obstacle gives what is in the place of a folder, or of one above it.
func (u *unitChanges) obstacle(f *folder, dir string) (string, bool) {
	root, rest := f.find(dir)
	name, found := obstacle(root, rest)
	if root == f.output {
		name = outside + name
	}
	return name, found
}

// compareFile decides about one file; types are those of what is in its folder.
func (u *unitChanges) compareFile(f *folder, root *os.Root, types map[string]fs.FileMode, name string) error {
	switch kind, exists := types[path.Base(name)]; {
	case !exists:
		u.absent(f, name)
		return nil
	case !kind.IsRegular():
		u.notRegular(name, "file")
		return nil
	}
	same, digest, err := f.content(root, path.Base(name), u.target[name])
	switch {
	case errors.Is(err, fs.ErrNotExist): // another build is at work
		u.absent(f, name)
	case err != nil:
		return err
	case same:
		u.same(f, name)
	default:
		u.differs(f, name, digest)
	}
	return nil
}

// absent is for a known file that is not there.
func (u *unitChanges) absent(f *folder, name string) {
	text, wanted := u.target[name]
	_, begun := f.journal.Files[name]
	switch {
	case wanted:
		u.written = append(u.written, name)
		u.transitions[name] = transition{After: digest(text)}
		u.missing(name, f.recorded(name))
	case begun: // a killed write may have made its folder
		u.transitions[name] = transition{}
	}
}

// same is for a file that is as the target has it.
func (u *unitChanges) same(f *folder, name string) {
	u.unchanged = append(u.unchanged, name)
	if bytes.Equal(f.ledgerText, u.target[u.unit.ledgerName()]) {
		return // so the ledger knows it
	}
	if sum := digest(u.target[name]); f.ledger.Files[name].SHA256 != sum {
		u.transitions[name] = transition{Before: sum, After: sum}
	}
}

// differs is for a file that is not as the target has it, or not in the target at all.
func (u *unitChanges) differs(f *folder, name, sum string) {
	text, wanted := u.target[name]
	t := transition{Before: sum}
	switch ours := f.ours(name, sum); {
	case ours && wanted:
		t.After = digest(text)
		u.written = append(u.written, name)
		u.outdated(name)
	case ours:
		u.removed = append(u.removed, name)
		u.extra(name)
	case f.recorded(name):
		u.edited(f, name)
		return
	default:
		u.strangers[name] = true
		return
	}
	u.transitions[name] = t
}
