package emit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"sync"
)

// Files that stand in a unit's folder only while it is being written.
const (
	// journalFile says what a write that has begun will do.
	journalFile = ".pipelinectl.journal"
	// temporaryFile is a file before it gets its name.
	temporaryFile = ".pipelinectl.tmp"
)

// journal makes a killed write recoverable. It is complete before the first file changes and goes away after the ledger
// is written. While it is there, a file of it that has one of its two digests is ours, whatever the ledger says: the
// next write, of the same tree or of another, can then tell our half-done work from a person's.
type journal struct {
	Version int `json:"version"`
	// Files are by path relative to the unit's folder: every one whose content or ledger entry changes.
	Files map[string]transition `json:"files"`
}

// transition is what happens to one file. The digests are SHA-256, hexadecimal; empty means that there is no file.
type transition struct {
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// parseJournal reads a unit's journal, nil being an empty one.
func parseJournal(u Unit, text []byte) (journal, error) {
	var j journal
	if text == nil {
		return j, nil
	}
	if err := parseRecord(text, &j); err != nil {
		return journal{}, err
	}
	if j.Version != ledgerVersion {
		return journal{}, fmt.Errorf("version %d is unknown; version %d is understood: use the pipelinectl that wrote it", j.Version, ledgerVersion)
	}
	for name := range j.Files {
		if err := u.check(name); err != nil {
			return journal{}, err
		}
	}
	return j, nil
}

// ground is where a unit is written.
type ground struct {
	unit Unit
	roots
	// folders is held while folders are made and removed: units have some in common, and one may make its own in what
	// another takes for empty.
	folders *sync.Mutex
}

// openGround opens the folder of a unit; the caller closes it.
func openGround(output *os.Root, u Unit, folders *sync.Mutex) (ground, error) {
	own, err := output.OpenRoot(string(u))
	return ground{unit: u, roots: roots{own, output}, folders: folders}, err
}

// step is one change to the disk, of one unit. A write may be killed between any two and within any.
type step func(ground) error

// put gives the steps that make a file with its content appear at once, in a folder that exists.
func put(name string, text []byte) []step {
	return []step{
		func(g ground) error { return create(g.own, temporaryFile, text) },
		func(g ground) error {
			root, rest := g.find(name)
			if root == g.output {
				return root.Rename(path.Join(string(g.unit), temporaryFile), rest)
			}
			return root.Rename(temporaryFile, rest)
		},
	}
}

// makeFolder gives the step that makes a folder and those above it.
func makeFolder(name string) step {
	return func(g ground) error {
		g.folders.Lock()
		defer g.folders.Unlock()
		root, rest := g.find(name)
		return root.MkdirAll(rest, 0o755)
	}
}

// create writes a file that is not there yet: through a link that somebody put there, it would write elsewhere.
func create(root *os.Root, name string, text []byte) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// drop gives the step that removes a file, if it is still there.
func drop(name string) step {
	return func(g ground) error {
		root, rest := g.find(name)
		return absentIsFine(root.Remove(rest))
	}
}

// dropFolder gives the step that removes a folder if it is one and holds nothing.
func dropFolder(name string) step {
	return func(g ground) error {
		g.folders.Lock()
		defer g.folders.Unlock()
		root, rest := g.find(name)
		return removeEmpty(root, rest)
	}
}

// removeEmpty removes a folder if it is one and holds nothing.
func removeEmpty(root *os.Root, name string) error {
	if info, err := root.Lstat(name); err != nil || !info.IsDir() {
		return absentIsFine(err)
	}
	dir, err := root.Open(name)
	if err != nil {
		return absentIsFine(err)
	}
	_, err = dir.Readdirnames(1)
	empty := errors.Is(err, io.EOF)
	if empty {
		err = nil
	}
	if err := errors.Join(absentIsFine(err), dir.Close()); err != nil || !empty {
		return err
	}
	return absentIsFine(root.Remove(name))
}
