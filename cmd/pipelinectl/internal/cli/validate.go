package cli

import "github.com/spf13/cobra"

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
			"around the current folder. Warnings alone exit 0.",
		Example:               "  pipelinectl validate\n  pipelinectl validate pipelines/photos.yaml\n  pipelinectl validate --format json .",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if err := checkChoice(cmd, "format", opts.format, findingsForms()...); err != nil {
				return err
			}
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
	report := reporter{streams: s, form: opts.format, findingsAreResult: true, textOut: true}
	if err := report.print(shown, w.project.Sources); err != nil {
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
