package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/fields"
)

type explainFieldOptions struct {
	factory *Factory
	cmd     *cobra.Command
	field   string
}

func newExplainFieldCmd(f *Factory) *cobra.Command {
	opts := &explainFieldOptions{factory: f}
	return &cobra.Command{
		Use:   "field [FIELD]",
		Short: "Describe a field of documents in the words of the schema",
		Long: "Describe a field of documents: what it means, what it takes, its default, and the fields in it. FIELD is a path such\n" +
			"as Pipeline.spec.algos.concurrency, algo.concurrency or spec.kafka.topicDefaults; it may begin at any field whose\n" +
			"name is the only one of its kind. Without FIELD, list the kinds of documents and of nodes.",
		Example:               "  pipelinectl explain field\n  pipelinectl explain field algo.onFailure\n  pipelinectl explain field topicDefaults",
		DisableFlagsInUseLine: true,
		Args:                  exactUsage(cobra.MaximumNArgs(1)),
		ValidArgsFunction: func(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return completeFields(f, args, typed)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd = cmd
			if len(args) > 0 {
				opts.field = args[0]
			}
			return runExplainField(opts)
		},
	}
}

// completeFields completes a path by one name. No space follows: what is in the field may be wanted.
func completeFields(f *Factory, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	tree, err := fields.New(f.Kinds())
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []cobra.Completion
	found := tree.Complete(typed)
	for _, path := range slices.Sorted(maps.Keys(found)) {
		out = append(out, cobra.CompletionWithDesc(path, found[path].Summary()))
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func runExplainField(opts *explainFieldOptions) error {
	tree, err := fields.New(opts.factory.Kinds())
	if err != nil {
		return err
	}
	out := opts.factory.Streams.Out
	if opts.field == "" {
		return writeKinds(out, tree)
	}
	found := tree.Find(opts.field)
	switch len(found) {
	case 0:
		return unknownField(opts, tree)
	case 1:
		return writeField(out, found[0])
	default:
		paths := make([]string, len(found))
		for i, f := range found {
			paths[i] = f.Short()
		}
		return &usageError{cmd: opts.cmd, err: fmt.Errorf("`%s` is a field in several places", opts.field), hint: "name one of " + some(paths)}
	}
}

func unknownField(opts *explainFieldOptions, tree *fields.Tree) error {
	s := tree.Suggest(opts.field)
	usage := &usageError{cmd: opts.cmd, err: fmt.Errorf("no field `%s` in any document", s.Unknown)}
	if len(s.Known) > 0 {
		usage.err = fmt.Errorf("`%s` has no field `%s`", s.Known[0].Short(), s.Unknown)
	}
	switch {
	case len(s.Meant) > 0:
		usage.hint = "did you mean " + some(s.Meant) + "?"
	case len(s.Known) == 0:
		usage.hint = "`pipelinectl explain field` lists what a path can begin with"
	case len(s.Elsewhere) > 0:
		usage.hint = "another kind of document has " + some(s.Elsewhere)
	case len(s.Known[0].Fields) == 0:
		usage.hint = "there are no fields in it: it is a value of type " + s.Known[0].Sort
	default:
		names := make([]string, len(s.Known[0].Fields))
		for i, f := range s.Known[0].Fields {
			names[i] = f.Name
		}
		usage.hint = "the fields in it are " + list(names)
	}
	return usage
}

// some joins the first few of many paths.
func some(paths []string) string {
	const most = 8
	quoted := make([]string, 0, most)
	for _, p := range paths[:min(most, len(paths))] {
		quoted = append(quoted, "`"+p+"`")
	}
	if len(paths) > most {
		return strings.Join(quoted, ", ") + fmt.Sprintf(" or %d more", len(paths)-most)
	}
	return list(quoted)
}

func writeKinds(out io.Writer, tree *fields.Tree) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i, kinds := range [][]*fields.Field{tree.Documents, tree.Nodes} {
		_, _ = fmt.Fprint(table, [...]string{"KINDS OF DOCUMENTS\n", "\nKINDS OF NODES\n"}[i]) // Flush gives the error
		for _, f := range kinds {
			_, _ = fmt.Fprintf(table, "  %s\t%s\n", f.Name, f.Description)
		}
	}
	return table.Flush()
}

// writeField writes a field as `kubectl explain` would: its place, what it means and takes, and what is in it.
func writeField(out io.Writer, f *fields.Field) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(table, format+"\n", args...) } // Flush gives the error
	if f.Name == f.Alias {
		line("%s <%s>, an item of %s", f.Name, f.Sort, f.Path)
	} else {
		line("%s <%s>", f.Path, f.Sort)
	}
	if f.Description != "" {
		line("\n  %s", f.Description)
	}
	if about := facts(f); len(about) > 0 {
		line("\n%s", strings.Join(about, "\n"))
	}
	if len(f.Fields) > 0 {
		line("\nFIELDS")
	}
	for _, c := range f.Fields {
		cells := []string{"  " + c.Name, "<" + c.Sort + ">", c.Summary()}
		if c.Required {
			cells[1] += " required"
		}
		if cells[2] == "" {
			cells = cells[:2] // no spaces at the end of the line
		}
		line("%s", strings.Join(cells, "\t"))
	}
	return table.Flush()
}

// facts are lines of two columns about a field.
func facts(f *fields.Field) []string {
	var out []string
	add := func(what string, values ...string) {
		for _, v := range values {
			out = append(out, "  "+what+"\t"+v)
		}
	}
	if f.Required {
		add("required", "yes")
	}
	if f.Default != "" {
		add("default", f.Default)
	}
	if len(f.Choices) > 0 {
		add("one of", strings.Join(f.Choices, ", "))
	}
	add("rule", f.Rules...)
	for _, example := range f.Examples {
		add("example", f.Name+": "+example)
	}
	return out
}
