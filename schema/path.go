package schema

import (
	"strconv"
	"strings"
)

// pathStep is one step from a value to a part of it: a key of a map, or (index 0 or more) an item of a list.
type pathStep struct {
	key   string
	index int
}

// fieldPath gives the path of a place, as in spec.algos[0].image or spec.topics[0].config["segment.bytes"].
func fieldPath(steps []pathStep) string {
	var out strings.Builder
	for _, s := range steps {
		switch {
		case s.index >= 0:
			out.WriteString("[" + strconv.Itoa(s.index) + "]")
		case !isPlain(s.key):
			out.WriteString("[" + strconv.Quote(s.key) + "]")
		case out.Len() > 0:
			out.WriteString("." + s.key)
		default:
			out.WriteString(s.key)
		}
	}
	return out.String()
}

// isPlain says whether a key can stand in a path as it is.
func isPlain(key string) bool {
	return key != "" && strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-$/") == ""
}
