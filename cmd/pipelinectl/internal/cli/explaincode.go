package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/catalogue"
	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/local"
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/impact"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// NewCatalogue gives the explanations of every code that this program reports. A package that declares codes has its
// folder in this list.
func NewCatalogue() *catalogue.Catalogue {
	return catalogue.New(append(kinds.Explanations(),
		schema.Explanations(),
		compiler.Explanations(),
		emit.Explanations(),
		impact.Explanations(),
		local.Explanations(),
	)...)
}

type explainCodeOptions struct {
	factory *Factory
	cmd     *cobra.Command
	code    string
	format  string
}

func newExplainCodeCmd(f *Factory) *cobra.Command {
	opts := &explainCodeOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "code [CODE] [--format FORM]",
		Short: "Say what a finding's code means, with an example and its mend",
		Long: "Say what the code of a finding means, why it matters and what to do, with a small project that gives it, what is\n" +
			"reported about that project, and what changes to mend it. Without CODE, list all codes.",
		Example:               "  pipelinectl explain code\n  pipelinectl explain code topic-unread",
		DisableFlagsInUseLine: true,
		Args:                  exactUsage(cobra.MaximumNArgs(1)),
		ValidArgsFunction:     completeCodes,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd = cmd
			if len(args) > 0 {
				opts.code = args[0]
			}
			return runExplainCode(opts)
		},
	}
	choiceFlag(cmd, &opts.format, "format", formatText, "`FORM` of the explanation", formatText, formatJSON)
	return cmd
}

// completeCodes completes a code, with its summary beside it.
func completeCodes(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []cobra.Completion
	for _, e := range NewCatalogue().All() {
		out = append(out, cobra.CompletionWithDesc(string(e.Code), e.Summary()))
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

func runExplainCode(opts *explainCodeOptions) error {
	codes, s := NewCatalogue(), opts.factory.Streams
	if opts.code == "" {
		return listCodes(s.Out, codes.All(), opts.format)
	}
	// As in a finding, the code may be given in its brackets.
	code := strings.ToLower(strings.Trim(opts.code, "[]"))
	explanation, known := codes.Lookup(diag.Code(code))
	if !known {
		return unknownCode(opts, codes.Codes())
	}
	x := explainedCode{Explanation: explanation}
	if x.compiles() {
		var err error
		if x.findings, x.sources, err = codes.Compile(x.Wrong, opts.factory.Kinds()); err != nil {
			return err
		}
	}
	if opts.format == formatJSON {
		return x.writeJSON(s.Out)
	}
	return x.writeText(s.Out, s.ColorOut)
}

func unknownCode(opts *explainCodeOptions, codes []diag.Code) error {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = string(code)
	}
	usage := &usageError{cmd: opts.cmd, err: fmt.Errorf("no code `%s`", opts.code), hint: didYouMean(opts.code, names)}
	if usage.hint == "" {
		usage.hint = "`pipelinectl explain code` lists all codes"
	}
	return usage
}
