package impact

import (
	"strings"

	"github.com/pipelinectl/pipelinectl/emit"
)

// verdict is what one difference does.
type verdict struct {
	class Class
	// refused says that a build does it only when it is named; what loses data always is.
	refused bool
	reason  string
}

// rules are those of one kind of object.
type rules struct {
	// removed judges that the object goes; an engine's object, of which engines knows, lacks it.
	removed func(value map[string]any) verdict
	// fields are tried in their order; the first whose path matches decides.
	fields []fieldRule
	// other judges a field that no rule matches.
	other verdict
}

// fieldRule judges a difference at a path. Of the path's tokens, * stands for any one, a ** at the end for the rest.
type fieldRule struct {
	path  string
	judge func(Field) verdict
}

type groupKind struct {
	group, kind string
}

// rulesOf gives the rules of an object's kind. What has none is judged with care: the field may be any.
func rulesOf(id emit.ID) rules {
	if r, ok := table[groupKind{id.Group, id.Kind}]; ok {
		return r
	}
	return rules{
		removed: gone(downtime("no rule is known for " + quoted(id.Kind) + ": something may need it")),
		other:   restart("no rule is known for " + quoted(id.Kind) + ": its controller may start things anew"),
	}
}

func (r rules) whenChanged(f Field) verdict {
	for _, list := range [][]fieldRule{r.fields, metadataRules} {
		for _, rule := range list {
			if matches(rule.path, f.Path) {
				return rule.judge(f)
			}
		}
	}
	return r.other
}

// matches says whether a path fits a pattern.
func matches(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	for i, token := range want {
		if token == "**" {
			return true
		}
		if i >= len(got) || token != "*" && token != got[i] {
			return false
		}
	}
	return len(want) == len(got)
}

func safe(reason string) verdict     { return verdict{class: Safe, reason: reason} }
func restart(reason string) verdict  { return verdict{class: Restart, reason: reason} }
func downtime(reason string) verdict { return verdict{class: Downtime, reason: reason} }
func dataLoss(reason string) verdict { return verdict{class: DataLoss, reason: reason} }

// refused is a verdict that a build does not carry out unless it is told to.
func refused(v verdict) verdict {
	v.refused = true
	return v
}

// gone judges every removal alike, always every difference.
func gone(v verdict) func(map[string]any) verdict { return func(map[string]any) verdict { return v } }
func always(v verdict) func(Field) verdict        { return func(Field) verdict { return v } }

// metadataRules hold for every kind.
var metadataRules = []fieldRule{
	{"/metadata/labels/**", always(safe("only labels differ"))},
	{"/metadata/annotations/**", always(safe("only annotations differ"))},
	{"/apiVersion", always(safe("it is the same object in another version of its API"))},
}
