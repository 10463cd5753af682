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
	isUsed       bool
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

// allow takes the findings out of a list that comments of the project allow: warnings, and errors that may be allowed. It
// adds what is wrong with the comments.
func (p *Project) allow(list diag.List, codes func() []diag.Code) diag.List {
	comments := map[string][]allowance{}
	for name, text := range p.Sources {
		if found := allowances(name, text); len(found) > 0 {
			comments[name] = found
		}
	}
	if len(comments) == 0 {
		return list
	}
	// Phases that did not run may have found what a comment is for.
	isWhole := !list.Blocks()
	var out diag.List
	for _, d := range list {
		if !allowedBy(comments[d.Pos.File], d) {
			out = append(out, d)
		}
	}
	known := codes()
	for _, name := range slices.Sorted(maps.Keys(comments)) {
		for _, a := range comments[name] {
			a.check(&out, isWhole, known)
		}
	}
	return out
}

// allowedBy says whether one of the comments allows a finding, and notes it.
func allowedBy(comments []allowance, d diag.Diagnostic) bool {
	allowed := false
	for i := range comments {
		a := &comments[i]
		if string(d.Code) == a.code && d.Pos.Line == a.line && (d.Severity == diag.Warning || d.Allowable) {
			a.isUsed, allowed = true, true
		}
	}
	return allowed
}

// check reports a comment without a reason, and one that allows nothing.
func (a allowance) check(list *diag.List, isWhole bool, codes []diag.Code) {
	switch {
	case a.reason == "":
		list.Errorf(CodeAllowReason, a.pos, "the allow comment gives no reason").
			WithHint("write `# %s CODE REASON`, so that a reader knows why the finding does not count here", allowWord)
	case a.isUsed:
	case len(codes) > 0 && !slices.Contains(codes, diag.Code(a.code)):
		d := list.Warnf(CodeAllowUnused, a.pos, "the allow comment names no code of a finding: `%s`", clip(a.code))
		hintCode(d, a.code, codes)
	case slices.ContainsFunc(*list, func(d diag.Diagnostic) bool {
		return string(d.Code) == a.code && d.Pos.File == a.pos.File && d.Pos.Line == a.line
	}):
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
