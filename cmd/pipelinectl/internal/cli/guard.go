package cli

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/origin"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/impact"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// guardOptions are the flags that say what a build may destroy.
type guardOptions struct {
	cmd     *cobra.Command
	against string
	allow   allowances
}

// guardFlags declares --against and --allow-destroy.
func guardFlags(cmd *cobra.Command, opts *guardOptions) {
	opts.cmd = cmd
	againstFlag(cmd, &opts.against)
	cmd.Flags().Var(&opts.allow, "allow-destroy", "let a change through that would be refused, by its object: `KIND/NAME[@ENV]`, several with commas or flags")
}

// guard compares a tree with what was there, and finds each change that nobody has allowed though it destroys something,
// and each allowance that allows nothing. Pipelines that are gone count as removed; so do those that were committed and
// that neither the project nor the disk has any more.
//
// What cannot be read cannot be guarded: such a pipeline is refused until it is named, as Pipeline/NAME. The exceptions
// are an interrupted build, which the next one completes, and files that the write itself refuses to touch.
func (w *workspace) guard(f *Factory, opts guardOptions, dir string, tree emit.Tree, gone []emit.Unit) (r refusal, err error) {
	p, err := w.openPrevious(opts.cmd, dir, opts.against, ledgersOf(pipelinesOf(maps.Keys(tree.Units()))))
	if err != nil {
		return refusal{}, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	vanished, err := w.vanished(p)
	if err != nil {
		return refusal{}, err
	}
	gone = slices.Concat(gone, vanished)
	changes, err := compareTrees(p, tree, gone, false)
	if err != nil {
		return refusal{}, err
	}
	changes = slices.DeleteFunc(changes, func(c impact.Change) bool {
		return !c.Refused || c.Environment == "" && c.ID.Kind != impact.KindPipeline // a base is not applied
	})
	if changes, err = p.withoutWritten(changes, emit.Target{Tree: tree, Gone: gone}); err != nil {
		return refusal{}, err
	}
	changes, unused := opts.allow.apply(changes)
	r = refuse(changes, placer{w, origin.New(f.Kinds(), w.layout)}.of(changes), p.name, w.environments())
	for _, a := range unused {
		r.findings.Warnf(impact.CodeAllowDestroyUnused, diag.Pos{}, "`--allow-destroy %s` lets nothing through: no such change since %s is refused", a, p.name).
			WithHint("leave the flag out; the names of refused changes are in `pipelinectl diff`")
	}
	return r, nil
}

// withoutWritten leaves out pipelines whose tree on disk cannot be read, where a write has its own say about it: an earlier
// one left it half done, or files are not as that left them.
func (p *previous) withoutWritten(refused []impact.Change, t emit.Target) ([]impact.Change, error) {
	unknown := func(c impact.Change) bool { return c.ID.Kind == impact.KindPipeline }
	if p.at != nil || !slices.ContainsFunc(refused, unknown) {
		return refused, nil
	}
	write, err := emit.Compare(p.dir, t)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(refused, func(c impact.Change) bool {
		u := emit.Unit(c.Pipeline)
		return unknown(c) && (slices.Contains(write.Interrupted, u) || slices.ContainsFunc(write.Conflicts, func(d diag.Diagnostic) bool {
			return emit.UnitOf(strings.TrimPrefix(d.Pos.File, filepath.ToSlash(p.dir)+"/")) == u
		}))
	}), nil
}
