package origin

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Path leads from an object to one of its fields. Each element is a key of a map, or for a list the index of an item or
// its name.
type Path []string

// ParsePath reads a path in the forms that people have at hand: kubectl's and JSONPath's (spec.containers[0].image, with
// or without {.} or $. around it), items by name (containers[runner]), keys with a backslash before their dots or in
// brackets and quotes (config.retention\.ms, config["retention.ms"]), and JSON pointers (/spec/replicas, RFC 6901).
func ParsePath(text string) (Path, error) {
	if strings.HasPrefix(text, "/") {
		return parsePointer(text), nil
	}
	rest := text
	if inner, ok := strings.CutPrefix(text, "{"); ok {
		rest = strings.TrimSuffix(inner, "}")
	}
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "$"), ".")
	var path Path
	for rest != "" {
		var element string
		var err error
		if strings.HasPrefix(rest, "[") {
			element, rest, err = bracket(rest)
		} else {
			element, rest = plain(rest)
		}
		if err != nil {
			return nil, fmt.Errorf("path `%s`: %w", text, err)
		}
		if element == "" {
			return nil, fmt.Errorf("path `%s` has an empty step", text)
		}
		path = append(path, element)
		if next, dotted := strings.CutPrefix(rest, "."); dotted {
			if next == "" {
				return nil, fmt.Errorf("path `%s` ends in a dot", text)
			}
			rest = next
		}
	}
	if len(path) == 0 {
		return nil, fmt.Errorf("path `%s` names no field", text)
	}
	return path, nil
}

func parsePointer(text string) Path {
	path := Path(strings.Split(text[1:], "/"))
	for i, element := range path {
		path[i] = strings.ReplaceAll(strings.ReplaceAll(element, "~1", "/"), "~0", "~")
	}
	return path
}

// plain takes a key without brackets off the front of a path; a backslash makes the character after it part of the key.
func plain(text string) (key, rest string) {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i++
			out.WriteByte(text[i])
		case c == '.' || c == '[':
			return out.String(), text[i:]
		default:
			out.WriteByte(c)
		}
	}
	return out.String(), ""
}

// bracket takes [0], [name], ["key"] or ['key'] off the front of a path.
func bracket(text string) (element, rest string, err error) {
	inner := text[1:]
	if inner != "" && (inner[0] == '"' || inner[0] == '\'') {
		element, rest, found := strings.Cut(inner[1:], inner[:1]+"]")
		if !found {
			return "", "", fmt.Errorf("a %c is not closed", inner[0])
		}
		return element, rest, nil
	}
	element, rest, found := strings.Cut(inner, "]")
	if !found {
		return "", "", errors.New("a `[` is not closed")
	}
	return element, rest, nil
}

// place is a path whose steps are known to be keys or indices, since it was walked.
type place []step

// step is a key of a map, or with an index of 0 and more an item of a list.
type step struct {
	key   string
	index int
}

func key(k string) step { return step{key: k, index: -1} }

func index(i int) step { return step{index: i} }

// with gives the place one step further, in memory of its own.
func (p place) with(s ...step) place { return append(slices.Clip(p), s...) }

// below says whether the place begins with keys.
func (p place) below(keys ...string) bool {
	if len(p) < len(keys) {
		return false
	}
	for i, k := range keys {
		if p[i].key != k || p[i].index >= 0 {
			return false
		}
	}
	return true
}

// String writes the place as ParsePath reads it.
func (p place) String() string {
	var out strings.Builder
	for _, s := range p {
		switch {
		case s.index >= 0:
			out.WriteString("[" + strconv.Itoa(s.index) + "]")
		case isPlain(s.key) && out.Len() > 0:
			out.WriteString("." + s.key)
		case isPlain(s.key):
			out.WriteString(s.key)
		case !strings.Contains(s.key, `"`):
			out.WriteString(`["` + s.key + `"]`)
		default:
			if out.Len() > 0 {
				out.WriteByte('.')
			}
			for i := range len(s.key) {
				out.WriteByte('\\')
				out.WriteByte(s.key[i])
			}
		}
	}
	return out.String()
}

// isPlain says whether a key means nothing else in a path.
func isPlain(key string) bool {
	return strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}
