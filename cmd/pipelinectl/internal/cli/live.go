package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/live"
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
)

// clusterOptions say which environment's cluster a verb asks.
type clusterOptions struct {
	environment string
	context     string
	kubeconfig  string
}

// clusterFlags declares --context and --kubeconfig; --env is the verb's own.
func clusterFlags(cmd *cobra.Command, o *clusterOptions) {
	cmd.Flags().StringVar(&o.context, "context", "", "ask the cluster of the kubeconfig's context `NAME` (default: the environment's `context`, else the current one)")
	cmd.Flags().StringVar(&o.kubeconfig, "kubeconfig", "", "find the cluster in `FILE` (default: those that KUBECONFIG lists, else ~/.kube/config, else the cluster around this process)")
	complete := func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return live.Contexts(o.kubeconfig), cobra.ShellCompDirectiveNoFileComp
	}
	if err := cmd.RegisterFlagCompletionFunc("context", complete); err != nil {
		panic(err) // the flag has just been declared
	}
}

// open finds the cluster; whom it will ask is said, since a kubeconfig decides it.
func (o *clusterOptions) open(f *Factory, cmd *cobra.Command, w *workspace) (*live.Cluster, error) {
	for _, env := range w.program.Project.Environments {
		if env.Name.V == o.environment {
			return o.reach(f, cmd, env)
		}
	}
	return o.reach(f, cmd, &compiler.Environment{})
}

// reach finds the cluster of an environment.
func (o *clusterOptions) reach(f *Factory, cmd *cobra.Command, env *compiler.Environment) (*live.Cluster, error) {
	cluster, err := live.Open(live.Options{
		Kubeconfig: o.kubeconfig, Context: o.context, EnvironmentContext: env.Context.V,
		Warn: func(text string) { f.Streams.say("warning: %s", text) },
	})
	if err != nil {
		return nil, clusterError(cmd, err)
	}
	f.Streams.say("asking %s (%s)", cluster.Name(), cluster.Server)
	return cluster, nil
}

// clusterError is how a verb ends that could not open or ask a cluster.
func clusterError(cmd *cobra.Command, err error) error {
	fault, ok := errors.AsType[*live.Error](err)
	switch {
	case !ok:
		return err
	case fault.Usage:
		return &usageError{cmd: cmd, err: fault, hint: fault.Hint}
	default:
		return fmt.Errorf("%w\n  hint: %s", fault, fault.Hint)
	}
}

// liveRequest is what a cluster is asked about: the pipelines that the paths name, in one environment.
func (w *workspace) liveRequest(cmd *cobra.Command, environment string) (live.Request, error) {
	r := live.Request{Others: map[emit.ID]bool{}}
	pipelines, err := w.pipelinesIn(cmd, environment)
	if err != nil {
		return r, err
	}
	for _, pl := range pipelines {
		g, err := w.graph(cmd, pl.Name.V, environment)
		if err != nil {
			return r, err
		}
		b, err := emit.Emit(g)
		if err != nil {
			return r, err
		}
		r.Targets = append(r.Targets, live.Target{Graph: g, Manifests: b.Manifests()})
		if err := w.addOthers(r.Others, g); err != nil {
			return r, err
		}
	}
	return r, nil
}

// addOthers adds the objects that the pipeline of a plan has in the other environments of the same cluster.
func (w *workspace) addOthers(others map[emit.ID]bool, g *compiler.Graph) error {
	for _, other := range w.program.GraphsOf(g.Pipeline.Name.V) {
		if other == g || other.Environment == nil || other.Environment.ClusterName() != g.Environment.ClusterName() {
			continue
		}
		b, err := emit.Emit(other)
		if err != nil {
			return err
		}
		for _, r := range b.Resources {
			others[r.ID()] = true
		}
	}
	return nil
}
