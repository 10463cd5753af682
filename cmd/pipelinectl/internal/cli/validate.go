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
	// ignoreForeign says that the paths are whatever some program hands over.
	ignoreForeign bool
}

func newValidateCmd(f *Factory, runF func(*validateOptions) error) *cobra.Command {
	opts := &validateOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "validate [PATH...] [--ignore-foreign] [--format FORM]",
		Short: "Report every finding of every file",
		Long: "Check the whole project and report what concerns the files and folders given; without any, the project\n" +
			"around the current folder. Warnings alone exit 0, unless `--strict` counts them as errors.\n\n" +
			"Findings go to standard output, their number to standard error. In CI, run in the root of the repository, so that\n" +
			"findings name files as the repository does: `--format github` gives annotations (and the text beside them on\n" +
			"standard error), `sarif` a log for code scanning, `junit` a report with a test for each file, `json` all there is\n" +
			"to know. `pipelinectl explain code CODE` says what a code means.\n\n" +
			"With --ignore-foreign the paths are whatever a hook hands over, such as every file that a commit changes: they\n" +
			"may be of several projects, and of other tools.",
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
	cmd.Flags().BoolVar(&opts.ignoreForeign, "ignore-foreign", false, "pass over each PATH that the sources of its project do not hold, or that is another tool's")
	findingsFlag(cmd, &opts.format)
	return cmd
}

func runValidate(opts *validateOptions) error {
	workspaces, err := opts.open()
	if err != nil {
		return err
	}
	var shown diag.List
	files, sources := []string{}, map[string][]byte{}
	for _, w := range workspaces {
		shown = append(shown, w.project.Reported(w.findings, w.paths)...)
		files = append(files, w.files()...)
		maps.Copy(sources, w.project.Sources)
	}
	s := opts.factory.Streams
	report := reporter{streams: s, form: opts.format, findingsAreResult: true, textOut: true, files: files}
	if err := report.print(shown, sources); err != nil {
		return err
	}
	s.say("%s", summary(shown, len(sources)))
	for _, w := range workspaces {
		paths := opts.paths
		if opts.ignoreForeign {
			paths = w.files()
		}
		w.mention(s, paths)
	}
	if shown.HasErrors() {
		return errFindings
	}
	return nil
}

// open opens what the paths name.
func (o *validateOptions) open() ([]*workspace, error) {
	if o.ignoreForeign && len(o.paths) > 0 {
		return openHanded(o.factory, o.cmd, o.paths)
	}
	w, err := open(o.factory, o.cmd, o.paths)
	return []*workspace{w}, err
}

// mention says what mends the findings in the paths given, and how many errors there are elsewhere.
func (w *workspace) mention(s Streams, paths []string) {
	shown := w.project.Reported(w.findings, w.paths)
	if n := w.mendable(shown); n > 0 {
		s.say("`%s` mends %s", commandLine(append([]string{"pipelinectl", "fix"}, paths...)...), plural(n, "finding"))
	}
	all, _ := count(w.findings)
	if own, _ := count(shown); all > own {
		s.say("%s elsewhere in the project: `%s` shows all", plural(all-own, "more error"), commandLine("pipelinectl", "validate", w.project.Root))
	}
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
