package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/emit"
)

type renderOptions struct {
	factory     *Factory
	cmd         *cobra.Command
	paths       []string
	environment string
	format      string
}

func newRenderCmd(f *Factory, runF func(*renderOptions) error) *cobra.Command {
	opts := &renderOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "render [PATH...] --env ENV [--format FORM]",
		Short: "Print the final manifests of one environment",
		Long: "Compile the pipelines in the files and folders given and print what kustomize makes of their overlays for one\n" +
			"environment, as a stream of YAML documents. Nothing is written.",
		Example:               "  pipelinectl render pipelines/photos.yaml --env prod",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if runF != nil {
				return runF(opts)
			}
			return runRender(opts)
		},
	}
	envFlag(cmd, &opts.environment, "render the environment `ENV`")
	findingsFlag(cmd, &opts.format)
	return cmd
}

func runRender(opts *renderOptions) error {
	w, err := compiled(opts.factory, opts.cmd, opts.paths, reporter{streams: opts.factory.Streams, form: opts.format})
	if err != nil {
		return err
	}
	if err := checkEnvironment(opts.cmd, w, opts.environment); err != nil {
		return err
	}
	pipelines, err := w.pipelines(opts.cmd)
	if err != nil {
		return err
	}
	tree, err := w.tree(pipelines)
	if err != nil {
		return err
	}
	var streams []string
	for _, pl := range pipelines {
		text, err := emit.Render(tree, emit.Overlay(pl.Name.V, opts.environment))
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
