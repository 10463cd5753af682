package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// allowance is an allow comment: `# pipelinectl:allow CODE REASON` at the end of the guilty line, or alone on a line above.
type allowance struct {
	pos diag.Pos
	// line is the one that it is about.
	line         int
	code, reason string
}

// allowances reads the allow comments of a file.
func allowances(file string, data []byte) []allowance {
	comments := allowComments(data)
	out := make([]allowance, len(comments))
	for i, c := range slices.Backward(comments) {
		a := allowance{pos: diag.Pos{File: file, Line: c.line, Col: c.column}, line: c.line}
		if c.isAlone {
			a.line++
			// Several comments may stand above the same line.
			if i+1 < len(comments) && comments[i+1].isAlone && comments[i+1].line == a.line {
				a.line = out[i+1].line
			}
		}
		a.code, a.reason, _ = strings.Cut(c.text, " ")
		a.reason = strings.TrimSpace(a.reason)
		out[i] = a
	}
	return out
}

// lineCode is what a comment is about: the findings of one code on one line.
type lineCode struct {
	file string
	line int
	code string
}

func (a allowance) about() lineCode { return lineCode{a.pos.File, a.line, a.code} }

func aboutOf(d diag.Diagnostic) lineCode { return lineCode{d.Pos.File, d.Pos.Line, string(d.Code)} }

// allow takes the findings out of a list that comments of the project allow: warnings, and errors that may be allowed. It
// adds what is wrong with the comments.
func (p *Project) allow(list diag.List, codes func() []diag.Code) diag.List {
	var comments []allowance
	allowed := map[lineCode]bool{}
	for _, name := range slices.Sorted(maps.Keys(p.Sources)) {
		for _, a := range allowances(name, p.Sources[name]) {
			comments = append(comments, a)
			allowed[a.about()] = true
		}
	}
	if len(comments) == 0 {
		return list
	}
	// Phases that did not run may have found what a comment is for.
	isWhole := !list.Blocks()
	var out diag.List
	used, left := map[lineCode]bool{}, map[lineCode]bool{}
	for _, d := range list {
		if about := aboutOf(d); allowed[about] && (d.Severity == diag.Warning || d.Allowable) {
			used[about] = true
		} else {
			left[about] = true
			out = append(out, d)
		}
	}
	known := codes()
	for _, a := range comments {
		if a.reason == "" || !used[a.about()] {
			a.check(&out, left[a.about()], isWhole, known)
		}
	}
	return out
}

// check reports a comment without a reason, or one that allows nothing; isError says that what it is about is there still.
func (a allowance) check(list *diag.List, isError, isWhole bool, codes []diag.Code) {
	switch {
	case a.reason == "":
		list.Errorf(CodeAllowReason, a.pos, "the allow comment gives no reason").
			WithHint("write `# %s CODE REASON`, so that a reader knows why the finding does not count here", allowWord)
	case len(codes) > 0 && !slices.Contains(codes, diag.Code(a.code)):
		d := list.Warnf(CodeAllowUnused, a.pos, "the allow comment names no code of a finding: `%s`", clip(a.code))
		hintCode(d, a.code, codes)
	case isError:
		list.Warnf(CodeAllowUnused, a.pos, "`%s` is an error that no comment can allow", clip(a.code)).WithHint("mend it, and remove the comment")
	case isWhole:
		list.Warnf(CodeAllowUnused, a.pos, "the allow comment allows nothing: line %d has no finding `%s`", a.line, clip(a.code)).WithHint("remove it")
	}
}

// hintCode names the code that is nearest to one that does not exist.
func hintCode(d *diag.Diagnostic, code string, codes []diag.Code) {
	names := make([]string, len(codes))
	for i, c := range codes {
		names[i] = string(c)
	}
	if near := Nearest(code, names); near != "" {
		d.WithHint("did you mean `%s`?", near)
		return
	}
	d.WithHint("the code stands in brackets behind a finding's message")
}
