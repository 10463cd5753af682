package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// destruction is something that a verb would destroy.
type destruction struct {
	allowance
	// what says what would be lost.
	what string
}

// confirm refuses each destruction that is not named by --allow-destroy, and prints the flag that names all of them. What
// that names in vain may be a slip, and is told.
func (o *kafkaOptions) confirm(s Streams, allow allowances, all []destruction) error {
	var refused allowances
	for _, d := range all {
		if allow.names(d.kind, d.name, o.environment) {
			continue
		}
		one := allowance{d.kind, d.name, o.environment}
		refused = append(refused, one)
		s.say("error: `%s/%s`: %s", d.kind, d.name, d.what)
	}
	for _, one := range allow {
		vain := allowances{one}
		if !slices.ContainsFunc(all, func(d destruction) bool { return vain.names(d.kind, d.name, o.environment) }) {
			s.say("warning: `--allow-destroy %s` lets nothing through: nothing of that name would be lost", vain)
		}
	}
	if len(refused) == 0 {
		return nil
	}
	s.say("nothing was changed: %v", errRefused)
	s.say("to let all of it through, add: --allow-destroy %s", shellWord(refused.String()))
	return errRefused
}

// names says whether one of the allowances names an object.
func (a allowances) names(kind, name, environment string) bool {
	for _, one := range a {
		if strings.EqualFold(one.kind, kind) && one.name == name && (one.environment == "" || one.environment == environment) {
			return true
		}
	}
	return false
}

// allowDestroyFlag declares --allow-destroy for a verb that destroys on the broker.
func allowDestroyFlag(cmd *cobra.Command, allow *allowances) {
	cmd.Flags().Var(allow, "allow-destroy", "let a loss through that would be refused, by its object: `KIND/NAME[@ENV]`, several with commas or flags")
}
