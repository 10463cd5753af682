package runner

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Install copies the running executable to dest, whole or not at all (a temporary file, then rename), executable by
// everybody. It is what the init container of an exec pod does: the algo's image then runs the runner from a shared
// volume.
func Install(dest string) (err error) {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("runner: install: %w", err)
	}
	from, err := os.Open(self)
	if err != nil {
		return fmt.Errorf("runner: install: %w", err)
	}
	defer func() { _ = from.Close() }() // it was only read
	to, err := os.CreateTemp(filepath.Dir(dest), ".runner-")
	if err != nil {
		return fmt.Errorf("runner: install: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("runner: install: %w", errors.Join(err, os.Remove(to.Name())))
		}
	}()
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Chmod(0o555), to.Close()); err != nil {
		return err
	}
	return os.Rename(to.Name(), dest)
}
