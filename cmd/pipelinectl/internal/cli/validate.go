package cli

import (
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

type validateOptions struct {
	factory *Factory
	cmd     *cobra.Command
	paths   []string
	format  string
}

func newValidateCmd(f *Factory, runF func(*validateOptions) error) *cobra.Command {
	opts := &validateOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "validate [PATH...] [--format FORM]",
		Short: "Report every finding of every file",
		Long: "Check the whole project and report what concerns the files and folders given; without any, the project\n" +
			"around the current folder. Warnings alone exit 0, unless `--strict` counts them as errors.\n\n" +
			"Findings go to standard output, their number to standard error. In CI, run in the root of the repository, so that\n" +
			"findings name files as the repository does: `--format github` gives annotations (and the text beside them on\n" +
			"standard error), `sarif` a log for code scanning, `junit` a report with a test for each file, `json` all there is\n" +
			"to know. `pipelinectl explain code CODE` says what a code means.",
		Example: "  pipelinectl validate\n  pipelinectl validate pipelines/photos.yaml\n" +
			"  pipelinectl validate --format sarif >findings.sarif",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if runF != nil {
				return runF(opts)
			}
			return runValidate(opts)
		},
	}
	findingsFlag(cmd, &opts.format)
	return cmd
}

func runValidate(opts *validateOptions) error {
	w, err := open(opts.factory, opts.cmd, opts.paths)
	if err != nil {
		return err
	}
	s := opts.factory.Streams
	shown := w.project.Reported(w.findings, w.paths)
	report := reporter{streams: s, form: opts.format, findingsAreResult: true, textOut: true, files: w.files()}
	if err := report.print(shown, w.project.Sources); err != nil {
		return err
	}
	s.say("%s", summary(shown, len(w.project.Sources)))
	if n := w.mendable(shown); n > 0 {
		s.say("`%s` mends %s", commandLine(append([]string{"pipelinectl", "fix"}, opts.paths...)...), plural(n, "finding"))
	}
	if hidden, _ := count(w.findings); hidden > 0 {
		if own, _ := count(shown); hidden > own {
			s.say("%s elsewhere in the project: `%s` shows all", plural(hidden-own, "more error"), commandLine("pipelinectl", "validate", w.project.Root))
		}
	}
	if shown.HasErrors() {
		return errFindings
	}
	return nil
}

// files are those documents' files that the paths given hold.
func (w *workspace) files() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(w.project.Sources)), func(file string) bool {
		return !w.project.Holds(w.paths, file)
	})
}

// mendable counts the findings that `fix` mends, those included that the mends of others bring to light: it is what fix
// says that it did.
func (w *workspace) mendable(shown diag.List) int {
	if !slices.ContainsFunc(shown, func(d diag.Diagnostic) bool { return len(d.Mends) > 0 }) {
		return 0
	}
	f := newFixer(w)
	f.run()
	return len(f.done)
}
