package cli

import (
	"maps"
	"os"
	"slices"
	"unicode/utf8"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Bounds on the work of one run: rounds of mends, and compilations in all.
const (
	maxFixRounds   = 100
	maxFixCompiles = 200
)

// fixer mends a project in memory, in rounds: a mend may bring to light what it hid.
type fixer struct {
	// before is the project as it is on disk, now as it is with texts, which holds those that differ.
	before, now *workspace
	texts       map[string][]byte
	// done are the findings that were mended, in that order; refused those whose mends did not help.
	done    diag.List
	refused map[findingKey]bool
	// links are the files that are symbolic links.
	links    map[string]bool
	compiles int
}

func newFixer(w *workspace) *fixer {
	return &fixer{before: w, now: w, texts: map[string][]byte{}, refused: map[findingKey]bool{}, links: map[string]bool{}}
}

// run mends until nothing more can be.
func (f *fixer) run() {
	for range maxFixRounds {
		batch := f.candidates()
		if len(batch) == 0 {
			return
		}
		f.try(batch)
	}
}

// findingKey tells a finding from all others.
type findingKey struct {
	code    diag.Code
	pos     diag.Pos
	message string
}

func keyOf(d diag.Diagnostic) findingKey { return findingKey{d.Code, d.Pos, d.Message} }

// candidates gives the findings whose mends can be tried together: in the paths given, none refused before, and no two of
// their edits touch.
func (f *fixer) candidates() diag.List {
	type line struct {
		file   string
		number int
	}
	var out diag.List
	edits, mayEdit := map[line][]diag.Mend{}, map[string]bool{}
	for _, d := range f.now.project.Reported(f.now.findings, f.before.paths) {
		apart := func(m diag.Mend) bool {
			may, known := mayEdit[m.Pos.File]
			if !known {
				may = f.mayEdit(m.Pos.File)
				mayEdit[m.Pos.File] = may
			}
			return may && !slices.ContainsFunc(edits[line{m.Pos.File, m.Pos.Line}], func(e diag.Mend) bool { return touch(e, m) })
		}
		if len(d.Mends) == 0 || f.refused[keyOf(d)] || slices.ContainsFunc(d.Mends, func(m diag.Mend) bool { return !apart(m) }) {
			continue
		}
		out = append(out, d)
		for _, m := range d.Mends {
			at := line{m.Pos.File, m.Pos.Line}
			edits[at] = append(edits[at], m)
		}
	}
	return out
}

// mayEdit says whether a file is one of the project, in the paths given, and no link to another.
func (f *fixer) mayEdit(name string) bool {
	path, known := f.before.project.Path(name)
	if !known || !f.before.project.Holds(f.before.paths, name) {
		return false
	}
	info, err := os.Lstat(path)
	if err == nil && info.Mode()&os.ModeSymlink != 0 {
		f.links[name] = true
	}
	return err == nil && info.Mode().IsRegular()
}

// touch says whether two edits of one line change the same text, or text of the same place.
func touch(a, b diag.Mend) bool {
	endA, endB := a.Pos.Col+utf8.RuneCountInString(a.Old), b.Pos.Col+utf8.RuneCountInString(b.Old)
	return a.Pos.Col == b.Pos.Col || a.Pos.Col < endB && b.Pos.Col < endA
}

// try applies the mends of findings. Those that do not help, or do harm, are refused: by what is found at their places, or
// else by halves.
func (f *fixer) try(batch diag.List) {
	if f.compiles++; f.compiles > maxFixCompiles {
		for _, d := range batch {
			f.refused[keyOf(d)] = true
		}
		return
	}
	var guilty diag.List
	if next, texts := f.with(batch); next != nil {
		var harm bool
		if guilty, harm = harms(f.now, next, batch); !harm {
			f.now, f.texts = next, texts
			f.done = append(f.done, batch...)
			return
		}
	}
	switch {
	case len(guilty) > 0: // the next round tries the others
		for _, d := range guilty {
			f.refused[keyOf(d)] = true
		}
	case len(batch) == 1:
		f.refused[keyOf(batch[0])] = true
	default:
		f.try(batch[:len(batch)/2])
		// The places of the other half are those of the text as it was before: the next round tries it.
	}
}

// with gives the project after the mends of findings, nil when they do not fit it.
func (f *fixer) with(batch diag.List) (*workspace, map[string][]byte) {
	edits := map[string][]diag.Mend{}
	for _, d := range batch {
		for _, m := range d.Mends {
			edits[m.Pos.File] = append(edits[m.Pos.File], m)
		}
	}
	texts := maps.Clone(f.texts)
	for name, mends := range edits {
		text, err := schema.Mend(f.now.project.Sources[name], mends)
		if err != nil {
			return nil, nil
		}
		texts[name] = text
	}
	project, findings := f.before.project.Mended(texts)
	next := &workspace{project: project, paths: f.before.paths, layout: f.before.layout, findings: findings}
	next.compile(f.before.compiler)
	return next, texts
}
