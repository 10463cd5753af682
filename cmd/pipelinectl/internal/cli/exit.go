package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pipelinectl/pipelinectl/schema"
)

// The exit codes.
const (
	exitOK       = 0
	exitFindings = 1 // findings of severity error, or drift
	exitUsage    = 2 // wrong usage: the command line cannot work as it stands
	exitFailed   = 3 // I/O or internal
	exitRefused  = 4 // a destructive change was refused
)

// How a verb ends that has said everything already.
var (
	errFindings = errors.New("findings")
	errRefused  = errors.New("a destructive change was refused")
)

// usageError is a fault of the command line.
type usageError struct {
	// cmd is the command whose usage line is shown.
	cmd *cobra.Command
	err error
	// hint says how to mend it; may be empty.
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }

func (e *usageError) Unwrap() error { return e.err }

// report prints an error as its sort wants it and gives the exit code.
func (s Streams) report(err error) int {
	var usage *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.Is(err, errRefused):
		return exitRefused
	case errors.As(err, &usage):
		s.say("error: %v", err)
		if usage.hint != "" {
			s.say("  hint: %s", usage.hint)
		}
		s.say("usage: %s", usageLine(usage.cmd))
		return exitUsage
	default:
		s.say("error: %v", err)
		return exitFailed
	}
}

func usageLine(cmd *cobra.Command) string {
	if cmd.HasAvailableSubCommands() {
		return cmd.CommandPath() + " COMMAND"
	}
	return cmd.UseLine()
}

// flagError makes wrong usage of what the parser of flags found, naming the nearest flag.
func flagError(cmd *cobra.Command, err error) error {
	usage := &usageError{cmd: cmd, err: err}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		usage.hint, usage.err = invalidValue(invalid)
	}
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		if near := nearestFlag(cmd, unknown.GetSpecifiedName()); near != "" {
			usage.hint = "did you mean `--" + near + "`?"
		}
	}
	return usage
}

// invalidValue says what a flag does not take, and what it does.
func invalidValue(err *pflag.InvalidValueError) (hint string, fault error) {
	flag := err.GetFlag()
	if wrong, ok := errors.AsType[*choiceError](err); ok {
		hint = cmp.Or(didYouMean(wrong.word, wrong.words), "it takes "+list(wrong.words))
		return hint, fmt.Errorf("--%s does not take `%s`", flag.Name, wrong.word)
	}
	if _, ok := errors.AsType[*strconv.NumError](err); !ok {
		return "", fmt.Errorf("--%s: %w", flag.Name, err.Unwrap())
	}
	switch flag.Value.Type() {
	case "bool":
		hint = "it takes true or false"
	case "float64":
		hint = "it takes a number"
	default:
		hint = "it takes a whole number"
	}
	return hint, fmt.Errorf("--%s does not take `%s`", flag.Name, err.GetValue())
}

// nearestFlag gives the flag that is meant: one spelt much like it, else the only one that goes on from it. Empty: none.
func nearestFlag(cmd *cobra.Command, name string) string {
	var names, longer []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		names = append(names, f.Name)
		if strings.HasPrefix(f.Name, name) {
			longer = append(longer, f.Name)
		}
	})
	if near := schema.Nearest(name, names); near != "" || len(longer) != 1 {
		return near
	}
	return longer[0]
}

// didYouMean is the hint that names the nearest candidate, empty when none is near.
func didYouMean(name string, candidates []string) string {
	if near := schema.Nearest(name, candidates); near != "" {
		return "did you mean `" + near + "`?"
	}
	return ""
}
