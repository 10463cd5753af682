package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/live"
	"github.com/pipelinectl/pipelinectl/emit/impact"
)

// liveDiffHelp is what the long help of diff says of --live.
const liveDiffHelp = "With --live, the objects are compared with those of a cluster: the API server applies each one in a dry run\n" +
	"(server-side apply), so nothing changes there, and you need no more than the rights to get, list and patch. An\n" +
	"object is applied under the name of whoever applied it last, the GitOps engine say, so that what is no longer\n" +
	"compiled is seen to go; else as `" + live.FieldManager + "`. The dry run is forced: a field that somebody else has taken over is a\n" +
	"difference, not a conflict. What was never applied server-side cannot show which of its fields are too many.\n"

// liveDiffOptions are the flags of diff that have it ask a cluster.
type liveDiffOptions struct {
	live    bool
	cluster clusterOptions
}

func liveDiffFlags(cmd *cobra.Command, o *liveDiffOptions) {
	cmd.Flags().BoolVar(&o.live, "live", false, "compare with the cluster of the environment that --env names")
	envFlag(cmd, &o.cluster.environment, "with --live, compare the environment `ENV`")
	clusterFlags(cmd, &o.cluster)
}

// validate refuses flags that do not go together.
func (o *liveDiffOptions) validate(cmd *cobra.Command) error {
	given := cmd.Flags().Changed
	if !o.live {
		for _, name := range []string{"env", "context", "kubeconfig"} {
			if given(name) {
				return &usageError{cmd: cmd, err: fmt.Errorf("--%s is for --live", name), hint: "add `--live` to compare with a cluster"}
			}
		}
		return nil
	}
	for _, name := range []string{"output", "against", "prune", layoutName} {
		if given(name) {
			return &usageError{cmd: cmd, err: fmt.Errorf("--%s and --live do not go together", name), hint: "with `--live` nothing is compared but the cluster"}
		}
	}
	return nil
}

// runLiveDiff compares what the paths compile to with a cluster, and prints it in a form of diff.
func runLiveDiff(f *Factory, cmd *cobra.Command, paths []string, form string, o *liveDiffOptions) error {
	// Findings are talk here: standard output has the changes, in whichever form.
	w, err := compiled(f, cmd, paths, reporter{streams: f.Streams, form: formatText})
	if err != nil {
		return err
	}
	if err := checkEnvironment(cmd, w, o.cluster.environment); err != nil {
		return err
	}
	request, err := w.liveRequest(cmd, o.cluster.environment)
	if err != nil {
		return err
	}
	cluster, err := o.cluster.open(f, cmd, w)
	if err != nil {
		return err
	}
	ctx, _, release := f.Interrupts()
	defer release()
	r, err := cluster.Rehearse(ctx, request)
	if err != nil {
		return clusterError(cmd, err)
	}
	return printRehearsal(f.Streams, form, cluster.Name(), r)
}

func printRehearsal(s Streams, form, cluster string, r *live.Rehearsal) error {
	sayUnseen(s, r.Unseen)
	for _, id := range r.Kept {
		s.say("%s/%s is no longer compiled; its annotations keep engines from deleting it", id.Kind, id.Name)
	}
	for _, refusal := range r.Refused {
		s.say("warning: the cluster refuses %s/%s: %v", refusal.ID.Kind, refusal.ID.Name, refusal.Err)
	}
	changes := impact.Compare(r.Before, r.After)
	for i := range changes {
		changes[i].Refused = false // build's guard is not asked here
	}
	if err := writeDiff(s.Out, form, impact.Report{Against: cluster, Changes: changes}); err != nil {
		return err
	}
	switch {
	case len(changes) > 0:
		return errFindings
	case len(r.Refused) > 0:
		return errors.New("the cluster refuses what was compiled")
	default:
		return nil
	}
}
