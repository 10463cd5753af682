package cli

import (
	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/krm"
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

func newFnCmd(f *Factory) *cobra.Command {
	return &cobra.Command{
		Use:   "fn",
		Short: "Render as a KRM function, for kpt and kustomize",
		Long: "Read a ResourceList on standard input and write it on standard output, with the final manifests of one environment\n" +
			"among its items. What is compiled are the documents among the items, which get the annotation that keeps them from\n" +
			"being applied; what is found goes to the results and to standard error.\n\n" +
			"The functionConfig names the environment: a ConfigMap with `data: {environment: prod}`, or\n\n" +
			"  apiVersion: fn.pipelinectl.dev/v1alpha1\n  kind: Render\n  metadata: {name: render}\n  spec: {environment: prod}\n\n" +
			"A manifest gets the file PIPELINE/ENVIRONMENT/KIND-NAME.yaml; the next run replaces it there, and removes those that\n" +
			"are rendered no more. What would be destroyed by that is an error, until `allowDestroy: [KafkaTopic/NAME]` names it.",
		Example: "  kpt fn eval --exec 'pipelinectl fn' -- environment=prod\n" +
			"  kustomize build --enable-alpha-plugins --enable-exec    # with the function among `transformers:`",
		Args:                  exactUsage(cobra.NoArgs),
		DisableFlagsInUseLine: true,
		RunE:                  func(*cobra.Command, []string) error { return runFn(f) },
	}
}

func runFn(f *Factory) error {
	function := krm.Function{
		Compiler: compiler.New(f.Kinds()),
		Codes:    func() []diag.Code { return NewCatalogue().Codes() },
	}
	results, err := function.Run(f.Streams.In, f.Streams.Out)
	if err != nil {
		return err
	}
	for _, r := range results {
		f.Streams.say("%v", r)
	}
	if results.HasErrors() {
		return errFindings
	}
	return nil
}
