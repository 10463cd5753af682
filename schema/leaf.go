package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
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
		if r.hasUnknown(f) {
			return // once that field has its right name, the fields may well go together
		}
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
