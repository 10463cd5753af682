package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// replaceFile gives a file another text, in one step: whoever reads it sees the old or the new one. The file keeps its
// mode. One that no longer holds the text read is left alone, which is an error.
func replaceFile(path string, read, text []byte) (err error) {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if now, err := os.ReadFile(path); err != nil {
		return err
	} else if !bytes.Equal(now, read) {
		return fmt.Errorf("%s was changed meanwhile, and was left alone", path)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".pipelinectl-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	_, err = temp.Write(text)
	if err = errors.Join(err, temp.Chmod(info.Mode().Perm()), temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}
