package emit

import (
	"slices"
	"strconv"
	"strings"
)

// operation is one operation of a JSON patch (RFC 6902 section 4). Value is never null, since no tree holds a null.
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// The operations used.
const (
	opAdd     = "add"
	opRemove  = "remove"
	opReplace = "replace"
)

// tree gives the operation as the value that is printed.
func (o operation) tree() map[string]any {
	t := map[string]any{"op": o.Op, "path": o.Path}
	if o.Value != nil {
		t["value"] = o.Value
	}
	return t
}

// diff gives the operations that turn one JSON value into another, in the order of their paths. Maps are compared key
// by key, lists of one length item by item, other lists are replaced whole: no operation moves what another points at.
// A difference at or below a path of whole replaces what is there.
func diff(from, to map[string]any, whole ...string) []operation {
	d := differ{whole: whole}
	d.maps(from, to)
	return d.operations
}

type differ struct {
	whole []string
	// path is where the comparison stands, a JSON pointer.
	path       []byte
	operations []operation
}

func (d *differ) maps(from, to map[string]any) {
	var keys []string
	for key, before := range from {
		if after, is := to[key]; !is || !same(before, after) {
			keys = append(keys, key)
		}
	}
	for key := range to {
		if _, was := from[key]; !was {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		leave := d.enter(escape.Replace(key))
		before, was := from[key]
		after, is := to[key]
		switch {
		case !is:
			d.add(opRemove, nil)
		case !was:
			d.add(opAdd, after)
		default:
			d.different(before, after)
		}
		d.path = d.path[:leave]
	}
}

// different is for two values that are not the same.
func (d *differ) different(from, to any) {
	if !slices.Contains(d.whole, string(d.path)) {
		switch before := from.(type) {
		case map[string]any:
			if after, ok := to.(map[string]any); ok {
				d.maps(before, after)
				return
			}
		case []any:
			if after, ok := to.([]any); ok && len(before) == len(after) {
				d.lists(before, after)
				return
			}
		}
	}
	d.add(opReplace, to)
}

// lists is for two lists of one length.
func (d *differ) lists(from, to []any) {
	for i := range from {
		if same(from[i], to[i]) {
			continue
		}
		leave := d.enter(strconv.Itoa(i))
		d.different(from[i], to[i])
		d.path = d.path[:leave]
	}
}

// enter steps down to a reference token, and gives the length of the path to go back to.
func (d *differ) enter(token string) int {
	leave := len(d.path)
	d.path = append(append(d.path, '/'), token...)
	return leave
}

func (d *differ) add(op string, value any) {
	d.operations = append(d.operations, operation{Op: op, Path: string(d.path), Value: value})
}

// same says whether two JSON values are equal. It is reflect.DeepEqual for what a tree holds, at a tenth of its cost.
func same(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for key, item := range a {
			other, ok := b[key]
			if !ok || !same(item, other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, same)
	default:
		switch b.(type) {
		case map[string]any, []any:
			return false
		}
		return a == b
	}
}

// escape makes a key a reference token of a JSON pointer (RFC 6901 section 3).
var escape = strings.NewReplacer("~", "~0", "/", "~1")
