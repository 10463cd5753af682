package emit

import (
	"errors"
	"io/fs"
	"os"
)

// Standing is a pipeline's folder that a build made or began.
type Standing struct {
	Pipeline string
	// Interrupted says that a build was killed while it wrote there.
	Interrupted bool
}

// Standings gives the folders of pipelines in an output folder, by name: those with a ledger, or with the traces of a
// killed build. There are none in one that does not exist. The error is I/O.
func Standings(dir string) ([]Standing, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, absentIsFine(err)
	}
	found, err := standings(root)
	return found, errors.Join(err, root.Close())
}

func standings(root *os.Root) ([]Standing, error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	var out []Standing
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		sub, err := root.OpenRoot(e.Name())
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			continue // it has just been removed, or is none of our business
		}
		if err != nil {
			return nil, err
		}
		killed := exists(sub, journalFile) || exists(sub, temporaryFile)
		if killed || exists(sub, LedgerFile) {
			out = append(out, Standing{Pipeline: e.Name(), Interrupted: killed})
		}
		if err := sub.Close(); err != nil {
			return nil, err
		}
	}
	return out, nil
}
