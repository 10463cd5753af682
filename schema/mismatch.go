package schema

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// typeWord is the word of messages for a type of JSON Schema.
func typeWord(t string) string {
	switch t {
	case "object":
		return "map"
	case "array":
		return "list"
	default:
		return t
	}
}

// wants gives the wanted types (in JSON Schema's words), as in "a string or a list".
func wants(types []string) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = withArticle(typeWord(t))
	}
	return joinOr(words)
}

// wrongType reports a value of the wrong type, with the rule of its field where a change of type alone would break it: 5
// in quotes is no duration either.
func (r *reporter) wrongType(f fault, types []string) {
	pattern, _ := f.schema["pattern"].(string)
	rule, _ := f.schema["errorMessage"].(string)
	fits, err := regexp.MatchString(pattern, f.node.Text)
	subject, breaks := r.subject(f.path), rule != "" && (err != nil || !fits)
	if breaks && len(types) == 1 && isScalar(f.node) {
		r.add(CodeValueType, f.node.Pos, f.path, "%s cannot be %s", subject, describe(f.node)).WithHint("%s", rule)
		return
	}
	d := r.add(CodeValueType, f.node.Pos, f.path, "%s must be %s, found %s", subject, wants(types), describe(f.node))
	if breaks {
		d.Hint = rule
		return
	}
	if r.wrongShape(d, f, types) {
		return
	}
	c := castTo(f.node, types)
	if f.node.Kind == Null && f.entry == nil {
		c.hint = "give it a value or remove its `-`"
	}
	c.apply(d, f.node)
	fields := fieldsOf(f.schema)
	switch {
	case c.hint != "":
	case f.node.Kind != Null && slices.Contains(types, "object") && len(fields) > 0:
		d.WithHint("a map here has the fields %s", strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
	case r.example(f.schema) != "":
		d.WithHint("write a value such as `%s`", r.example(f.schema))
	}
}

// curlyHint is the hint for quotes that a word processor made.
const curlyHint = "write straight quotes, or none: to YAML these are letters"

// curly says whether a text has quotes that are none to YAML.
func curly(n *Node) bool {
	return n.Kind == String && strings.ContainsAny(n.Text, "\u2018\u2019\u201C\u201D\u201E")
}

func isScalar(n *Node) bool { return n.Kind != Null && n.Kind != List && n.Kind != Map }

// cast is how a value becomes one of another type: a hint, and the text to write instead, empty where only a person can
// tell it.
type cast struct {
	hint, text string
}

// apply puts the hint into the message of a finding about the value, and mends the value.
func (c cast) apply(d *diag.Diagnostic, n *Node) {
	if c.hint != "" {
		d.Message += "; " + c.hint
	}
	if old, ok := n.form.written(n.Text); ok && c.text != "" && isScalar(n) {
		d.WithMend(n.Pos, old, c.text)
	}
}

// rewrite mends a scalar: it becomes another one in the same quotes.
func rewrite(d *diag.Diagnostic, n *Node, text string) {
	if old, ok := n.form.written(n.Text); ok {
		d.WithMend(n.Pos, old, n.form.rewritten(text))
	}
}

// castTo says how a value becomes one of the wanted types, where that is plain.
func castTo(n *Node, wanted []string) cast {
	isOnly := func(t string) bool { return len(wanted) == 1 && wanted[0] == t }
	switch {
	case n.Kind == Null:
		return cast{hint: "give it a value or remove the key"}
	case isOnly("string") && isScalar(n):
		return cast{"write it in quotes", quoted(n.Text)}
	case isOnly("string") && n.Kind == Map:
		return cast{hint: "put a text that holds `: ` in quotes"}
	case curly(n):
		return cast{hint: curlyHint}
	case isOnly("array") && n.Kind == String:
		return castToList(n)
	case isOnly("array") && n.Kind != List:
		return cast{hint: "make it a list: `[...]`, or `- ` before each item"}
	case n.Kind == String:
		return castText(n.Text, wanted)
	default:
		return cast{}
	}
}

// castToList makes a list of a text of simple words; of several only a person can say whether each is an item.
func castToList(n *Node) cast {
	words := strings.Fields(n.Text)
	if len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return !simple().MatchString(w) && !aFlag().MatchString(w) }) {
		return cast{hint: "make it a list: `[...]`, or `- ` before each item"}
	}
	list := "[" + strings.Join(words, ", ") + "]"
	c := cast{hint: "make it a list: `" + clip(list) + "`"}
	if len(words) == 1 && n.form == plain && resolve(n.Text) == String {
		c.text = list
	}
	return c
}

// severalWords says that a text which is not what its field takes would be a list of it.
func severalWords(d *diag.Diagnostic, n *Node) {
	words := strings.FieldsFunc(n.Text, func(c rune) bool { return c == ',' || c == ' ' })
	if n.Kind == String && len(words) > 1 && !slices.ContainsFunc(words, func(w string) bool { return !simple().MatchString(w) }) {
		d.Message += "; did you mean the list `" + clip("["+strings.Join(words, ", ")+"]") + "`?"
	}
}

// aFlag is a flag of a command.
var aFlag = lazy(`^--?[A-Za-z][A-Za-z0-9-]*$`)

// castText makes a number or a boolean of a text that looks like one.
func castText(text string, wanted []string) cast {
	for _, t := range wanted {
		switch {
		case (t == "integer" || t == "number") && resolve(text) == Int, t == "number" && resolve(text) == Float, t == "boolean" && resolve(text) == Bool:
			return cast{"write it without quotes", text}
		case t == "integer" && resolve(strings.ReplaceAll(text, "_", "")) == Int:
			return cast{"write it without underscores", strings.ReplaceAll(text, "_", "")}
		case t == "boolean":
			switch strings.ToLower(text) {
			case "yes", "on", "y":
				return cast{"write `true`", "true"}
			case "no", "off", "n":
				return cast{"write `false`", "false"}
			}
		}
	}
	return cast{}
}

// joinAnd gives "a, b and c".
func joinAnd(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// joinOr gives "a, b or c".
func joinOr(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
