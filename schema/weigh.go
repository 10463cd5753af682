package schema

import (
	"slices"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Weigh gives the findings of a project as they count: without those that an allow comment takes away or the project
// silences, and with the warnings that the project counts as errors made errors. List is all that was found, of every
// phase that ran; what is wrong with the comments and the settings is added. Codes gives those that exist, and is called
// where a comment or the settings name one; nil leaves out the findings about codes that do not exist. The result is sorted.
func (p *Project) Weigh(list diag.List, codes func() []diag.Code) diag.List {
	w := p.Settings.Warnings
	if codes == nil {
		codes = func() []diag.Code { return nil }
	}
	list = p.allow(list, codes)
	list = append(slices.Clone(list), w.check(codes)...)
	silenced, raised := codesOf(w.Silenced), codesOf(w.Errors)
	_, all := raised[AllWarnings]
	all = all || p.Strict
	out := make(diag.List, 0, len(list))
	for _, d := range list {
		silence, isSilenced := silenced[d.Code]
		_, isRaised := raised[d.Code]
		switch {
		case isSilenced && d.Severity == diag.Warning:
			continue
		case isSilenced:
			d.Related = append(slices.Clone(d.Related), diag.Related{Pos: silence, Message: "this silences warnings only: the finding is an error"})
		case (isRaised || all) && d.Severity == diag.Warning:
			d.Severity = diag.Error
		}
		out = append(out, d)
	}
	return out.Sorted()
}

func codesOf(values []Value[string]) map[diag.Code]diag.Pos {
	out := make(map[diag.Code]diag.Pos, len(values))
	for _, v := range values {
		out[diag.Code(v.V)] = v.Pos
	}
	return out
}

// check reports codes that do not exist.
func (w Warnings) check(codes func() []diag.Code) diag.List {
	named := slices.Concat(w.Errors, w.Silenced)
	if len(named) == 0 {
		return nil
	}
	known := codes()
	if len(known) == 0 {
		return nil
	}
	var findings diag.List
	for _, v := range named {
		isAll := v.V == AllWarnings && slices.Contains(w.Errors, v)
		if v.V == "" || isAll || slices.Contains(known, diag.Code(v.V)) { // what is no string is the schema's to report
			continue
		}
		d := findings.Errorf(CodeWarningUnknown, v.Pos, "no finding has the code `%s`", clip(v.V))
		if slices.Contains(w.Errors, v) {
			hintCode(d, v.V, append(slices.Clone(known), AllWarnings))
		} else {
			hintCode(d, v.V, known)
		}
	}
	return findings
}
