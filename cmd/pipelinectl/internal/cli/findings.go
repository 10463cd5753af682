package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// The forms of findings.
const (
	formatText = "text"
	formatJSON = "json"
)

// findingsForms are the words that --format takes, in the order of the help text.
func findingsForms() []string { return []string{formatText, formatJSON} }

// reporter prints the findings of one verb in the form that its flag --format names.
type reporter struct {
	streams Streams
	// form is one of findingsForms.
	form string
	// findingsAreResult says that standard output holds nothing but findings. The forms for programs go there then, else
	// to standard error, beside the result. Text for people goes to standard output only from validate.
	findingsAreResult bool
	textOut           bool
}

// findingsFlag declares --format for the findings of a verb.
func findingsFlag(cmd *cobra.Command, form *string) {
	choiceFlag(cmd, form, "format", formatText, "`FORM` of the findings", findingsForms()...)
}

// print writes the list, once for a verb: two reports would be no JSON. sources holds the texts of documents, for
// snippets.
func (r reporter) print(list diag.List, sources map[string][]byte) error {
	out, color := r.streams.Err, r.streams.ColorErr
	if r.findingsAreResult && (r.textOut || r.form != formatText) {
		out, color = r.streams.Out, r.streams.ColorOut
	}
	return writeFindings(out, r.form, list, sources, color)
}

func writeFindings(out io.Writer, form string, list diag.List, sources map[string][]byte, color bool) error {
	switch form {
	case formatJSON:
		return diag.WriteJSON(out, list)
	default:
		return diag.WriteText(out, list, sources, color)
	}
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
