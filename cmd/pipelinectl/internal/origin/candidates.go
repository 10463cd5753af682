package origin

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/pipelinectl/pipelinectl/schema"
)

// maxCandidates bounds the values that are tried in one place.
const maxCandidates = 16

// maxWords is how many words of a text are changed one by one.
const maxWords = 6

// candidates gives other values that a scalar could have, likeliest valid first. Not all are valid: who tries them finds
// out.
func (x *Explainer) candidates(w world, s side, l leaf) []*schema.Node {
	if l.node.Kind == schema.Map {
		return nil
	}
	var out []*schema.Node
	add := func(kind schema.Kind, text string) {
		same := func(n *schema.Node) bool { return n.Text == text }
		if text != l.node.Text && !slices.ContainsFunc(out, same) && len(out) < maxCandidates {
			out = append(out, &schema.Node{Kind: kind, Pos: l.node.Pos, Text: text})
		}
	}
	for _, name := range x.names(w, s, l.at) {
		add(schema.String, name)
	}
	field := x.field(s, l.at)
	if _, choice := field.keyword("enum").([]any); !choice {
		for _, text := range similar(l.node) {
			add(l.node.Kind, text)
		}
	}
	for _, example := range field.examples() {
		if n := nodeOf(example, l.node.Pos); n.Kind != schema.List && n.Kind != schema.Map {
			add(n.Kind, n.Text)
		}
	}
	return out
}

var lastNumber = regexp.MustCompile(`^(.*?)([0-9]{1,15})([^0-9]*)$`)

// similar gives values that are much like a scalar: the next number, the word a little longer.
func similar(n *schema.Node) []string {
	switch n.Kind {
	case schema.Bool:
		value, _ := n.JSON().(bool)
		return []string{strconv.FormatBool(!value)}
	case schema.Int:
		value, _ := n.JSON().(int64)
		return []string{strconv.FormatInt(value+1, 10), strconv.FormatInt(value-1, 10), strconv.FormatInt(2*value, 10)}
	case schema.String:
		var out []string
		if parts := lastNumber.FindStringSubmatch(n.Text); parts != nil {
			number, _ := strconv.ParseInt(parts[2], 10, 64) // at most 15 digits
			out = append(out, parts[1]+strconv.FormatInt(number+1, 10)+parts[3], parts[1]+strconv.FormatInt(2*number, 10)+parts[3])
		}
		return append(append(out, longer(n.Text)...), "x"+n.Text)
	default:
		return nil
	}
}

var word = regexp.MustCompile(`[A-Za-z0-9]+`)

// longer gives a text with each of its words, the last one first, longer by a letter.
func longer(text string) []string {
	out := []string{text + "x"}
	for _, at := range slices.Backward(word.FindAllStringIndex(text, maxWords)) {
		out = append(out, text[:at[1]]+"x"+text[at[1]:])
	}
	return out
}

// names gives what a reference could name instead: the nodes of the pipeline, or its types.
func (x *Explainer) names(w world, s side, at place) []string {
	if s == ofEnvironment && !at.below(fieldSpec, fieldOverrides) {
		return nil
	}
	var out []string
	switch lastKey(at) {
	case fieldFrom:
		for _, kind := range x.kinds {
			if section := w.pipeline.Root.Get(fieldSpec).Get(kind.Section); section != nil {
				for _, n := range section.Items {
					out = append(out, nameOf(n))
				}
			}
		}
	case fieldType:
		if types := w.pipeline.Root.Get(fieldSpec).Get(fieldTypes); types != nil {
			for _, e := range types.Entries {
				out = append(out, e.Key)
			}
		}
	}
	return out
}

// lastKey is the field that a place is in, whatever item of it.
func lastKey(at place) string {
	for _, s := range slices.Backward(at) {
		if s.index < 0 {
			return s.key
		}
	}
	return ""
}
