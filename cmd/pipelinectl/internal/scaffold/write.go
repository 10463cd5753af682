package scaffold

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// TakenError is the error of Write for files that exist.
type TakenError struct {
	// Paths are as File.Path, sorted.
	Paths []string
}

// Error implements error.
func (e *TakenError) Error() string { return "there already: " + strings.Join(e.Paths, ", ") }

// Write writes files below a folder, the repository's root. It never overwrites one: where a file that is not Common
// exists, it writes nothing (TakenError); a Common one that exists is left as it is, and is among those kept. Symbolic
// links that lead out of the folder are not followed.
func Write(root string, files []File) (written, kept []File, err error) {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	var missing []File
	var taken TakenError
	for _, f := range files {
		_, err := dir.Lstat(filepath.FromSlash(f.Path))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, f)
		case err != nil:
			return nil, nil, err
		case f.Common:
			kept = append(kept, f)
		default:
			taken.Paths = append(taken.Paths, f.Path)
		}
	}
	if len(taken.Paths) > 0 {
		return nil, nil, &taken
	}
	for _, f := range missing {
		if err := create(dir, f); err != nil {
			return written, kept, fmt.Errorf("write %s: %w", f.Path, err)
		}
		written = append(written, f)
	}
	return written, kept, nil
}

// create writes a file that must not exist.
func create(dir *os.Root, f File) (err error) {
	name := filepath.FromSlash(f.Path)
	if err := dir.MkdirAll(filepath.FromSlash(path.Dir(f.Path)), 0o755); err != nil {
		return err
	}
	out, err := dir.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = out.Write(f.Text)
	return errors.Join(err, out.Close())
}
