package cli

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pipelinectl/pipelinectl/emit/impact"
)

// allowance lets the refused change of one object through, in one environment or, where that is empty, in all.
type allowance struct {
	kind, name, environment string
}

// String gives the allowance as it is written.
func (a allowance) String() string {
	if a.environment == "" {
		return a.kind + "/" + a.name
	}
	return a.kind + "/" + a.name + "@" + a.environment
}

func (a allowance) covers(c *impact.Change) bool {
	return strings.EqualFold(a.kind, c.ID.Kind) && a.name == c.ID.Name && (a.environment == "" || a.environment == c.Environment)
}

// allowances are the values of --allow-destroy (a pflag.Value).
type allowances []allowance

// allowanceForm is KIND/NAME[@ENV].
var allowanceForm = regexp.MustCompile(`^([A-Za-z]+)/([^/@\s]+)(?:@([^/@\s]+))?$`)

// apply gives the changes that no allowance covers, and the allowances that cover none.
func (a allowances) apply(changes []impact.Change) (refused []impact.Change, unused allowances) {
	used := make([]bool, len(a))
	for i := range changes {
		covered := false
		for n, one := range a {
			if one.covers(&changes[i]) {
				covered, used[n] = true, true
			}
		}
		if !covered {
			refused = append(refused, changes[i])
		}
	}
	for n, one := range a {
		if !used[n] {
			unused = append(unused, one)
		}
	}
	return refused, unused
}

// Set takes the values of one flag.
func (a *allowances) Set(text string) error {
	for value := range strings.SplitSeq(text, ",") {
		parts := allowanceForm.FindStringSubmatch(strings.TrimSpace(value))
		if parts == nil {
			return fmt.Errorf("`%s` is not KIND/NAME or KIND/NAME@ENV, as in KafkaTopic/photos.resize.thumb@prod", value)
		}
		*a = append(*a, allowance{kind: parts[1], name: parts[2], environment: parts[3]})
	}
	return nil
}

// String gives the values as they are written.
func (a allowances) String() string {
	words := make([]string, len(a))
	for i, one := range a {
		words[i] = one.String()
	}
	return strings.Join(words, ",")
}

// Type names the form for the help text.
func (a allowances) Type() string { return "KIND/NAME[@ENV]" }
