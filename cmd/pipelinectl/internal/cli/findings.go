package cli

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// The forms of findings that verbs speak of.
const (
	formatText   = "text"
	formatJSON   = "json"
	formatGitHub = "github"
)

// report is what a form writes.
type report struct {
	list diag.List
	// sources holds the texts of documents, files the names of those that were checked.
	sources map[string][]byte
	files   []string
	color   bool
}

// form is one way to write findings.
type form struct {
	name  string
	write func(io.Writer, report) error
}

// forms are those that --format takes, in the order of the help text.
func forms() []form {
	return []form{
		{formatText, func(w io.Writer, r report) error { return diag.WriteText(w, r.list, r.sources, r.color) }},
		{formatJSON, func(w io.Writer, r report) error { return diag.WriteJSON(w, r.list) }},
		{"sarif", func(w io.Writer, r report) error { return diag.WriteSARIF(w, r.list, r.sources, NewCatalogue().Rule) }},
		{formatGitHub, func(w io.Writer, r report) error { return diag.WriteGitHub(w, r.list, r.sources) }},
		{"junit", func(w io.Writer, r report) error { return diag.WriteJUnit(w, r.list, r.files, r.sources) }},
	}
}

// findingsForms are the names of forms.
func findingsForms() []string {
	var names []string
	for _, f := range forms() {
		names = append(names, f.name)
	}
	return names
}

// strictFlag is the flag that counts warnings as errors.
const strictFlag = "strict"

// findingsFlag declares --format and --strict for the findings of a verb; load reads the latter.
func findingsFlag(cmd *cobra.Command, form *string) {
	choiceFlag(cmd, form, "format", formatText, "`FORM` of the findings", findingsForms()...)
	cmd.Flags().Bool(strictFlag, false, "count warnings as errors, as warnings: {errors: [all]} in "+schema.ProjectFileName+" does")
	cmd.Use += " [--" + strictFlag + "]"
}

// isStrict says whether a verb was told to count warnings as errors; one without the flag never is.
func isStrict(cmd *cobra.Command) bool {
	strict, err := cmd.Flags().GetBool(strictFlag)
	return err == nil && strict
}

// reporter prints the findings of one verb in the form that its flag --format names.
type reporter struct {
	streams Streams
	// form is one of findingsForms.
	form string
	// findingsAreResult says that standard output holds nothing but findings. The forms for programs go there then, else
	// to standard error, beside the result. Text for people goes to standard output only from validate.
	findingsAreResult bool
	textOut           bool
	// files are those that the findings are about; nil: all.
	files []string
}

// print writes the list, once for a verb: two reports would be no JSON. sources holds the texts of documents, for
// snippets. Annotations have the text beside them on standard error, since GitHub shows only the first few.
func (r reporter) print(list diag.List, sources map[string][]byte) error {
	out, color := r.streams.Err, r.streams.ColorErr
	if r.findingsAreResult && (r.textOut || r.form != formatText) {
		out, color = r.streams.Out, r.streams.ColorOut
	}
	files := r.files
	if files == nil {
		files = slices.Sorted(maps.Keys(sources))
	}
	if r.form == formatGitHub {
		if err := printBesideAnnotations(r.streams, list, sources); err != nil {
			return err
		}
	}
	i := slices.IndexFunc(forms(), func(f form) bool { return f.name == r.form })
	return forms()[i].write(out, report{list: list, sources: sources, files: files, color: color})
}

// printBesideAnnotations prints the text with each place broken up that the runner of GitHub Actions would take for a
// command: a line that begins with two colons, and the older `##[` anywhere in a line. A document could hold either.
func printBesideAnnotations(s Streams, list diag.List, sources map[string][]byte) error {
	var text bytes.Buffer
	if err := diag.WriteText(&text, list, sources, s.ColorErr); err != nil {
		return err
	}
	commands := regexp.MustCompile(`(?m)(^[ \t]*:)(:)|(#)(#\[)`)
	_, err := s.Err.Write(commands.ReplaceAll(text.Bytes(), []byte("$1$3 $2$4")))
	return err
}

// summary counts findings: "3 errors, 1 warning in 4 files".
func summary(list diag.List, files int) string {
	errs, warnings := count(list)
	text := "no findings"
	switch {
	case errs > 0 && warnings > 0:
		text = plural(errs, "error") + ", " + plural(warnings, "warning")
	case errs > 0:
		text = plural(errs, "error")
	case warnings > 0:
		text = plural(warnings, "warning")
	}
	return text + " in " + plural(files, "file")
}

func count(list diag.List) (errs, warnings int) {
	for _, d := range list {
		if d.Severity == diag.Warning {
			warnings++
		} else {
			errs++
		}
	}
	return errs, warnings
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
