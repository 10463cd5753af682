package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/compiler"
)

type schemaOptions struct {
	factory *Factory
	cmd     *cobra.Command
	kind    string
}

func newSchemaCmd(f *Factory, runF func(*schemaOptions) error) *cobra.Command {
	opts := &schemaOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "schema [KIND]",
		Short: "Print the JSON Schema of documents",
		Long: "Print the JSON Schema (draft 2020-12) of one kind of document, such as Pipeline, or of all of them. Editors use it\n" +
			"to complete and check what is being written.",
		Example:               "  pipelinectl schema Pipeline > pipeline.schema.json",
		DisableFlagsInUseLine: true,
		Args:                  exactUsage(cobra.MaximumNArgs(1)),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return compiler.NewSet(f.Kinds()).Kinds(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd = cmd
			if len(args) > 0 {
				opts.kind = args[0]
			}
			if runF != nil {
				return runF(opts)
			}
			return runSchema(opts)
		},
	}
	return cmd
}

func runSchema(opts *schemaOptions) error {
	set := compiler.NewSet(opts.factory.Kinds())
	if opts.kind != "" && !slices.Contains(set.Kinds(), opts.kind) {
		usage := &usageError{cmd: opts.cmd, err: fmt.Errorf("no kind `%s` of documents", opts.kind), hint: didYouMean(opts.kind, set.Kinds())}
		if usage.hint == "" {
			usage.hint = "the kinds are " + list(set.Kinds())
		}
		return usage
	}
	text, err := set.JSON(opts.kind)
	if err != nil {
		return err
	}
	_, err = opts.factory.Streams.Out.Write(text)
	return err
}
