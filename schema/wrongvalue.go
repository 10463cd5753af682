package schema

import (
	"fmt"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// wrongValue reports what breaks a pattern or a bound.
func (r *reporter) wrongValue(f fault, e *jsonschema.ValidationError) {
	rule, _ := f.schema["errorMessage"].(string)
	if f.isKey && f.entry != nil {
		r.add(CodeValuePattern, f.entry.KeyPos, f.path, "%s cannot have the key `%s`", r.subject(f.path[:len(f.path)-1]), clip(f.entry.Key)).
			WithHint("%s", ruleOr(rule, clean(e.Message, maxForeign)))
		return
	}
	limit := fmt.Sprint(f.schema[f.keyword])
	subject := r.subject(f.path)
	var d *diag.Diagnostic
	switch f.keyword {
	case "pattern":
		r.wrongText(f, rule)
		return
	case "minimum":
		d = r.add(CodeValueRange, f.node.Pos, f.path, "%s cannot be %s; the least is %s", subject, clip(f.node.Text), limit)
	case "maximum":
		d = r.add(CodeValueRange, f.node.Pos, f.path, "%s cannot be %s; the most is %s", subject, clip(f.node.Text), limit)
	case "minItems", "minProperties":
		d = r.add(CodeValueRange, f.node.Pos, f.path, "%s needs at least %s", subject, count(limit, f.node))
	case "maxItems", "maxProperties":
		d = r.add(CodeValueRange, f.node.Pos, f.path, "%s takes at most %s", subject, count(limit, f.node))
	case "minLength":
		d = r.add(CodeValueRange, f.node.Pos, f.path, "%s needs at least %s characters", subject, limit)
	case "maxLength":
		d = r.add(CodeValueRange, f.node.Pos, f.path, "%s is longer than %s characters", subject, limit)
	case "uniqueItems":
		r.duplicateItem(f)
		return
	default:
		d = r.add(CodeValueInvalid, f.node.Pos, f.path, "%s is not valid: %s", subject, clean(e.Message, maxForeign))
	}
	d.Hint = rule
}

// wrongText reports a text that breaks a pattern, with what its author most likely meant.
func (r *reporter) wrongText(f fault, rule string) {
	pattern := fmt.Sprint(f.schema["pattern"])
	d := r.add(CodeValuePattern, f.node.Pos, f.path, "%s cannot be `%s`", r.subject(f.path), clip(f.node.Text))
	d.Hint = ruleOr(rule, "it must match the regular expression "+pattern)
	meant := canonicalUnits(f)
	if word := aWord().FindStringSubmatch(pattern); word != nil {
		meant = Nearest(f.node.Text, word[1:])
	}
	switch {
	case meant != "":
		d.Message += "; did you mean `" + meant + "`?"
		rewrite(d, f.node, meant)
	case curly(f.node):
		d.Hint = curlyHint + "; " + d.Hint
	case slices.Contains(stringsOf(f.schema["type"]), "array"):
		severalWords(d, f.node)
	}
}

// aWord is a pattern that takes a single word.
var aWord = lazy(`^\^([a-z]+)\$$`)

func ruleOr(rule, otherwise string) string {
	if rule == "" {
		return otherwise
	}
	return rule
}

func count(limit string, n *Node) string {
	noun := "item"
	if n.Kind == Map {
		noun = "field"
	}
	if limit != "1" {
		noun += "s"
	}
	return limit + " " + noun
}

// duplicateItem reports each item of a list that stands there before.
func (r *reporter) duplicateItem(f fault) {
	first := map[string]*Node{}
	for i, item := range f.node.Items {
		key := fmt.Sprintf("%#v", item.JSON())
		if earlier := first[key]; earlier != nil {
			r.add(CodeValueDuplicate, item.Pos, append(slices.Clone(f.path), pathStep{index: i}), "%s holds %s twice", r.subject(f.path), describe(item)).
				WithRelated(earlier.Pos, "it stands here first")
			continue
		}
		first[key] = item
	}
}
