package cli

import (
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/origin"
)

type explainValueOptions struct {
	factory     *Factory
	cmd         *cobra.Command
	object      string
	field       string
	paths       []string
	environment string
	format      string
}

func newExplainValueCmd(f *Factory, runF func(*explainValueOptions) error) *cobra.Command {
	opts := &explainValueOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "value OBJECT FIELD [PATH...] --env ENV [--format FORM]",
		Short: "Say why a value of a compiled object is so",
		Long: "Say where the value of a field of a compiled object is written, or which default or rule gave it, and every\n" +
			"layer that changed it since: the pipeline, the environment, its overrides.\n\n" +
			"OBJECT is KIND/NAME. FIELD is a path in it: spec.replicas, spec.template.spec.containers[runner].image,\n" +
			"spec.config[\"retention.ms\"], /spec/replicas. The PATHs are those of the project, as in other commands; without\n" +
			"any, it is the project around the current folder.",
		Example: "  pipelinectl explain value Deployment/photos-resize spec.replicas --env prod\n" +
			"  pipelinectl explain value KafkaTopic/photos.resize.thumb 'spec.config[\"retention.ms\"]' --env prod",
		DisableFlagsInUseLine: true,
		Args:                  exactUsage(cobra.MinimumNArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.object, opts.field, opts.paths = cmd, args[0], args[1], args[2:]
			if runF != nil {
				return runF(opts)
			}
			return runExplainValue(opts)
		},
	}
	cmd.Flags().StringVar(&opts.environment, "env", "", "explain the value in the environment `ENV`")
	if err := cmd.RegisterFlagCompletionFunc("env", func(cmd *cobra.Command, args []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return completeEnvironments(cmd, args[min(2, len(args)):], text)
	}); err != nil {
		panic(err) // the flag has just been declared
	}
	choiceFlag(cmd, &opts.format, "format", formatText, "`FORM` of the answer, and of findings", formatText, formatJSON)
	return cmd
}

func runExplainValue(opts *explainValueOptions) error {
	object, ok := origin.ParseObject(opts.object)
	if !ok {
		return &usageError{cmd: opts.cmd, err: errors.New("OBJECT is `" + opts.object + "`"), hint: "write KIND/NAME, as in `Deployment/photos-resize`"}
	}
	path, err := origin.ParsePath(opts.field)
	if err != nil {
		return &usageError{cmd: opts.cmd, err: err, hint: "write a path as in `spec.template.spec.containers[runner].image` or `/spec/replicas`"}
	}
	s := opts.factory.Streams
	w, err := sound(opts.factory, opts.cmd, opts.paths, reporter{streams: s, form: opts.format})
	if err != nil {
		return err
	}
	if err := checkEnvironment(opts.cmd, w, opts.environment); err != nil {
		return err
	}
	explanation, err := origin.New(opts.factory.Kinds(), w.layout).Explain(w.program, opts.environment, object, path)
	if err != nil {
		return unexplained(opts, err)
	}
	if opts.format == formatJSON {
		return writeExplanationJSON(s.Out, explanation)
	}
	return writeExplanation(s, explanation, w.project.Sources)
}

// maxListed is how many names a hint lists.
const maxListed = 40

// unexplained makes wrong usage of an object or field that is not there.
func unexplained(opts *explainValueOptions, err error) error {
	usage := &usageError{cmd: opts.cmd, err: err}
	if unknown, ok := errors.AsType[*origin.UnknownError](err); ok {
		switch {
		case unknown.Near != "":
			usage.hint = "did you mean `" + unknown.Near + "`?"
		case len(unknown.Known) > 0:
			usage.hint = "there are " + names(unknown.Known)
		}
		return usage
	}
	if parts, ok := errors.AsType[*origin.MapError](err); ok {
		usage.hint = "name one of its fields: " + names(parts.Fields)
		return usage
	}
	return err
}

// names lists names in back quotes, as many as can be read.
func names(all []string) string {
	text := "`" + strings.Join(all[:min(len(all), maxListed)], "`, `") + "`"
	if more := len(all) - maxListed; more > 0 {
		text += " and " + strconv.Itoa(more) + " more"
	}
	return text
}
