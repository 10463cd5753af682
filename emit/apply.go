package emit

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// apply gives the value that the operations make of another, as RFC 6902 says for add, remove and replace. The value
// itself stays as it is: what changes is copied on the way down. kustomize's own library is the judge of this in the
// tests; in a build, the way through its texts was a third of the time.
func apply(operations []operation, value map[string]any) (map[string]any, error) {
	for _, o := range operations {
		tokens, ok := pointer(o.Path)
		if !ok {
			return nil, fmt.Errorf("%s at %q: not a path into the document", o.Op, o.Path)
		}
		changed, err := o.inMap(value, tokens)
		if err != nil {
			return nil, fmt.Errorf("%s at %q: %w", o.Op, o.Path, err)
		}
		value = changed
	}
	return value, nil
}

// pointer gives the reference tokens of a JSON pointer (RFC 6901 section 3), at least one.
func pointer(path string) ([]string, bool) {
	path, ok := strings.CutPrefix(path, "/")
	if !ok {
		return nil, false
	}
	tokens := strings.Split(path, "/")
	for i, token := range tokens {
		tokens[i] = unescape.Replace(token)
	}
	return tokens, true
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// in gives a value as the operation leaves it, whose place within it the tokens say.
func (o operation) in(value any, tokens []string) (any, error) {
	switch v := value.(type) {
	case map[string]any:
		return o.inMap(v, tokens)
	case []any:
		return o.inList(v, tokens)
	default:
		return nil, fmt.Errorf("%q is in a scalar", tokens[0])
	}
}

func (o operation) inMap(m map[string]any, tokens []string) (map[string]any, error) {
	key := tokens[0]
	item, there := m[key]
	if !there && (len(tokens) > 1 || o.Op != opAdd) {
		return nil, fmt.Errorf("there is no %q", key)
	}
	m = maps.Clone(m)
	switch {
	case len(tokens) > 1:
		changed, err := o.in(item, tokens[1:])
		if err != nil {
			return nil, err
		}
		m[key] = changed
	case o.Op == opRemove:
		delete(m, key)
	default:
		m[key] = o.Value
	}
	return m, nil
}

func (o operation) inList(list []any, tokens []string) ([]any, error) {
	last, adds := len(tokens) == 1, o.Op == opAdd
	if last && adds && tokens[0] == "-" {
		return append(slices.Clone(list), o.Value), nil
	}
	i, err := strconv.ParseUint(tokens[0], 10, 31)
	if err != nil || strconv.FormatUint(i, 10) != tokens[0] {
		return nil, fmt.Errorf("%q is no index", tokens[0])
	}
	if n := uint64(len(list)); i > n || i == n && (!last || !adds) {
		return nil, fmt.Errorf("there is no item %d", i)
	}
	list = slices.Clone(list)
	switch {
	case !last:
		list[i], err = o.in(list[i], tokens[1:])
	case adds:
		list = slices.Insert(list, int(i), o.Value)
	case o.Op == opRemove:
		list = slices.Delete(list, int(i), int(i)+1)
	default:
		list[i] = o.Value
	}
	return list, err
}
