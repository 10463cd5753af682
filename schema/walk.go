package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// addSources adds the files that a Project's sources name.
func (l *loader) addSources(sources []Value[string]) error {
	for _, source := range sources {
		if source.V == "" { // not a string, which is the schema's to report
			continue
		}
		pattern := filepath.FromSlash(source.V)
		if !filepath.IsLocal(pattern) {
			l.findings.Errorf(CodeProjectSource, source.Pos, "the source `%s` lies outside the project", clip(source.V)).
				WithHint("name files and folders below the folder of %s", ProjectFileName)
			continue
		}
		matches, err := filepath.Glob(filepath.Join(escapeGlob(l.root), pattern))
		switch {
		case err != nil:
			l.findings.Errorf(CodeProjectSource, source.Pos, "the source `%s` is no valid glob", clip(source.V)).
				WithHint("a `[` needs its `]`")
		case len(matches) == 0:
			d := l.findings.Errorf(CodeProjectSource, source.Pos, "the source `%s` matches nothing", clip(source.V))
			if strings.Contains(source.V, "**") {
				d.WithHint("folders are walked to any depth: name the folder, without `**`")
			}
		}
		for _, match := range matches {
			if err := l.add(match, match == filepath.Join(l.root, pattern)); err != nil {
				return err
			}
		}
	}
	return nil
}

// escapeGlob gives a pattern that matches just the path. On Windows a backslash separates, and does not escape.
func escapeGlob(path string) string {
	if filepath.Separator == '\\' {
		return path
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// add adds a file, or those below a folder. A file that is named must hold a document of ours.
func (l *loader) add(path string, isNamed bool) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.Mode().IsRegular():
		l.files[path] = l.files[path] || isNamed
		return nil
	case !info.IsDir():
		return &fs.PathError{Op: "read", Path: path, Err: errNotFile}
	}
	// With the separator behind it, a link to a folder is that folder: it was named.
	top := path + string(filepath.Separator)
	return filepath.WalkDir(top, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if name != top && l.skipped(name) {
				return filepath.SkipDir
			}
		case isYAML(name):
			return l.addWalked(name, entry)
		}
		return nil
	})
}

// skipped says whether a folder found in a walk is left out: what tools keep, the output, a project within the project.
func (l *loader) skipped(dir string) bool {
	base := filepath.Base(dir)
	return strings.HasPrefix(base, ".") || base == "node_modules" || base == "vendor" || dir == l.output || l.found && isProject(dir)
}

// addWalked adds a file found in a walk, or a link to one.
func (l *loader) addWalked(name string, entry fs.DirEntry) error {
	info, err := os.Stat(name)
	switch {
	case err != nil && entry.Type()&fs.ModeSymlink != 0: // a link to nowhere is not ours to report
		return nil
	case err != nil:
		return err
	case info.Mode().IsRegular():
		if _, known := l.files[name]; !known { // what was named stays named
			l.files[name] = false
		}
	}
	return nil
}

func isYAML(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".yaml" || ext == ".yml"
}

// readFile reads a file, but hardly more than Parse accepts.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return readOpen(f)
}

// readOpen reads a file as readFile does, and closes it.
func readOpen(f *os.File) ([]byte, error) {
	var data bytes.Buffer
	if info, err := f.Stat(); err == nil {
		data.Grow(int(min(info.Size(), MaxFileBytes)) + bytes.MinRead)
	}
	_, err := data.ReadFrom(io.LimitReader(f, MaxFileBytes+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Name(), err)
	}
	return data.Bytes(), nil
}
