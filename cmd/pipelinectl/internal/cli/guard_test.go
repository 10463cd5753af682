package cli

import (
	"slices"
	"testing"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/impact"
)

func TestGuardFlags(t *testing.T) {
	t.Parallel()
	parse := func(words ...string) (guardOptions, error) {
		var opts guardOptions
		cmd := &cobra.Command{Use: "build", RunE: func(*cobra.Command, []string) error { return nil }}
		guardFlags(cmd, &opts)
		return opts, execute(cmd, words...)
	}
	opts, err := parse("--against", "main", "--allow-destroy", "KafkaTopic/p.n.out@prod,KafkaUser/p.n", "--allow-destroy=ConsumerGroup/p.n@dev")
	if err != nil || opts.against != "main" || opts.allow.String() != "KafkaTopic/p.n.out@prod,KafkaUser/p.n,ConsumerGroup/p.n@dev" {
		t.Errorf("got %+v, %v", opts, err)
	}
	for _, wrong := range []string{"", "x", "KafkaTopic", "KafkaTopic/", "/x", "KafkaTopic/x@", "KafkaTopic/x@a@b", "a/b/c", "KafkaTopic/x,", "Kafka Topic/x"} {
		if opts, err := parse("--allow-destroy", wrong); err == nil {
			t.Errorf("%q is taken for %v", wrong, opts.allow)
		}
	}
}

// What build prints, ready to paste, is what the flag takes.
func TestAllowanceRoundTrip(t *testing.T) {
	t.Parallel()
	change := impact.Change{Environment: "prod", ID: emit.ID{Kind: "KafkaTopic", Name: "p.n.out"}}
	var printed allowances
	if err := printed.Set(change.Allowance()); err != nil || len(printed) != 1 || !printed[0].covers(&change) {
		t.Errorf("%s: %v, %v", change.Allowance(), printed, err)
	}
	var covering []string
	for _, text := range []string{"KafkaTopic/p.n.out", "kafkatopic/p.n.out@prod", "KafkaTopic/p.n.out@dev", "KafkaTopic/p.n", "KafkaUser/p.n.out@prod"} {
		var one allowances
		if err := one.Set(text); err != nil {
			t.Fatal(err)
		}
		if one[0].covers(&change) {
			covering = append(covering, text)
		}
	}
	if !slices.Equal(covering, []string{"KafkaTopic/p.n.out", "kafkatopic/p.n.out@prod"}) {
		t.Errorf("covered by %q", covering)
	}
}
