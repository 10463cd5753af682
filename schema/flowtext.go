package schema

import (
	"bytes"
	"encoding/json"
	"strings"
)

// plainWord is text that needs no quotes, in brackets neither.
var plainWord = lazy(`^[A-Za-z0-9][A-Za-z0-9_./:@-]*[A-Za-z0-9_./@-]$|^[A-Za-z0-9]$`)

// Flow gives the value as YAML on one line.
func (n *Node) Flow() string {
	var parts []string
	switch n.Kind {
	case String:
		return flowString(n.Text)
	case List:
		for _, item := range n.Items {
			parts = append(parts, item.Flow())
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case Map:
		for _, e := range n.Entries {
			parts = append(parts, flowString(e.Key)+": "+e.Value.Flow())
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case Null:
		return "null"
	default:
		return n.Text
	}
}

func flowString(text string) string {
	if plainWord().MatchString(text) && resolve(text) == String {
		return text
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil { // a string has always a form
		panic(err)
	}
	return strings.TrimSpace(out.String())
}
