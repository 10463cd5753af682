package emit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
)

// folder is the folder of one unit as it stands on disk.
type folder struct {
	unit Unit
	roots

	ledger  ledger
	journal journal
	// ledgerText is the ledger's file, nil when there is none.
	ledgerText []byte
	// interrupted says that a journal or a temporary file is there.
	interrupted bool
	// buffer is what content reads into, over and over.
	buffer bytes.Buffer
}

// unreadableError is a record of ours that is there and makes no sense.
type unreadableError struct {
	// file is the record's, relative to the unit's folder; what says what it is.
	file, what string
	cause      error
}

func (e *unreadableError) Error() string { return fmt.Sprintf("%s: %v", e.file, e.cause) }

func (e *unreadableError) Unwrap() error { return e.cause }

// readRecords reads the ledger and the journal. An *unreadableError is a fault of theirs.
func (f *folder) readRecords() error {
	if f.own == nil {
		return nil
	}
	var err error
	if f.ledgerText, err = f.readRecord(f.unit.ledgerName(), "ledger"); err != nil {
		return err
	}
	if f.ledger, err = parseLedger(f.unit, f.ledgerText); err != nil {
		return &unreadableError{f.unit.ledgerName(), "ledger", err}
	}
	text, err := f.readRecord(journalFile, "journal")
	if err != nil {
		return err
	}
	if f.journal, err = parseJournal(f.unit, text); err != nil {
		return &unreadableError{journalFile, "journal", err}
	}
	f.interrupted = text != nil || exists(f.own, temporaryFile)
	return nil
}

// readRecord gives a record's text with line ends of Unix, nil where there is none.
func (f *folder) readRecord(name, what string) ([]byte, error) {
	if info, err := f.own.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return nil, &unreadableError{name, what, errors.New("it is no regular file")}
	}
	text, err := f.own.ReadFile(name)
	if err != nil {
		return nil, absentIsFine(err)
	}
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), nil
}

func exists(root *os.Root, name string) bool {
	_, err := root.Lstat(name)
	return err == nil
}

// known gives the paths of the target and of the records, other than the ledger's own, by folder; those of each folder
// are sorted.
func (f *folder) known(target map[string][]byte) map[string][]string {
	known := map[string][]string{}
	note := func(name string) {
		if name != f.unit.ledgerName() {
			known[path.Dir(name)] = append(known[path.Dir(name)], name)
		}
	}
	for name := range target {
		note(name)
	}
	for name := range f.ledger.Files {
		note(name)
	}
	for name := range f.journal.Files {
		note(name)
	}
	for dir, names := range known {
		slices.Sort(names)
		known[dir] = slices.Compact(names)
	}
	return known
}

// open gives a folder that files of the unit are in and what it holds: nothing where it does not exist. The caller
// closes it.
func (f *folder) open(dir string) (*os.Root, []fs.DirEntry, error) {
	parent, rest := f.find(dir)
	if parent == nil {
		return nil, nil, nil
	}
	root, err := parent.OpenRoot(rest)
	if err != nil {
		return nil, nil, absentIsFine(err)
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, nil, errors.Join(err, root.Close())
	}
	return root, entries, nil
}

// obstacle gives the first element on the way to a folder that is there and is none.
func obstacle(root *os.Root, dir string) (string, bool) {
	for i := range len(dir) + 1 {
		if i < len(dir) && dir[i] != '/' {
			continue
		}
		if info, err := root.Lstat(dir[:i]); err == nil && !info.IsDir() {
			return dir[:i], true
		}
	}
	return "", false
}

// content compares a file with a text, and gives the digest of one that differs. Line ends of Windows count as those of
// Unix: git makes them of ours where core.autocrlf says so. It keeps in memory no more of the file than the text has.
func (f *folder) content(root *os.Root, name string, text []byte) (same bool, sum string, err error) {
	file, err := root.Open(name)
	if err != nil {
		return false, "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	f.buffer.Reset()
	if _, err := f.buffer.ReadFrom(io.LimitReader(file, int64(len(text))+1)); err != nil {
		return false, "", err
	}
	if text != nil && bytes.Equal(f.buffer.Bytes(), text) {
		return true, "", nil
	}
	hash := sha256.New()
	lines := &unixLines{to: hash}
	if _, err := io.Copy(lines, io.MultiReader(&f.buffer, file)); err != nil {
		return false, "", err
	}
	if err := lines.end(); err != nil {
		return false, "", err
	}
	sum = hex.EncodeToString(hash.Sum(nil))
	return lines.changed && text != nil && sum == digest(text), sum, nil
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
