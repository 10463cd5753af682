package schema

import (
	"path/filepath"
	"slices"
)

// naming says how files are called in positions.
type naming struct {
	// here is the current folder, absolute.
	here string
	// absolute says that files outside of it are called by their absolute paths, since the user gave such a one.
	absolute bool
}

func newNaming(here string, paths []string) naming {
	return naming{here: here, absolute: slices.ContainsFunc(paths, func(path string) bool {
		folder, file := filepath.Split(path)
		if file == ProjectFileName && filepath.IsLocal(relative(folder, here)) {
			return false // the project around the current folder, which is meant where nothing is given
		}
		return filepath.IsAbs(path) && !filepath.IsLocal(relative(here, path))
	})}
}

// name gives the name in positions of a file, whose path is absolute.
func (n naming) name(path string) string {
	if name := relative(n.here, path); !n.absolute || filepath.IsLocal(name) {
		return name
	}
	return filepath.ToSlash(path)
}

// path gives the absolute path that a name stands for.
func (n naming) path(name string) string {
	if name = filepath.FromSlash(name); filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(n.here, name)
}

// relative gives a path relative to a folder, both absolute, with forward slashes.
func relative(folder, path string) string {
	if rel, err := filepath.Rel(folder, path); err == nil {
		path = rel
	}
	return filepath.ToSlash(path)
}
