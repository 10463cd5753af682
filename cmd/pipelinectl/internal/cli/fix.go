package cli

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

type fixOptions struct {
	factory *Factory
	cmd     *cobra.Command
	paths   []string
	format  string
	dryRun  bool
}

func newFixCmd(f *Factory, runF func(*fixOptions) error) *cobra.Command {
	opts := &fixOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "fix [PATH...] [--dry-run] [--format FORM]",
		Short: "Mend what can be mended safely",
		Long: "Apply the mends of the findings in the files and folders given; without any, in the project around the current\n" +
			"folder. A mend is kept where its finding is gone and no other has come. All else in a file stays byte for byte\n" +
			"as it is: comments, layout, line ends. Exits 1 while errors remain; with --dry-run also when a file would change.",
		Example:               "  pipelinectl fix\n  pipelinectl fix --dry-run pipelines/photos.yaml",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if runF != nil {
				return runF(opts)
			}
			return runFix(opts)
		},
	}
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "write nothing, and print what would change as a unified diff")
	findingsFlag(cmd, &opts.format)
	return cmd
}

func runFix(opts *fixOptions) error {
	w, err := open(opts.factory, opts.cmd, opts.paths)
	if err != nil {
		return err
	}
	s := opts.factory.Streams
	f := newFixer(w)
	f.run()
	changed := slices.Sorted(maps.Keys(f.texts))
	if err := opts.write(w, f, changed); err != nil {
		return err
	}
	left := f.now.project.Reported(f.now.findings, w.paths)
	report := reporter{streams: s, form: opts.format}
	if err := report.print(left, f.now.project.Sources); err != nil {
		return err
	}
	for _, file := range slices.Sorted(maps.Keys(f.links)) {
		s.say("%s is a symbolic link, and was left alone: mend the file that it leads to", file)
	}
	verb := "mended"
	if opts.dryRun {
		verb = "to mend"
	}
	s.say("%s %s in %s; left: %s", plural(len(f.done), "finding"), verb, plural(len(changed), "file"), summary(left, len(f.now.project.Sources)))
	if left.HasErrors() || opts.dryRun && len(changed) > 0 {
		return errFindings
	}
	return nil
}

// write puts the new texts into their files and says what was mended; a dry run says what would be.
func (o *fixOptions) write(w *workspace, f *fixer, changed []string) error {
	var out strings.Builder
	if o.dryRun {
		for _, name := range changed {
			unified := diff.Diff(name, w.project.Sources[name], name, f.texts[name])
			_, unified, _ = bytes.Cut(unified, []byte("\n")) // diff's command line
			out.Write(unified)
		}
	} else {
		for _, d := range f.done {
			fmt.Fprintf(&out, "%s: %s\n", d.Pos, d.Message)
			for _, m := range d.Mends {
				fmt.Fprintf(&out, "  %s\n", change(m))
			}
		}
	}
	var errs []error
	if !o.dryRun {
		for _, name := range changed {
			path, _ := w.project.Path(name)
			errs = append(errs, replaceFile(path, w.project.Sources[name], f.texts[name]))
		}
	}
	_, err := o.factory.Streams.Out.Write([]byte(out.String()))
	return errors.Join(append(errs, err)...)
}

// change says what an edit does: "`imge` became `image`".
func change(m diag.Mend) string {
	switch {
	case m.Old == "":
		return "put in " + quote(m.New)
	case m.New == "":
		return "took out " + quote(m.Old)
	default:
		return quote(m.Old) + " became " + quote(m.New)
	}
}

// quote names a text, that of blanks alone by their number.
func quote(text string) string {
	switch {
	case strings.Trim(text, " ") == "":
		return plural(len(text), "space")
	case strings.Trim(text, "\t") == "":
		return plural(len(text), "tab")
	default:
		return "`" + strings.TrimRight(text, "\n") + "`"
	}
}
