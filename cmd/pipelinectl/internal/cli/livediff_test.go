package cli

import (
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/live"
	"github.com/pipelinectl/pipelinectl/emit"
)

// liveDiffCmd is diff with no more than what concerns --live.
func liveDiffCmd(f *Factory) *cobra.Command {
	var o liveDiffOptions
	cmd := &cobra.Command{Use: "diff", Long: liveDiffHelp, RunE: func(cmd *cobra.Command, args []string) error {
		if err := o.validate(cmd); err != nil || !o.live {
			return err
		}
		return runLiveDiff(f, cmd, args, formatText, &o)
	}}
	for _, name := range []string{"output", "against", "prune", layoutName} {
		cmd.Flags().Bool(name, false, "")
	}
	liveDiffFlags(cmd, &o)
	return cmd
}

func TestLiveDiffMistakes(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"":                                       "",
		"--env prod":                             "--env is for --live",
		"--kubeconfig x":                         "--kubeconfig is for --live",
		"--live --against --env prod":            "--against and --live do not go together",
		"--live --prune":                         "--prune and --live do not go together",
		"--live --layout":                        "--layout and --live do not go together",
		"--live ../../../../examples/quickstart": "no environment given",
		"--live ../../../../examples/quickstart --env prdo":                           "no environment `prdo` in the project",
		"--live ../../../../examples/quickstart --env prod --kubeconfig nowhere.yaml": "no kubeconfig `nowhere.yaml`",
	} {
		f, out, _ := capture()
		err := execute(liveDiffCmd(f), strings.Fields(line)...)
		var usage *usageError
		if want == "" && err != nil || want != "" && (!errors.As(err, &usage) || !strings.Contains(err.Error(), want)) || out.Len() > 0 {
			t.Errorf("%q: %v, and prints %q", line, err, out)
		}
	}
}

// What the cluster refuses, keeps or hides is said beside the changes, and a refusal alone is a failure.
func TestPrintRehearsal(t *testing.T) {
	t.Parallel()
	id := emit.ID{Kind: "Service", Name: "x"}
	r := &live.Rehearsal{
		Refused: []live.Refusal{{ID: id, Err: errors.New("too odd")}}, Kept: []emit.ID{{Kind: "KafkaTopic", Name: "t"}}, Unseen: []string{"issuers in ns"},
	}
	f, out, talk := capture()
	err := printRehearsal(f.Streams, formatText, "context c", r)
	if err == nil || errors.Is(err, errFindings) || out.String() != "no change against context c\n" {
		t.Errorf("%v, %q", err, out)
	}
	for _, want := range []string{"the cluster refuses Service/x: too odd\n", "KafkaTopic/t is no longer compiled", "let you list issuers in ns"} {
		if !strings.Contains(talk.String(), want) {
			t.Errorf("%q is not in %q", want, talk)
		}
	}
	topic := emit.Manifest{ID: emit.ID{Group: "kafka.strimzi.io", Kind: "KafkaTopic", Name: "t"}, Value: map[string]any{}}
	r.Before = []*emit.Manifests{{Pipeline: "p", Environment: "e", Objects: []emit.Manifest{topic}}}
	f, out, _ = capture()
	if err := printRehearsal(f.Streams, formatText, "context c", r); !errors.Is(err, errFindings) || !strings.Contains(out.String(), "data loss  KafkaTopic/t removed") || strings.Contains(out.String(), "--allow-destroy") {
		t.Errorf("%v, %q", err, out)
	}
}
