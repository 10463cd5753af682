package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

type validateOptions struct {
	factory *Factory
	cmd     *cobra.Command
	paths   []string
	format  string
}

// The forms of findings.
const (
	formatText = "text"
	formatJSON = "json"
)

func newValidateCmd(f *Factory, runF func(*validateOptions) error) *cobra.Command {
	opts := &validateOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "validate [PATH...] [--format text|json]",
		Short: "Report every finding of every file",
		Long: "Check the whole project and report what concerns the files and folders given; without any, the project\n" +
			"around the current folder. Warnings alone exit 0.",
		Example:               "  pipelinectl validate\n  pipelinectl validate pipelines/photos.yaml\n  pipelinectl validate --format json .",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if err := checkChoice(cmd, "format", opts.format, formatText, formatJSON); err != nil {
				return err
			}
			if runF != nil {
				return runF(opts)
			}
			return runValidate(opts)
		},
	}
	choiceFlag(cmd, &opts.format, "format", formatText, "`FORM` of the findings", formatText, formatJSON)
	return cmd
}

func runValidate(opts *validateOptions) error {
	w, err := open(opts.factory, opts.cmd, opts.paths)
	if err != nil {
		return err
	}
	s := opts.factory.Streams
	shown := w.project.Reported(w.findings, w.paths)
	if opts.format == formatJSON {
		err = diag.WriteJSON(s.Out, shown)
	} else {
		err = diag.WriteText(s.Out, shown, w.project.Sources, s.ColorOut)
	}
	if err != nil {
		return err
	}
	s.say("%s", summary(shown, len(w.project.Sources)))
	if hidden, _ := count(w.findings); hidden > 0 {
		if own, _ := count(shown); hidden > own {
			s.say("%s elsewhere in the project: `pipelinectl validate %s` shows all", plural(hidden-own, "more error"), w.project.Root)
		}
	}
	if shown.HasErrors() {
		return errFindings
	}
	return nil
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
