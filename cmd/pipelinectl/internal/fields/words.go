package fields

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// words says the parts of a schema in words.
type words struct {
	definitions map[string]*definition
}

// sorts gives the sorts of value that a field takes, as in "string" or "list of maps".
func (w words) sorts(d *definition) []string {
	var out []string
	for _, a := range d.alternatives(w.definitions) {
		for _, t := range a.Type {
			switch {
			case t == "array" && a.Items != nil:
				out = append(out, "list of "+plurals(w.sorts(a.Items.resolve(w.definitions))))
			case t == "array":
				out = append(out, "list")
			case t == "object" && len(a.Properties) == 0 && a.entries() != nil:
				out = append(out, "map of "+plurals(w.sorts(a.entries().resolve(w.definitions))))
			case t == "object":
				out = append(out, "map")
			default:
				out = append(out, t)
			}
		}
		if len(a.Type) == 0 && (a.Const != nil || len(a.Enum) > 0) {
			out = append(out, "string")
		}
	}
	return unique(out)
}

// plurals joins sorts for what holds many: "strings or integers".
func plurals(sorts []string) string {
	if len(sorts) == 0 {
		return "any values"
	}
	for i, s := range sorts {
		first, rest, _ := strings.Cut(s, " ")
		sorts[i] = strings.TrimSuffix(first+"s "+rest, " ")
	}
	return or(sorts)
}

// choices gives the words of which the field, or each item of its list, is one.
func (w words) choices(d *definition) []string {
	var out []string
	for _, a := range d.alternatives(w.definitions) {
		if a.Const != nil {
			out = append(out, fmt.Sprint(a.Const))
		}
		for _, word := range a.Enum {
			out = append(out, fmt.Sprint(word))
		}
		if a.Items != nil {
			out = append(out, w.choices(a.Items.resolve(w.definitions))...)
		}
	}
	return unique(out)
}

// rules gives what a value must fulfil beyond its sort, a sentence each without its full stop.
func (w words) rules(d *definition) []string {
	var out []string
	for _, a := range d.alternatives(w.definitions) {
		out = append(out, bounds(a.Minimum, a.Maximum, "")...)
		out = append(out, bounds(a.MinItems, a.MaxItems, "item")...)
		out = append(out, bounds(a.MinLength, a.MaxLength, "character")...)
		if a.UniqueItems {
			out = append(out, "each item once")
		}
		switch {
		case a.ErrorMessage != "":
			out = append(out, a.ErrorMessage)
		case a.Pattern != "":
			out = append(out, "a text that matches "+a.Pattern)
		}
		for _, condition := range a.AllOf {
			if condition.Else != nil && condition.Else.ErrorMessage != "" {
				out = append(out, condition.Else.ErrorMessage)
			}
		}
		for _, inner := range []*definition{a.Items, a.PropertyNames} {
			if inner != nil {
				out = append(out, w.rules(inner.resolve(w.definitions))...)
			}
		}
	}
	return unique(out)
}

// bounds says between which numbers a value, or the number of its parts, lies.
func bounds(least, most *json.Number, part string) []string {
	parts := func(n *json.Number) string {
		switch {
		case part == "":
			return n.String()
		case n.String() == "1":
			return "1 " + part
		default:
			return n.String() + " " + part + "s"
		}
	}
	switch {
	case least != nil && most != nil:
		return []string{"from " + least.String() + " to " + parts(most)}
	case least != nil:
		return []string{"at least " + parts(least)}
	case most != nil:
		return []string{"at most " + parts(most)}
	default:
		return nil
	}
}

// literal prints a value of the schema as it may stand in a document: a text with the quotes that it needs, all else as
// JSON, which is YAML too.
func literal(value json.RawMessage) string {
	if value[0] == '"' {
		if text, err := yaml.JSONToYAML(value); err == nil {
			return strings.TrimSuffix(string(text), "\n")
		}
	}
	var out bytes.Buffer
	if err := json.Compact(&out, value); err != nil {
		return string(value)
	}
	return out.String()
}

// unique gives the words without repetitions, in their order.
func unique(in []string) []string {
	var out []string
	for _, word := range in {
		if !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return out
}

// or joins words: "a, b or c".
func or(in []string) string {
	last := len(in) - 1
	if last <= 0 {
		return strings.Join(in, "")
	}
	return strings.Join(in[:last], ", ") + " or " + in[last]
}
