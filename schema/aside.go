package schema

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// reportAside reports files of Defaults that the sources leave out although they lie above one: they look as if they held
// for what is below them, and hold for nothing.
func (l *loader) reportAside(sources []Value[string]) {
	for _, dir := range l.above(sources) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // it is no source, so nobody asked for it
		}
		for _, entry := range entries {
			name := filepath.Join(dir, entry.Name())
			if _, known := l.files[name]; known || !entry.Type().IsRegular() || !isYAML(name) || !holdsDefaults(name) {
				continue
			}
			l.findings.Warnf(CodeDefaultsAside, sources[0].Pos, "the sources leave out %s, so its %s hold for nothing", l.name(name), KindDefaults).
				WithHint("add `%s` to `sources`", filepath.ToSlash(relative(l.root, name)))
		}
	}
}

// above gives the folders from the root down to the sources, those that the sources bring in as a whole left out.
func (l *loader) above(sources []Value[string]) []string {
	var out []string
	for _, source := range sources {
		dir, pattern := l.root, filepath.ToSlash(filepath.Clean(filepath.FromSlash(source.V)))
		for step := range strings.SplitSeq(pattern, "/") {
			if step == "." || step == ".." || step == "" {
				break
			}
			if !slices.Contains(out, dir) {
				out = append(out, dir)
			}
			if strings.ContainsAny(step, `*?[\`) {
				break
			}
			dir = filepath.Join(dir, step)
		}
	}
	return out
}

// holdsDefaults says whether a file that is not the project's has a document of kind Defaults.
func holdsDefaults(name string) bool {
	data, err := readFile(name)
	if err != nil || !bytes.Contains(data, []byte(KindDefaults)) {
		return false
	}
	f := file{path: name, name: name}
	f.parse(data)
	return slices.ContainsFunc(f.docs, func(doc *Document) bool { return doc.Kind == KindDefaults })
}
