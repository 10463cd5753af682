package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/emit/impact"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// refusal is what the guard found.
type refusal struct {
	// findings has an error for each change that is refused, and warnings.
	findings diag.List
	// allow would let all that is refused through.
	allow allowances
}

// refuses says whether the build is forbidden.
func (r refusal) refuses() bool { return r.findings.HasErrors() }

// say tells what a refusal led to, and the one flag that lets all of it through.
func (r refusal) say(s Streams, result string) {
	s.say("%s: %v", result, errRefused)
	s.say("to let all of it through, add: --allow-destroy %s", shellWord(r.allow.String()))
}

// alike is a change that is refused, the same in each of some environments.
type alike struct {
	*impact.Change
	pos diag.Pos
	// environments are none for a change outside of environments.
	environments []string
}

// refuse makes findings of changes, which are at these places in the documents: one for those that differ in their
// environment only. Since says what the changes are changes from; known are the environments that the project has.
func refuse(changes []impact.Change, places []diag.Pos, since string, known []string) refusal {
	var r refusal
	for _, a := range gather(changes, places) {
		allow := a.allowances(changes)
		for _, one := range allow {
			if !slices.Contains(r.allow, one) {
				r.allow = append(r.allow, one)
			}
		}
		flag := "--allow-destroy " + shellWord(allow.String())
		if a.ID.Kind == impact.KindPipeline {
			r.findings.Errorf(impact.CodeDestructiveChange, a.pos, "nobody knows what this build of pipeline `%s` destroys since %s: %s",
				a.Pipeline, since, strings.Join(a.Reasons, "; ")).
				WithHint("put back there what is missing or edited; or, where nothing of it is needed, build with `%s`", flag)
			continue
		}
		r.findings.Errorf(impact.CodeDestructiveChange, a.pos, "`%s`%s is %s since %s: %s: %s",
			a.Object(), a.where(known), a.Verb, since, a.Class, strings.Join(a.Reasons, "; ")).
			WithHint("keep it as it was, or build with `%s`", flag)
	}
	return r
}

// gather joins the changes that are alike, in their order.
func gather(changes []impact.Change, places []diag.Pos) []*alike {
	var out []*alike
	for i := range changes {
		c := &changes[i]
		at := slices.IndexFunc(out, func(a *alike) bool {
			return a.pos == places[i] && a.Pipeline == c.Pipeline && a.ID.Kind == c.ID.Kind && a.ID.Name == c.ID.Name &&
				a.Verb == c.Verb && a.Class == c.Class && slices.Equal(a.Reasons, c.Reasons)
		})
		if at < 0 {
			out = append(out, &alike{Change: c, pos: places[i]})
			at = len(out) - 1
		}
		if c.Environment != "" && !slices.Contains(out[at].environments, c.Environment) {
			out[at].environments = append(out[at].environments, c.Environment)
		}
	}
	return out
}

// where names the environments, for a message; known are those that the project has.
func (a *alike) where(known []string) string {
	var words []string
	for _, name := range a.environments {
		word := "`" + name + "`"
		if !slices.Contains(known, name) {
			word += " (no longer in the project)"
		}
		words = append(words, word)
	}
	switch last := len(words) - 1; {
	case last < 0:
		return ""
	case last == 0:
		return " in environment " + words[0]
	default:
		return fmt.Sprintf(" in the environments %s and %s", strings.Join(words[:last], ", "), words[last])
	}
}

// allowances let the change through wherever it is, and nothing else that is refused: without an environment where that
// is shorter and means the same.
func (a *alike) allowances(changes []impact.Change) allowances {
	all := allowance{kind: a.ID.Kind, name: a.ID.Name}
	others := slices.ContainsFunc(changes, func(c impact.Change) bool {
		return all.covers(&c) && !slices.Contains(a.environments, c.Environment)
	})
	if len(a.environments) == 0 || len(a.environments) > 1 && !others {
		return allowances{all}
	}
	var out allowances
	for _, name := range a.environments {
		out = append(out, allowance{all.kind, all.name, name})
	}
	return out
}
