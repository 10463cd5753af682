// Package cli owns the command line: one file per verb, each a constructor that declares flags and a function that does
// the work with what the lower floors offer. It must hold no rule about documents, objects or records. What verbs share:
// factory.go (what they need of the process), project.go (from paths to a compiled project), exit.go (errors and exit
// codes), streams.go (results on standard output, talk on standard error).
//
// Start reading at Main, then at any verb.
package cli

import (
	"context"
	"fmt"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/broker"
	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/local"
)

// Main runs one command line, without the program's name, and gives the exit code. Lookup reads the environment.
func Main(args []string, s Streams, lookup func(string) (string, bool)) int {
	if listeners, ok := lookup(local.VarListeners); ok {
		return isolatedRunner(listeners, s, lookup)
	}
	if dir, ok := lookup(broker.VarServe); ok {
		return servedBroker(dir, s, lookup)
	}
	f := newFactory(s)
	f.Lookup = lookup
	root := newRootCmd(f)
	root.SetArgs(args)
	return s.report(withBallast(lookup, root.Execute))
}

// isolatedRunner is what `run --isolate` starts this program for.
func isolatedRunner(listeners string, s Streams, lookup func(string) (string, bool)) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := local.IsolatedRunner(ctx, listeners, lookup, s.Err); err != nil {
		s.say("%v", err)
		return exitFailed
	}
	return exitOK
}

func newRootCmd(f *Factory) *cobra.Command {
	root := &cobra.Command{
		Use:   "pipelinectl",
		Short: "Validate event pipelines, compile them for Kubernetes, run them here",
		Long: "pipelinectl validates event pipelines written in YAML, compiles them into a kustomize tree of plain\n" +
			"Kubernetes manifests, and runs them on this machine.\n\n" +
			"Exit codes: 0 ok; 1 findings, or drift; 2 wrong usage; 3 I/O or internal; 4 a destructive change was refused.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownVerb(cmd, args[0])
			}
			return nil
		},
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(f.Streams.In)
	root.SetOut(f.Streams.Out)
	root.SetErr(f.Streams.Err)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		newInitCmd(f, nil),
		newValidateCmd(f, nil),
		newFixCmd(f, nil),
		newBuildCmd(f, nil),
		newDiffCmd(f, nil),
		newRenderCmd(f, nil),
		newFnCmd(f),
		newGraphCmd(f, nil),
		newPromoteCmd(f, nil),
		newExplainCmd(f),
		newSchemaCmd(f, nil),
		newStatusCmd(f, nil),
		newRunCmd(f, nil),
		newChaosCmd(f, nil),
		newDLQCmd(f),
		newResetCmd(f, nil),
		newCleanCmd(f, nil),
		newVersionCmd(f),
	)
	onlyVerbs(root)
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		onlyVerbs(completion)
	}
	return root
}

// onlyVerbs has a command of which only its verbs do anything show its help, and refuse a verb that it does not have.
func onlyVerbs(cmd *cobra.Command) {
	cmd.DisableFlagsInUseLine = true
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownVerb(cmd, args[0])
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}

// unknownVerb names the nearest verb.
func unknownVerb(parent *cobra.Command, verb string) error {
	var verbs []string
	for _, c := range parent.Commands() {
		if c.IsAvailableCommand() {
			verbs = append(verbs, c.Name())
		}
	}
	return &usageError{cmd: parent, err: fmt.Errorf("unknown command `%s`", verb), hint: didYouMean(verb, verbs)}
}

// exactUsage turns what a check of arguments finds into wrong usage.
func exactUsage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return &usageError{cmd: cmd, err: err}
		}
		return nil
	}
}
