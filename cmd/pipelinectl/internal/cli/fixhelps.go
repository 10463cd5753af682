package cli

import (
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// depth says how far the phases of a project came: a mend that lets the next one run brings its findings to light, and is
// not their cause.
func (w *workspace) depth() int {
	switch {
	case w.program == nil:
		return 0
	case w.program.Project == nil:
		return 1
	case w.program.Graphs == nil:
		return 2
	default:
		return 3
	}
}

// field is where a finding stands, whatever moved around it.
type field struct {
	code       diag.Code
	file, path string
}

func fieldOf(d diag.Diagnostic) field { return field{d.Code, d.Pos.File, d.Path} }

// harms says whether a project is not better for the mends of some of its findings: one of these is still there, or what
// phases that ran before find now was not found before and lies in no value that a mend brought to its place. It gives the
// findings whose mends are guilty, as far as their fields show it.
func harms(before, after *workspace, mended diag.List) (guilty diag.List, harm bool) {
	if after.depth() < before.depth() {
		return nil, true
	}
	counts, unread := map[field]int{}, map[string]bool{}
	for _, d := range before.findings {
		counts[fieldOf(d)]++
	}
	for _, d := range mended {
		if d.Code != schema.CodeYAMLSyntax {
			counts[fieldOf(d)]--
			continue
		}
		unread[d.Pos.File] = true // what follows a fault of syntax has not been read
		if returns(after.findings, d) {
			guilty, harm = append(guilty, d), true
		}
	}
	mends := mendsOf(mended)
	for _, d := range after.findings {
		at := fieldOf(d)
		if counts[at]--; unread[d.Pos.File] || counts[at] >= 0 {
			continue
		}
		if mends.has(at) || after.depth() == before.depth() && !mends.uncovered(at) {
			harm = true
			guilty = append(guilty, mends.byPath[fileValue{at.file, at.path}]...)
		}
	}
	return guilty, harm
}

// fileValue is a value of a file, by its path.
type fileValue struct{ file, path string }

// mends are the findings that were mended, by where they stand.
type mends struct {
	fields map[field]bool
	byPath map[fileValue]diag.List
	// named are the places that mends gave a name, or put under a field that was missing.
	named map[fileValue]bool
}

func mendsOf(mended diag.List) mends {
	m := mends{map[field]bool{}, map[fileValue]diag.List{}, map[fileValue]bool{}}
	for _, d := range mended {
		m.fields[fieldOf(d)] = true
		if d.Path != "" {
			at := fileValue{d.Pos.File, d.Path}
			m.byPath[at] = append(m.byPath[at], d)
		}
		if path, named := namedPath(d); named {
			m.named[fileValue{d.Pos.File, path}] = true
		}
	}
	return m
}

// has says whether one of the findings is of a field.
func (m mends) has(at field) bool { return m.fields[at] }

// uncovered says whether a new finding lies in a value that one of the mends gave its name, or put under a field that was
// missing: nobody had looked at it before.
func (m mends) uncovered(at field) bool {
	for path := at.path; path != ""; path = path[:max(0, strings.LastIndexAny(path, ".["))] {
		if m.named[fileValue{at.file, path}] {
			return true
		}
	}
	return false
}

// namedPath is the path that a mend gives to a value, where it gives one.
func namedPath(d diag.Diagnostic) (string, bool) {
	switch {
	case d.Path == "" || len(d.Mends) != 1:
		return "", false
	case d.Code == schema.CodeFieldMissing:
		return d.Path, true
	case d.Code != schema.CodeFieldUnknown:
		return "", false
	}
	around := d.Path[:strings.LastIndexByte(d.Path, '.')+1]
	return around + strings.Trim(d.Mends[0].New, `"'`), true
}

// returns says whether a fault of syntax is still there, or there is one before it. Its mend may have put in lines.
func returns(findings diag.List, mended diag.Diagnostic) bool {
	lines := 0
	for _, m := range mended.Mends {
		lines += strings.Count(m.New, "\n")
	}
	end := mended.Pos
	end.Line += lines
	for _, d := range findings {
		if d.Code == mended.Code && d.Pos.File == mended.Pos.File && d.Pos.Compare(end) <= 0 {
			return true
		}
	}
	return false
}
