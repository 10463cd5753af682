package cli

import "github.com/spf13/cobra"

// newExplainCmd is the verb whose own verbs say why something is as it is.
func newExplainCmd(f *Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Say where a value comes from, and what words and findings mean",
	}
	cmd.AddCommand(newExplainValueCmd(f, nil), newExplainCodeCmd(f), newExplainFieldCmd(f), newExplainDomainCmd(f, nil))
	onlyVerbs(cmd)
	return cmd
}
