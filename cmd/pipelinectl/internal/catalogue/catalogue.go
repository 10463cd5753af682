// Package catalogue holds what there is to say about the code of a finding: its meaning, a small project that gives it,
// and the same project mended. Each package that declares codes keeps their explanations in a folder beside it, one
// file `codes/<code>.txtar` for each; New gathers them. The package knows no code by name and prints nothing. Start
// reading at Explanation.
package catalogue

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Explanation is what a file codes/<code>.txtar says of its code.
type Explanation struct {
	Code diag.Code
	// Text says in a few sentences what is wrong, why it matters and what to do, in lines of at most 100 characters.
	Text string
	// Wrong is a small project that gives a finding of this code and no other, and Mend the same without the fault; both
	// are empty where no small project can show it.
	Wrong, Mend Example
}

// Meaning gives the text on one line.
func (e Explanation) Meaning() string { return strings.Join(strings.Fields(e.Text), " ") }

// Summary gives the first sentence of the meaning.
func (e Explanation) Summary() string {
	first, _, more := strings.Cut(e.Meaning(), ". ")
	if more {
		first += "."
	}
	return first
}

// Changes gives what the mend changes, file by file, as unified diffs.
func (e Explanation) Changes() string {
	before, after := e.Wrong.Project(), e.Mend.Project()
	var names []string
	for _, f := range slices.Concat(before, after) {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	var out strings.Builder
	for _, name := range slices.Compact(names) {
		unified := diff.Diff(name, before.data(name), name, after.data(name))
		_, unified, _ = bytes.Cut(unified, []byte("\n")) // diff's command line
		out.Write(unified)
	}
	return out.String()
}

// Catalogue gives explanations by code. It is safe for concurrent use.
type Catalogue struct {
	all func() []Explanation
}

// New gives the Catalogue of folders that hold codes/<code>.txtar; they are read when first needed. They are part of the
// program, so that a file that cannot be understood panics.
func New(folders ...fs.FS) *Catalogue {
	return &Catalogue{all: sync.OnceValue(func() []Explanation {
		all, err := readAll(folders)
		if err != nil {
			panic(err)
		}
		return all
	})}
}

// All gives every explanation, by code.
func (c *Catalogue) All() []Explanation { return slices.Clone(c.all()) }

// Lookup gives the explanation of one code.
func (c *Catalogue) Lookup(code diag.Code) (Explanation, bool) {
	all := c.all()
	i, found := slices.BinarySearchFunc(all, code, func(e Explanation, code diag.Code) int { return cmp.Compare(e.Code, code) })
	if !found {
		return Explanation{}, false
	}
	return all[i], true
}

// Codes gives every code, sorted.
func (c *Catalogue) Codes() []diag.Code {
	all := c.all()
	codes := make([]diag.Code, len(all))
	for i, e := range all {
		codes[i] = e.Code
	}
	return codes
}

// Rule describes a code to readers of SARIF; the result is empty for an unknown one.
func (c *Catalogue) Rule(code diag.Code) diag.Rule {
	e, known := c.Lookup(code)
	if !known {
		return diag.Rule{}
	}
	rule := diag.Rule{Summary: e.Summary(), Description: e.Meaning(), Help: e.Meaning() + "\n"}
	for _, f := range e.Wrong.Project() {
		rule.Help += fmt.Sprintf("\n`%s`:\n\n```yaml\n%s```\n", f.Name, f.Data)
	}
	if changes := e.Changes(); changes != "" {
		rule.Help += "\nThe mend:\n\n```diff\n" + changes + "```\n"
	}
	return rule
}
