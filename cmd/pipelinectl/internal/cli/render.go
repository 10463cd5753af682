package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/emit"
)

type renderOptions struct {
	factory     *Factory
	cmd         *cobra.Command
	paths       []string
	environment string
	argocd      bool
	format      string
}

func newRenderCmd(f *Factory, runF func(*renderOptions) error) *cobra.Command {
	opts := &renderOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "render [PATH...] (--env ENV | --argocd) [--format FORM]",
		Short: "Print the final manifests of one environment",
		Long: "Compile the pipelines in the files and folders given and print what kustomize makes of their overlays for one\n" +
			"environment, as a stream of YAML documents. Nothing is written.\n\n" +
			"With --argocd it is a config management plugin of Argo CD: the pipelines are those of the current folder, the\n" +
			"Application's, unless its parameter `paths` names others in it; the environment is that of its parameter\n" +
			"`environment`, or of its variable ENVIRONMENT (`plugin.env`). " + pluginFile + " in the repository of pipelinectl is the plugin.",
		Example:               "  pipelinectl render pipelines/photos.yaml --env prod",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if opts.argocd && (len(args) > 0 || opts.environment != "") {
				return &usageError{cmd: cmd, err: errors.New("--argocd takes neither PATH nor --env"), hint: "the Application's parameters say both"}
			}
			if runF != nil {
				return runF(opts)
			}
			return runRender(opts)
		},
	}
	envFlag(cmd, &opts.environment, "render the environment `ENV`")
	cmd.Flags().BoolVar(&opts.argocd, "argocd", false, "take paths and environment from Argo CD, as its plugin")
	findingsFlag(cmd, &opts.format)
	return cmd
}

func runRender(opts *renderOptions) error {
	if opts.argocd {
		if err := opts.readApplication(); err != nil {
			return err
		}
	}
	w, err := compiled(opts.factory, opts.cmd, opts.paths, reporter{streams: opts.factory.Streams, form: opts.format})
	if err != nil {
		return err
	}
	if opts.environment == "" {
		return w.withoutEnvironment(opts.cmd, opts.howToName())
	}
	pipelines, err := w.pipelinesIn(opts.cmd, opts.environment)
	if err != nil {
		return err
	}
	var streams []string
	for _, pl := range pipelines {
		text, err := emit.RenderGraphs(w.program.GraphsOf(pl.Name.V), opts.environment)
		if err != nil {
			return err
		}
		if len(text) > 0 { // a pipeline of others' topics alone emits nothing
			streams = append(streams, string(text))
		}
	}
	_, err = opts.factory.Streams.Out.Write([]byte(strings.Join(streams, "---\n")))
	return err
}

// howToName is how an environment is named here, with a place for the name.
func (o *renderOptions) howToName() string {
	if o.argocd {
		return "`{name: environment, string: %s}` to `spec.source.plugin.parameters` of the Application"
	}
	return "`--env %s`"
}
