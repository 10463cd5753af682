package impact

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Field is one place where two versions of an object differ.
type Field struct {
	// Path is a JSON pointer (RFC 6901), but with the name of a list's item in place of its index where all items have
	// names: /spec/template/spec/containers/runner/image.
	Path string
	// Old and New are JSON values, nil where there is none.
	Old, New any
}

// MarshalJSON leaves out a side that is not there.
func (f Field) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Path string `json:"path"`
		Old  any    `json:"old,omitempty"`
		New  any    `json:"new,omitempty"`
	}{f.Path, f.Old, f.New})
}

// fields gives what differs between two objects, as deep as both have it, in order.
func fields(before, after map[string]any) []Field {
	var c fieldComparer
	c.maps("", before, after)
	return c.fields
}

type fieldComparer struct {
	fields []Field
}

// values compares what stands at a path; nil is nothing. A map that is new or gone is looked into, so that a rule for a
// field in it applies; a list is not: to have none and to have an empty one are two things.
func (c *fieldComparer) values(path string, before, after any) {
	if reflect.DeepEqual(before, after) {
		return
	}
	oldMap, wasMap := before.(map[string]any)
	newMap, isMap := after.(map[string]any)
	oldList, wasList := before.([]any)
	newList, isList := after.([]any)
	switch {
	case wasMap && isMap, wasMap && after == nil && len(oldMap) > 0, before == nil && isMap && len(newMap) > 0:
		c.maps(path, oldMap, newMap)
	case wasList && isList:
		c.lists(path, oldList, newList)
	default:
		c.fields = append(c.fields, Field{Path: path, Old: before, New: after})
	}
}

func (c *fieldComparer) maps(path string, before, after map[string]any) {
	for _, key := range union(before, after) {
		c.values(path+"/"+escape.Replace(key), before[key], after[key])
	}
}

// lists compares by name where every item has one of its own. Else items that both sides have are left out, wherever
// they stand, and the rest is compared place by place.
func (c *fieldComparer) lists(path string, before, after []any) {
	found := len(c.fields)
	oldNames, wasNamed := named(before)
	newNames, isNamed := named(after)
	if wasNamed && isNamed {
		for _, name := range union(oldNames, newNames) {
			c.items(path+"/"+escape.Replace(name), oldNames[name], newNames[name])
		}
	} else {
		gone, come := apart(before, after)
		for i := range max(len(before), len(after)) {
			c.items(path+"/"+strconv.Itoa(i), gone[i], come[i])
		}
	}
	if len(c.fields) == found { // only the order differs
		c.fields = append(c.fields, Field{Path: path, Old: before, New: after})
	}
}

// items compares two items of lists. One that is new or gone is a difference as a whole.
func (c *fieldComparer) items(path string, before, after any) {
	if (before == nil) != (after == nil) {
		c.fields = append(c.fields, Field{Path: path, Old: before, New: after})
		return
	}
	c.values(path, before, after)
}

// union gives the keys of both maps, sorted.
func union(a, b map[string]any) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}

// named gives the items of a list by name, if each is a map with a name of its own.
func named(list []any) (map[string]any, bool) {
	out := make(map[string]any, len(list))
	for _, item := range list {
		m, _ := item.(map[string]any)
		name, ok := m["name"].(string)
		if !ok || out[name] != nil {
			return nil, false
		}
		out[name] = item
	}
	return out, true
}

// apart gives, by index, the items of each list that the other lacks.
func apart(before, after []any) (gone, come map[int]any) {
	gone, come = map[int]any{}, map[int]any{}
	left := map[string][]int{}
	for i, item := range after {
		come[i] = item
		text := fingerprint(item)
		left[text] = append(left[text], i)
	}
	for i, item := range before {
		text := fingerprint(item)
		if same := left[text]; len(same) > 0 {
			delete(come, same[0])
			left[text] = same[1:]
			continue
		}
		gone[i] = item
	}
	return gone, come
}

// fingerprint is the same text for the same JSON value.
func fingerprint(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error() // no JSON value; such items count as one
	}
	return string(text)
}

// escape makes a key a reference token of a JSON pointer (RFC 6901 section 3).
var escape = strings.NewReplacer("~", "~0", "/", "~1")
