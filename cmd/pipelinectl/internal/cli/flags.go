package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// choiceFlag declares a flag that takes one of a few words.
func choiceFlag(cmd *cobra.Command, value *string, name, def, usage string, choices ...string) {
	cmd.Flags().StringVar(value, name, def, usage+": "+list(choices))
	if err := cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(choices, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag has just been declared
	}
}

// checkChoice refuses a word that choiceFlag did not offer.
func checkChoice(cmd *cobra.Command, name, value string, choices ...string) error {
	if slices.Contains(choices, value) {
		return nil
	}
	usage := &usageError{cmd: cmd, err: fmt.Errorf("--%s does not take `%s`", name, value), hint: didYouMean(value, choices)}
	if usage.hint == "" {
		usage.hint = "it takes " + list(choices)
	}
	return usage
}

// list joins words: "a, b or c".
func list(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// completeEnvironments completes the value of --env with the environments of the project that the arguments, or the
// current folder, belong to. Documents are read, not compiled: a shell waits for it.
func completeEnvironments(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	w, err := load(cmd, args)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return w.environments(), cobra.ShellCompDirectiveNoFileComp
}

// envFlag declares --env with its completion.
func envFlag(cmd *cobra.Command, value *string, usage string) {
	cmd.Flags().StringVar(value, "env", "", usage)
	if err := cmd.RegisterFlagCompletionFunc("env", completeEnvironments); err != nil {
		panic(err) // the flag has just been declared
	}
}
