package schema

import "strings"

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

// mendType says how a value becomes one of the wanted types, where that is plain.
func mendType(n *Node, wanted []string) string {
	for _, t := range wanted {
		switch {
		case n.Kind == Null:
			return "give it a value or remove the key"
		case t == "string" && len(wanted) == 1 && (n.Kind == Bool || n.Kind == Int || n.Kind == Float):
			return "write it in quotes"
		case t == "string" && len(wanted) == 1 && n.Kind == Map:
			return "put a text that holds `: ` in quotes"
		case t == "array" && len(wanted) == 1 && n.Kind != List:
			return "make it a list: `[...]`, or `- ` before each item"
		case n.Kind != String:
		case (t == "integer" || t == "number") && resolve(n.Text) == Int, t == "number" && resolve(n.Text) == Float,
			t == "boolean" && resolve(n.Text) == Bool:
			return "write it without quotes"
		case t == "integer" && resolve(strings.ReplaceAll(n.Text, "_", "")) == Int:
			return "write it without underscores"
		case t == "boolean":
			switch strings.ToLower(n.Text) {
			case "yes", "on", "y":
				return "write `true`"
			case "no", "off", "n":
				return "write `false`"
			}
		}
	}
	return ""
}

// joinOr gives "a, b or c".
func joinOr(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
