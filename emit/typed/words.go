package typed

import (
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
)

// maxShown is how many bytes of a text a message repeats.
const maxShown = 60

func clip(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return strings.ToValidUTF8(text[:maxShown], "") + "..."
}

func describe(n *schema.Node) string {
	switch n.Kind {
	case schema.List, schema.Map, schema.Null:
		return "a " + n.Kind.String()
	default:
		return "`" + clip(n.Text) + "`"
	}
}

func join(path, key string) string {
	key = clip(key)
	if path == "" {
		return key
	}
	return path + "." + key
}
