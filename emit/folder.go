package emit

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
)

// folder is the folder of one pipeline as it stands on disk.
type folder struct {
	root    *os.Root
	ledger  ledger
	journal journal
	// ledgerText is the ledger's file, nil when there is none.
	ledgerText []byte
	// interrupted says that a journal or a temporary file is there.
	interrupted bool
	// types are those of the files in every folder that we write or wrote to, by path.
	types map[string]fs.FileMode
}

// openFolder reads what a write of the target needs to know. A nil parent stands for an output folder that does not
// exist. The caller closes the result.
func openFolder(parent *os.Root, name string, target map[string][]byte) (*folder, error) {
	f := &folder{types: map[string]fs.FileMode{}}
	if parent == nil {
		return f, nil
	}
	root, err := parent.OpenRoot(name)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, fmt.Errorf("pipeline %s: %w", name, err)
	}
	f.root = root
	if err := errors.Join(f.readRecords(), f.list(target)); err != nil {
		return nil, errors.Join(fmt.Errorf("pipeline %s: %w", name, err), f.close())
	}
	return f, nil
}

func (f *folder) close() error {
	if f.root == nil {
		return nil
	}
	return f.root.Close()
}

// readRecords reads the ledger and the journal.
func (f *folder) readRecords() error {
	var err error
	if f.ledgerText, err = f.readIfThere(LedgerFile); err != nil {
		return err
	}
	if f.ledger, err = parseLedger(f.ledgerText); err != nil {
		return fmt.Errorf("%s: %w: restore it, or remove the pipeline's folder and build again", LedgerFile, err)
	}
	text, err := f.readIfThere(journalFile)
	if err != nil {
		return err
	}
	if f.journal, err = parseJournal(text); err != nil {
		return fmt.Errorf("%s: %w: remove it and build again", journalFile, err)
	}
	_, err = f.root.Lstat(temporaryFile)
	f.interrupted = text != nil || err == nil
	return nil
}

func (f *folder) readIfThere(name string) ([]byte, error) {
	text, err := f.root.ReadFile(name)
	return text, absentIsFine(err)
}

// list notes which files there are in the folders of the target and of the records.
func (f *folder) list(target map[string][]byte) error {
	seen := map[string]bool{}
	for _, name := range f.known(target) {
		dir := path.Dir(name)
		if seen[dir] {
			continue
		}
		seen[dir] = true
		entries, err := fs.ReadDir(f.root.FS(), dir)
		if absentIsFine(err) != nil {
			return err
		}
		for _, e := range entries {
			f.types[path.Join(dir, e.Name())] = e.Type()
		}
	}
	return nil
}

// known gives the paths of the target and of the records, sorted.
func (f *folder) known(target map[string][]byte) []string {
	names := slices.Collect(maps.Keys(target))
	names = slices.AppendSeq(names, maps.Keys(f.ledger.Files))
	names = slices.AppendSeq(names, maps.Keys(f.journal.Files))
	slices.Sort(names)
	return slices.Compact(names)
}

// ours says whether a file was written by us and nobody has changed it since.
func (f *folder) ours(name, digest string) bool {
	t, begun := f.journal.Files[name]
	return f.ledger.Files[name].SHA256 == digest || begun && (t.Before == digest || t.After == digest)
}

// recorded says whether a file is in a record.
func (f *folder) recorded(name string) bool {
	_, written := f.ledger.Files[name]
	_, begun := f.journal.Files[name]
	return written || begun
}

// absentIsFine drops the error of something that is not there.
func absentIsFine(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
