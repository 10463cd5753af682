package cli

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/impact"
	"github.com/pipelinectl/pipelinectl/schema"
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

// allowance lets the refused change of one object through, in one environment or, where that is empty, in all.
type allowance struct {
	kind, name, environment string
}

// String gives the allowance as it is written.
func (a allowance) String() string {
	if a.environment == "" {
		return a.kind + "/" + a.name
	}
	return a.kind + "/" + a.name + "@" + a.environment
}

func (a allowance) covers(c *impact.Change) bool {
	return strings.EqualFold(a.kind, c.ID.Kind) && a.name == c.ID.Name && (a.environment == "" || a.environment == c.Environment)
}

// allowances are the values of --allow-destroy (a pflag.Value).
type allowances []allowance

// allowanceForm is KIND/NAME[@ENV].
var allowanceForm = regexp.MustCompile(`^([A-Za-z]+)/([^/@\s]+)(?:@([^/@\s]+))?$`)

// Set takes the values of one flag.
func (a *allowances) Set(text string) error {
	for value := range strings.SplitSeq(text, ",") {
		parts := allowanceForm.FindStringSubmatch(strings.TrimSpace(value))
		if parts == nil {
			return fmt.Errorf("`%s` is not KIND/NAME or KIND/NAME@ENV, as in KafkaTopic/photos.resize.thumb@prod", value)
		}
		*a = append(*a, allowance{kind: parts[1], name: parts[2], environment: parts[3]})
	}
	return nil
}

// String gives the values as they are written.
func (a *allowances) String() string {
	words := make([]string, len(*a))
	for i, one := range *a {
		words[i] = one.String()
	}
	return strings.Join(words, ",")
}

// Type names the form for the help text.
func (a *allowances) Type() string { return "KIND/NAME[@ENV]" }

// kindPipeline is the kind under which the earlier tree of a pipeline is let through that cannot be read.
const kindPipeline = schema.KindPipeline

// guard compares a tree with what was there, and gives an error for each change that nobody has allowed though it
// destroys something, and a warning for each allowance that allows nothing. Pipelines that are gone count as removed;
// so do those that were committed and that neither the project nor the disk has any more.
//
// What cannot be read cannot be guarded: such a pipeline is refused until it is named, as Pipeline/NAME. The exceptions
// are an interrupted build, which the next one completes, and files that the write itself refuses to touch.
func (w *workspace) guard(opts guardOptions, dir string, tree emit.Tree, gone []string) (list diag.List, err error) {
	p, err := openPrevious(opts.cmd, dir, opts.against, ledgersOf(slices.Sorted(maps.Keys(tree.Pipelines()))))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	gone = slices.Concat(gone, w.vanished(p))
	d, err := compareTrees(p, tree, gone, false)
	if err != nil {
		return nil, err
	}
	refused := slices.DeleteFunc(d.changes, func(c impact.Change) bool { return !c.Refused || c.Environment == "" })
	unreadable, err := w.unreadable(d, p, tree, gone)
	if err != nil {
		return nil, err
	}
	return w.refuse(opts.allow, append(refused, unreadable...), p), nil
}

// unreadable gives, for each pipeline whose earlier tree cannot be read, a change to refuse. On disk a write has its own
// say about those that an earlier one left half done, and about those with files that are not as it left them.
func (w *workspace) unreadable(d difference, p *previous, tree emit.Tree, gone []string) ([]impact.Change, error) {
	names := slices.Sorted(maps.Keys(d.unreadable))
	if len(names) > 0 && p.at == nil {
		changes, err := emit.Compare(p.dir, emit.Target{Tree: tree, Gone: gone})
		if err != nil {
			return nil, err
		}
		names = slices.DeleteFunc(names, func(name string) bool {
			folder := path.Join(filepath.ToSlash(p.dir), name)
			return slices.Contains(changes.Interrupted, name) || slices.ContainsFunc(changes.Conflicts, func(c diag.Diagnostic) bool {
				return c.Pos.File == folder || strings.HasPrefix(c.Pos.File, folder+"/")
			})
		})
	}
	var out []impact.Change
	for _, name := range names {
		out = append(out, impact.Change{
			Pipeline: name, ID: emit.ID{Kind: kindPipeline, Name: name}, Verb: impact.Changed, Class: impact.DataLoss, Refused: true,
			Reasons: []string{"what it was in " + p.name + " cannot be read, so nobody knows what goes: " + strings.ReplaceAll(d.unreadable[name].Error(), "\n", "; ")},
		})
	}
	return out, nil
}

// refuse makes findings of the changes that are not allowed, and of allowances that allow nothing.
func (w *workspace) refuse(allow allowances, changes []impact.Change, p *previous) diag.List {
	var list diag.List
	used := make([]bool, len(allow))
	var flags []string
	for i := range changes {
		c := &changes[i]
		covered := false
		for n, a := range allow {
			if a.covers(c) {
				covered, used[n] = true, true
			}
		}
		if covered {
			continue
		}
		flag := "--allow-destroy " + shellWord(c.Allowance())
		flags = append(flags, flag)
		where := ""
		if c.Environment != "" {
			where = fmt.Sprintf(" in environment `%s`", c.Environment)
		}
		list.Errorf(impact.CodeDestructiveChange, w.sourceOf(c), "`%s`%s is %s since %s: %s: %s",
			c.Object(), where, c.Verb, p.name, c.Class, strings.Join(c.Reasons, "; ")).
			WithHint("keep it as it was, or build with `%s`", flag)
	}
	list = list.Sorted() // as it will be printed, so that what is for all comes last
	if last := len(list) - 1; last > 0 {
		list[last].WithHint("%s; for all %d: `%s`", list[last].Hint, len(list), strings.Join(flags, " "))
	}
	for n, a := range allow {
		if !used[n] {
			list.Warnf(impact.CodeAllowDestroyUnused, diag.Pos{}, "`--allow-destroy %s` lets nothing through: no such change since %s is refused", a, p.name).
				WithHint("leave the flag out; the names of refused changes are in `pipelinectl diff`")
		}
	}
	return list
}

// sourceOf gives the place of the pipeline that a change is of: its name in its document, or the file that it was in.
func (w *workspace) sourceOf(c *impact.Change) diag.Pos {
	i := slices.IndexFunc(w.program.Project.Pipelines, func(pl *compiler.Pipeline) bool { return pl.Name.V == c.Pipeline })
	switch {
	case i >= 0:
		return w.program.Project.Pipelines[i].Name.Pos
	case c.Source != "":
		return diag.Pos{File: path.Join(w.project.Root, c.Source)}
	default:
		return diag.Pos{}
	}
}
