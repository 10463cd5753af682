package schema

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// locate finds the value that an error is about.
func (r *reporter) locate(e *jsonschema.ValidationError) fault {
	f := fault{node: r.root, isKey: aboutKey(e.KeywordLocation)}
	for _, step := range pointer(e.InstanceLocation) {
		f.entry = nil
		if f.node.Kind == List {
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(f.node.Items) {
				break
			}
			f.path = append(f.path, pathStep{index: i})
			f.node = f.node.Items[i]
			continue
		}
		if f.entry = r.entry(f.node, step); f.entry == nil {
			break
		}
		f.path = append(f.path, pathStep{key: step, index: -1})
		f.node = f.entry.Value
	}
	return f
}

// entry is Node.Entry, with an index for maps so large that a search for each of many faults would take their square.
func (r *reporter) entry(n *Node, key string) *Entry {
	if len(n.Entries) < 100 {
		return n.Entry(key)
	}
	index, known := r.indices[n]
	if !known {
		index = make(map[string]*Entry, len(n.Entries))
		for i := range n.Entries {
			index[n.Entries[i].Key] = &n.Entries[i]
		}
		if r.indices == nil {
			r.indices = map[*Node]map[string]*Entry{}
		}
		r.indices[n] = index
	}
	return index[key]
}

// aboutKey says whether a keyword stands under propertyNames (and that is no field's name).
func aboutKey(location string) bool {
	steps := pointer(location)
	i := slices.Index(steps, "propertyNames")
	return i > 0 && steps[i-1] != "properties" || i == 0
}

// pointer splits a JSON pointer, or the one behind the # of a URL, as the validator escapes it.
func pointer(location string) []string {
	if i := strings.IndexByte(location, '#'); i >= 0 && strings.Contains(location[:i], "://") {
		location = location[i+1:]
	}
	if location = strings.TrimPrefix(location, "/"); location == "" {
		return nil
	}
	steps := strings.Split(location, "/")
	for i, step := range steps {
		if plain, err := url.PathUnescape(step); err == nil {
			step = plain
		}
		steps[i] = strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
	}
	return steps
}

// lookup gives what stands at a location of the schema; nil when there is nothing.
func (r *reporter) lookup(location []string) any {
	var value any = r.source
	for _, step := range location {
		switch v := value.(type) {
		case object:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}
