package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/impact"
)

// The forms of a diff beside text and json.
const formatMarkdown = "markdown"

func diffForms() []string { return []string{formatText, formatJSON, formatMarkdown} }

type diffOptions struct {
	factory *Factory
	cmd     *cobra.Command
	paths   []string
	output  string
	against string
	prune   bool
	format  string
}

func newDiffCmd(f *Factory, runF func(*diffOptions) error) *cobra.Command {
	opts := &diffOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "diff [PATH...] [-o DIR] [--against REV] [--prune] [--format FORM]",
		Short: "Show what a build changes, and what each change does",
		Long: "Compile the pipelines in the files and folders given and compare their objects with those in DIR at a git\n" +
			"revision, environment by environment. No cluster is asked. Each change is classed, with the reason: safe;\n" +
			"restart (pods are replaced); downtime (something that works stops); data loss. Nothing is written.\n\n" +
			"The form `json` is an object with `against`, `commit`, `counts` by class, and `changes`, each with `pipeline`,\n" +
			"`environment`, `source`, `group`, `kind`, `namespace`, `name`, `verb` (added, removed, changed), `class`,\n" +
			"`refused`, `allowDestroy`, `renamed`, `reasons` and `fields` (`path`, `old`, `new`). `markdown` is for a comment\n" +
			"of a pull request.\n\n" +
			"Exit codes: 0 nothing differs; 1 something does; 2 and above as for every verb.",
		Example:               "  pipelinectl diff\n  pipelinectl diff --against origin/main --format markdown\n  pipelinectl diff pipelines/photos.yaml -o deploy",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if err := checkChoice(cmd, "format", opts.format, diffForms()...); err != nil {
				return err
			}
			if runF != nil {
				return runF(opts)
			}
			return runDiff(opts)
		},
	}
	cmd.Flags().StringVarP(&opts.output, "output", "o", "", "compare with the folder `DIR` (default: the output that the project names)")
	againstFlag(cmd, &opts.against)
	cmd.Flags().BoolVar(&opts.prune, "prune", false, "count the pipelines that the project no longer has as removed, as a build with the same flag does")
	choiceFlag(cmd, &opts.format, "format", formatText, "`FORM` of the changes", diffForms()...)
	return cmd
}

func runDiff(opts *diffOptions) (err error) {
	// Findings are talk here: standard output has the changes, in whichever form.
	w, err := compiled(opts.factory, opts.cmd, opts.paths, reporter{streams: opts.factory.Streams, form: formatText})
	if err != nil {
		return err
	}
	dir, err := (&buildOptions{cmd: opts.cmd, output: opts.output}).folder(w)
	if err != nil {
		return err
	}
	tree, err := opts.tree(w)
	if err != nil {
		return err
	}
	p, err := openPrevious(opts.cmd, dir, opts.against, ledgersOf(slices.Sorted(maps.Keys(tree.Pipelines()))))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	gone, err := opts.gone(w, p)
	if err != nil {
		return err
	}
	d, err := compareTrees(p, tree, gone, true)
	if err != nil {
		return err
	}
	return opts.print(p, d)
}

// tree compiles the pipelines that the paths name. There may be none of them, where all are gone.
func (o *diffOptions) tree(w *workspace) (emit.Tree, error) {
	pipelines, err := w.pipelines(o.cmd)
	if err != nil && len(w.program.Project.Pipelines) > 0 {
		return nil, err
	}
	return w.tree(pipelines)
}

// gone gives the pipelines to compare with nothing, and mentions those that only --prune would remove.
func (o *diffOptions) gone(w *workspace, p *previous) ([]string, error) {
	others, err := w.committed(p)
	if err != nil {
		return nil, err
	}
	if o.prune {
		return others, nil
	}
	gone := slices.DeleteFunc(w.vanished(p), func(name string) bool { return !slices.Contains(others, name) })
	for _, name := range others {
		if !slices.Contains(gone, name) {
			o.factory.Streams.say("pipeline `%s` is no longer in the project: --prune shows what its removal does", name)
		}
	}
	return gone, nil
}

// committed gives the pipelines, told by their ledgers, that what is compared with has and the project has not.
func (w *workspace) committed(p *previous) ([]string, error) {
	others := w.others(p)
	if p.at == nil && w.project.Settings.Pos.IsValid() {
		standings, err := emit.Standings(p.dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, s := range standings {
			others = append(others, s.Pipeline)
		}
		others = w.foreign(others)
	}
	ledgers, err := p.read(ledgersOf(others))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(others, func(name string) bool { return ledgers[ledgersOf([]string{name})[0]] == nil }), nil
}

func (o *diffOptions) print(p *previous, d difference) error {
	s := o.factory.Streams
	for _, name := range slices.Sorted(maps.Keys(d.unreadable)) {
		s.say("warning: pipeline `%s` cannot be compared in full: in %s, %s", name, p.name, strings.ReplaceAll(d.unreadable[name].Error(), "\n", "; "))
	}
	report := impact.Report{Against: p.name, Commit: p.commit, Changes: d.changes}
	if err := writeDiff(s.Out, o.format, report); err != nil {
		return err
	}
	if len(d.changes) > 0 {
		return errFindings
	}
	if len(d.unreadable) > 0 {
		return fmt.Errorf("%s cannot be read as what a build wrote", p.name)
	}
	return nil
}

func writeDiff(out io.Writer, form string, r impact.Report) error {
	switch form {
	case formatJSON:
		return impact.WriteJSON(out, r)
	case formatMarkdown:
		return impact.WriteMarkdown(out, r)
	default:
		return impact.WriteText(out, r)
	}
}
