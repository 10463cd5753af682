package cli

import (
	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/live"
)

type statusOptions struct {
	factory *Factory
	cmd     *cobra.Command
	paths   []string
	cluster clusterOptions
	format  string
}

func newStatusCmd(f *Factory, runF func(*statusOptions) error) *cobra.Command {
	opts := &statusOptions{factory: f}
	cmd := &cobra.Command{
		Use:   "status [PATH...] --env ENV [--context NAME] [--kubeconfig FILE] [--format FORM]",
		Short: "Show whether a cluster runs what was compiled",
		Long: "Compile the pipelines in the files and folders given and ask the cluster of an environment how it stands to\n" +
			"them: per node the images of its containers, the hash of its configuration, its pods, and how many records its\n" +
			"consumers are behind; each custom resource with what its operator says; fields that are not as compiled; objects\n" +
			"that are missing, and objects with our labels that are no longer compiled.\n\n" +
			"It only reads (get and list). Lag is read from the runners through the API server (get of pods/proxy); where that\n" +
			"is not allowed, or a network policy keeps the API server out, it is unknown, which is no fault. A request may take\n" +
			"10 seconds, all lags together 15.\n\n" +
			"The form `json` is an object with `environment`, `cluster`, `ok` and `pipelines`, each with `nodes`, `shared` objects\n" +
			"and `leftovers`; a node has `workload` (`containers`, `config`, `wanted`, `ready`, `updated`), `lag` and `objects`.\n\n" +
			"Exit codes: 0 all is as compiled, and ready; 1 something is not; 2 and above as for every verb.",
		Example:               "  pipelinectl status --env prod\n  pipelinectl status pipelines/photos.yaml --env prod --context prod-eu --format json",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd, opts.paths = cmd, args
			if runF != nil {
				return runF(opts)
			}
			return runStatus(opts)
		},
	}
	envFlag(cmd, &opts.cluster.environment, "ask about the environment `ENV`")
	clusterFlags(cmd, &opts.cluster)
	choiceFlag(cmd, &opts.format, "format", formatText, "`FORM` of the status", formatText, formatJSON)
	return cmd
}

func runStatus(opts *statusOptions) error {
	f := opts.factory
	// Findings are talk here: standard output has the status, in whichever form.
	w, err := compiled(f, opts.cmd, opts.paths, reporter{streams: f.Streams, form: formatText})
	if err != nil {
		return err
	}
	if err := checkEnvironment(opts.cmd, w, opts.cluster.environment); err != nil {
		return err
	}
	request, err := w.liveRequest(opts.cmd, opts.cluster.environment)
	if err != nil {
		return err
	}
	cluster, err := opts.cluster.open(f, opts.cmd, w)
	if err != nil {
		return err
	}
	ctx, _, release := f.Interrupts()
	defer release()
	status, err := cluster.Status(ctx, request)
	if err != nil {
		return clusterError(opts.cmd, err)
	}
	sayUnseen(f.Streams, status.Unseen)
	write := live.WriteText
	if opts.format == formatJSON {
		write = live.WriteJSON
	}
	if err := write(f.Streams.Out, status); err != nil {
		return err
	}
	if !status.OK() {
		return errFindings
	}
	return nil
}

// sayUnseen says where nothing left over could be found.
func sayUnseen(s Streams, lists []string) {
	for _, name := range lists {
		s.say("warning: the cluster does not let you list %s: what is left over there is not shown", name)
	}
}
