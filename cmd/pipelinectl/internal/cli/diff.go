package cli

import (
	"errors"
	"io"
	"maps"
	"path/filepath"
	"slices"

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
	layout  string
	format  string
	live    liveDiffOptions
}

func newDiffCmd(f *Factory, runF func(*diffOptions) error) *cobra.Command {
	opts := &diffOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "diff [PATH...] [-o DIR] [--against REV] [--prune] [--layout LAYOUT] [--format FORM] | --live --env ENV [--context NAME] [--kubeconfig FILE]",
		Short: "Show what a build changes, and what each change does",
		Long: "Compile the pipelines in the files and folders given and compare their objects with those in DIR at a git\n" +
			"revision, environment by environment. No cluster is asked, unless with --live. Each change is classed, with the\n" +
			"reason: safe; restart (pods are replaced); downtime (something that works stops); data loss. Nothing is written.\n\n" +
			liveDiffHelp + "\n" +
			"The form `json` is an object with `against`, `commit`, `counts` by class, and `changes`, each with `pipeline`,\n" +
			"`environment` (without `pipeline`: what its pipelines share), `source`, `group`, `kind`, `namespace`, `name`, `verb`\n" +
			"(added, removed, changed), `class`, `refused`, `allowDestroy`, `renamed`, `reasons` and `fields` (`path`, `old`,\n" +
			"`new`). `markdown` is for a comment of a pull request.\n\n" +
			"Exit codes: 0 nothing differs; 1 something does; 2 and above as for every verb.",
		Example:               "  pipelinectl diff\n  pipelinectl diff --against origin/main --format markdown\n  pipelinectl diff pipelines/photos.yaml -o deploy",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if err := opts.live.validate(cmd); err != nil {
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
	cmd.Flags().BoolVar(&opts.prune, "prune", false, "count what the project no longer has as removed, as a build with the same flag does")
	layoutFlag(cmd, &opts.layout)
	choiceFlag(cmd, &opts.format, "format", formatText, "`FORM` of the changes", diffForms()...)
	liveDiffFlags(cmd, &opts.live)
	return cmd
}

func runDiff(opts *diffOptions) (err error) {
	if opts.live.live {
		return runLiveDiff(opts.factory, opts.cmd, opts.paths, opts.format, &opts.live)
	}
	// Findings are talk here: standard output has the changes, in whichever form.
	w, err := compiled(opts.factory, opts.cmd, opts.paths, reporter{streams: opts.factory.Streams, form: formatText})
	if err != nil {
		return err
	}
	dir, err := w.outputFolder(opts.cmd, opts.output)
	if err != nil {
		return err
	}
	tree, err := opts.tree(w)
	if err != nil {
		return err
	}
	p, err := w.openPrevious(opts.cmd, dir, opts.against, ledgersOf(pipelinesOf(maps.Keys(tree.Units()))))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	gone, err := opts.gone(w, p)
	if err != nil {
		return err
	}
	shared, err := compareShared(p, tree, gone)
	if err != nil {
		return err
	}
	changes, err := compareTrees(p, tree, gone, true)
	if err != nil {
		return err
	}
	changes = slices.Concat(shared, changes)
	if err := opts.mentionInterrupted(dir); err != nil {
		return err
	}
	report := impact.Report{Against: p.name, Commit: p.commit, Changes: changes}
	if err := writeDiff(opts.factory.Streams.Out, opts.format, report); err != nil || len(changes) == 0 {
		return err
	}
	return errFindings
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
func (o *diffOptions) gone(w *workspace, p *previous) ([]emit.Unit, error) {
	others, err := w.others(p)
	if err != nil || o.prune {
		return others, err
	}
	gone, err := w.vanished(p)
	for _, u := range others {
		if !slices.Contains(gone, u) {
			o.factory.Streams.say("%s %s: --prune shows what its removal does", u, whyGone(u))
		}
	}
	return gone, err
}

// mentionInterrupted says where a build was killed: what it left is not what is compared with a revision.
func (o *diffOptions) mentionInterrupted(dir string) error {
	standings, err := emit.Standings(dir)
	for _, s := range standings {
		if s.Interrupted {
			o.factory.Streams.say(interruptedText, s.Unit.Name(), filepath.Join(dir, filepath.FromSlash(string(s.Unit))))
		}
	}
	return err
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
