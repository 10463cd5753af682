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

// helps says whether a project is better for the mends of some of its findings: each of these is gone, and what phases
// that ran before find now was found before.
func helps(before, after *workspace, mended diag.List) bool {
	if after.depth() < before.depth() {
		return false
	}
	counts, unread := map[field]int{}, map[string]bool{}
	for _, d := range before.findings {
		counts[fieldOf(d)]++
	}
	for _, d := range mended {
		if d.Code == schema.CodeYAMLSyntax { // what follows a fault of syntax has not been read
			unread[d.Pos.File] = true
			if returns(after.findings, d) {
				return false
			}
			continue
		}
		counts[fieldOf(d)]--
	}
	for _, d := range after.findings {
		if unread[d.Pos.File] {
			continue
		}
		at := fieldOf(d)
		if counts[at]--; counts[at] < 0 && (after.depth() == before.depth() || isOf(mended, at)) {
			return false
		}
	}
	return true
}

// isOf says whether one of the findings is of a field.
func isOf(findings diag.List, at field) bool {
	for _, d := range findings {
		if fieldOf(d) == at {
			return true
		}
	}
	return false
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
