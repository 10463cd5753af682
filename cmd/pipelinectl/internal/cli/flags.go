package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// choice is the value of a flag that takes one of a few words (a pflag.Value).
type choice struct {
	value *string
	words []string
}

// choiceError is a word that the flag does not take.
type choiceError struct {
	word  string
	words []string
}

func (e *choiceError) Error() string {
	return fmt.Sprintf("it takes %s, not `%s`", list(e.words), e.word)
}

// Set takes the word.
func (c choice) Set(word string) error {
	if !slices.Contains(c.words, word) {
		return &choiceError{word, c.words}
	}
	*c.value = word
	return nil
}

// String gives the word.
func (c choice) String() string {
	if c.value == nil { // pflag asks a zero value for the default
		return ""
	}
	return *c.value
}

// Type names the values for a help text that names none.
func (c choice) Type() string { return "WORD" }

// choiceFlag declares a flag that takes one of a few words; def holds where the flag is not given, and need not be one.
func choiceFlag(cmd *cobra.Command, value *string, name, def, usage string, words ...string) {
	*value = def
	cmd.Flags().Var(choice{value, words}, name, usage+": "+list(words))
	if err := cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag has just been declared
	}
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
