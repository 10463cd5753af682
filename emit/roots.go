package emit

import (
	"os"
	"strings"
)

// roots are the two folders that the files of a unit lie in. Paths are relative to the unit's own, and begin with outside
// where they lie beside it.
type roots struct {
	// own is the unit's folder, which its own files cannot leave, and nil where there is none; output is the output folder,
	// and nil where that is missing, too.
	own, output *os.Root
}

// find gives the root that a file or folder is in, and its path relative to that.
func (r roots) find(name string) (root *os.Root, rest string) {
	if rest, out := strings.CutPrefix(name, outside); out {
		return r.output, rest
	}
	return r.own, name
}
