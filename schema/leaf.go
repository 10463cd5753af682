package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// leaf reports one error of the validator that no other explains.
func (r *reporter) leaf(e *jsonschema.ValidationError, location []string) {
	f := r.locate(e)
	if forbidden, isBool := r.lookup(location).(bool); isBool && !forbidden && location[len(location)-1] != "additionalProperties" {
		r.forbidden(f, location)
		return
	}
	// The keyword is the last step of the location, or the one before the name of a field and the index of another.
	at := len(location) - 1
	if at >= 2 && location[at-2] == "dependentRequired" {
		at -= 2
	}
	f.keyword = location[at]
	f.schema, _ = r.lookup(location[:at]).(object)
	if at == 2 && location[0] == "$defs" {
		f.definition = location[1]
	}
	switch f.keyword {
	case "type":
		r.wrongType(f, stringsOf(f.schema["type"]))
	case "additionalProperties":
		r.unknownFields(f)
	case "required":
		r.missingFields(f)
	case "dependentRequired":
		r.dependentFields(f, location[at+1])
	case "enum", "const":
		r.wrongChoice(f)
	case "oneOf", "anyOf", "not":
		r.conflict(f, e)
	default:
		r.wrongValue(f, e)
	}
}

// forbidden reports a field that another one rules out: its schema is false.
func (r *reporter) forbidden(f fault, location []string) {
	pos := f.node.Pos
	if f.entry != nil {
		pos = f.entry.KeyPos
	}
	d := r.add(CodeFieldConflict, pos, f.path, "%s cannot be given here", r.subject(f.path))
	if around, ok := r.lookup(location[:max(0, len(location)-2)]).(object); ok {
		d.Hint, _ = around["errorMessage"].(string)
	}
}

func (r *reporter) conflict(f fault, e *jsonschema.ValidationError) {
	code := CodeValueInvalid
	if f.node.Kind == Map {
		code = CodeFieldConflict
	}
	rule, ok := f.schema["errorMessage"].(string)
	if !ok {
		rule = clean(e.Message, maxForeign)
	}
	r.add(code, f.node.Pos, f.path, "%s is not valid", r.subject(f.path)).WithHint("%s", rule)
}

func (r *reporter) wrongChoice(f fault) {
	allowed := stringsOf(f.schema["enum"])
	if f.keyword == "const" {
		allowed = []string{fmt.Sprint(f.schema["const"])}
	}
	quoted := make([]string, len(allowed))
	for i, a := range allowed {
		quoted[i] = "`" + a + "`"
	}
	if f.node.Kind == List || f.node.Kind == Map || f.node.Kind == Null {
		r.add(CodeValueType, f.node.Pos, f.path, "%s must be %s, found %s", r.subject(f.path), joinOr(quoted), describe(f.node))
		return
	}
	d := r.add(CodeValueEnum, f.node.Pos, f.path, "%s cannot be `%s`", r.subject(f.path), clip(f.node.Text)).WithHint("write %s", joinOr(quoted))
	near, unique := nearest(f.node.Text, allowed)
	if near == "" {
		return
	}
	d.Message += "; did you mean `" + near + "`?"
	if unique {
		rewrite(d, f.node, near)
	}
}

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
		d = r.add(CodeValuePattern, f.node.Pos, f.path, "%s cannot be `%s`", subject, clip(f.node.Text))
		if units := canonicalUnits(f); units != "" {
			d.Message += "; did you mean `" + units + "`?"
			rewrite(d, f.node, units)
		}
		rule = ruleOr(rule, "it must match the regular expression "+limit)
		if strings.ContainsAny(f.node.Text, "\u2018\u2019\u201C\u201D\u201E") {
			rule = "write straight quotes, or none: to YAML these are letters; " + rule
		}
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

// subject says what a path leads to, as in "`http.port` of algo `resize`".
func (r *reporter) subject(path []pathStep) string {
	owner, rest := r.owner(path)
	if len(rest) == 0 {
		return owner
	}
	return fmt.Sprintf("`%s` of %s", clip(fieldPath(rest)), owner)
}

// owner says which named thing a path is in, and gives the path from there: a node of a pipeline, else the document.
func (r *reporter) owner(path []pathStep) (string, []pathStep) {
	if r.document && len(path) >= 3 && path[0].key == "spec" && path[2].index >= 0 {
		i := slices.IndexFunc(r.fragments, func(f Fragment) bool { return f.Section == path[1].key })
		if list := r.root.Get("spec").Get(path[1].key); i >= 0 && list != nil && path[2].index < len(list.Items) {
			return named(r.fragments[i].Kind, nameOf(list.Items[path[2].index])), path[3:]
		}
	}
	return named(r.kind, r.name), path
}

func named(kind, name string) string {
	if name == "" {
		return "the " + strings.ToLower(kind)
	}
	return fmt.Sprintf("%s `%s`", kind, clip(name))
}
