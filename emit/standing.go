package emit

import (
	"errors"
	"io/fs"
	"os"
)

// Standing is a unit that a build made or began.
type Standing struct {
	Unit Unit
	// Interrupted says that a build was killed while it wrote there.
	Interrupted bool
}

// Standings gives the units in an output folder, by name: those with a ledger, or with the traces of a killed build.
// There are none in one that does not exist. The error is I/O.
func Standings(dir string) ([]Standing, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, absentIsFine(err)
	}
	found, err := standings(root, ".", func(name string) Unit { return Unit(name) })
	return found, errors.Join(err, root.Close())
}

// standings gives those in a folder, in which units are called so.
func standings(root *os.Root, dir string, called func(name string) Unit) ([]Standing, error) {
	entries, err := fs.ReadDir(root.FS(), dir)
	if err != nil {
		return nil, err
	}
	var out []Standing
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		var found []Standing
		if unit := called(e.Name()); unit.valid() {
			found, err = standing(root, unit)
		} else {
			found, err = standings(root, e.Name(), EnvironmentUnit)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return nil, err
		}
		out = append(out, found...) // none where it has just been removed, or is none of our business
	}
	return out, nil
}

// standing looks at the folder of one unit.
func standing(root *os.Root, unit Unit) ([]Standing, error) {
	sub, err := root.OpenRoot(string(unit))
	if err != nil {
		return nil, err
	}
	killed := exists(sub, journalFile) || exists(sub, temporaryFile)
	if !killed && !exists(sub, unit.ledgerName()) {
		return nil, sub.Close()
	}
	return []Standing{{Unit: unit, Interrupted: killed}}, sub.Close()
}
