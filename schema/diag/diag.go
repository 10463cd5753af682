// Package diag owns the finding: one fault or doubt about a user's document, with the place it is about.
//
// A finding is a value, never a Go error: phases return (result, diag.List) and go on as far as they can, so that one
// run reports every finding. Errors are for I/O. The package imports only the standard library and knows nothing of
// YAML, schemas or pipelines. The writers (text, json, sarif, github, junit) turn a List into output; each is a file of
// that name, and no list of whatever texts makes one write what its readers cannot parse. Start reading at Diagnostic.
package diag

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in a file. Line and Col are 1-based, Col counts characters (not bytes); zero means unknown.
// File is the path as the user gave it, with forward slashes, relative where it can be.
type Pos struct {
	File string
	Line int
	Col  int
}

// IsValid says whether the place is known at least to its line.
func (p Pos) IsValid() bool { return p.Line > 0 }

// String gives file:line:col, leaving out what is unknown.
func (p Pos) String() string {
	switch {
	case p.Line < 1:
		return p.slashed()
	case p.Col < 1:
		return fmt.Sprintf("%s:%d", p.slashed(), p.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", p.slashed(), p.Line, p.Col)
	}
}

// slashed is the file as outputs name it: a path of Windows that reached a finding as it was gets its slashes here.
func (p Pos) slashed() string { return strings.ReplaceAll(p.File, `\`, "/") }

// Compare orders places by file, line and column.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}

// Severity says what a finding does to the exit code. The zero value is invalid, so that a forgotten one shows.
type Severity int

// The severities.
const (
	// Error stops the compilation and makes the command exit 1.
	Error Severity = iota + 1
	// Warning is printed and changes nothing else.
	Warning
)

// String gives the word that the writers print.
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	default:
		return fmt.Sprintf("invalid severity %d", int(s))
	}
}

// Code is the stable slug of one sort of finding, such as "topic-unread". The package that reports it owns it. An error
// that keeps a file from being read has a code that begins with "yaml-" or "file-"; no other finding has.
type Code string

// Related is the other place of a finding: the earlier definition, the other end of a conflict.
type Related struct {
	Pos     Pos
	Message string
}

// Mend is one edit of a document that takes a finding away and cannot change what its author meant: the text Old, which
// stands in the file at Pos, becomes New. An empty Old inserts.
type Mend struct {
	Pos      Pos
	Old, New string
}

// Diagnostic is one finding.
type Diagnostic struct {
	Code     Code
	Severity Severity
	// Pos is the guilty key or value, as narrow as is known.
	Pos Pos
	// Path is where it stands in the document, as in spec.algos[0].image; may be empty.
	Path string
	// Message says what is wrong: lower case, no full stop, names in back quotes.
	Message string
	// Hint says how to mend it; may be empty.
	Hint    string
	Related []Related
	// Allowable says that the document's author may answer for an error of this sort: a comment that gives a reason
	// removes it, and it keeps no later phase from running. For a warning that goes without saying.
	Allowable bool
	// Mends, applied together, remove the finding; empty where only a person can say what was meant.
	Mends []Mend
}

// List is what a phase found. It is not an error: an empty list in an error variable would not be nil.
type List []Diagnostic

// Errorf appends an error at a place.
func (l *List) Errorf(code Code, pos Pos, format string, args ...any) *Diagnostic {
	return l.add(Diagnostic{Code: code, Severity: Error, Pos: pos, Message: fmt.Sprintf(format, args...)})
}

// Warnf appends a warning at a place.
func (l *List) Warnf(code Code, pos Pos, format string, args ...any) *Diagnostic {
	return l.add(Diagnostic{Code: code, Severity: Warning, Pos: pos, Message: fmt.Sprintf(format, args...)})
}

func (l *List) add(d Diagnostic) *Diagnostic {
	*l = append(*l, d)
	return &(*l)[len(*l)-1]
}

// WithHint sets the hint. The pointer is good until the next append to the list.
func (d *Diagnostic) WithHint(format string, args ...any) *Diagnostic {
	d.Hint = fmt.Sprintf(format, args...)
	return d
}

// WithRelated adds another place.
func (d *Diagnostic) WithRelated(pos Pos, format string, args ...any) *Diagnostic {
	d.Related = append(d.Related, Related{Pos: pos, Message: fmt.Sprintf(format, args...)})
	return d
}

// WithMend adds an edit that removes the finding: the text old at pos becomes new.
func (d *Diagnostic) WithMend(pos Pos, old, new string) *Diagnostic {
	d.Mends = append(d.Mends, Mend{Pos: pos, Old: old, New: new})
	return d
}

// WithPath sets the path in the document.
func (d *Diagnostic) WithPath(path string) *Diagnostic {
	d.Path = path
	return d
}

// HasErrors says whether a finding of severity Error is in the list.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity != Warning })
}

// Blocks says whether a finding keeps the next phase from running: an error for which the author cannot answer.
func (l List) Blocks() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity != Warning && !d.Allowable })
}

// Sorted gives the list ordered by place, code and message, each finding once. The receiver is unchanged.
func (l List) Sorted() List {
	out := slices.Clone(l)
	compare := func(a, b Diagnostic) int {
		return cmp.Or(a.Pos.Compare(b.Pos), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	}
	slices.SortStableFunc(out, compare)
	return slices.CompactFunc(out, func(a, b Diagnostic) bool { return compare(a, b) == 0 })
}

// Err gives an error that counts the errors of the list, nil when it holds none.
func (l List) Err() error {
	n := 0
	for _, d := range l {
		if d.Severity != Warning {
			n++
		}
	}
	switch n {
	case 0:
		return nil
	case 1:
		return errors.New("1 error found")
	default:
		return fmt.Errorf("%d errors found", n)
	}
}
