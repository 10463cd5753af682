package emit

import (
	"maps"
	"reflect"
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

// diff gives the operations that turn one JSON value into another, in the order of their paths. Maps are compared key
// by key, lists of one length item by item, other lists are replaced whole: no operation moves what another points at.
// A difference at or below a path of whole replaces what is there.
func diff(from, to map[string]any, whole ...string) []operation {
	d := differ{whole: whole}
	d.maps("", from, to)
	return d.operations
}

type differ struct {
	whole      []string
	operations []operation
}

func (d *differ) maps(path string, from, to map[string]any) {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(from)), maps.Keys(to))
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		at := path + "/" + escape.Replace(key)
		before, was := from[key]
		after, is := to[key]
		switch {
		case !is:
			d.operations = append(d.operations, operation{Op: opRemove, Path: at})
		case !was:
			d.operations = append(d.operations, operation{Op: opAdd, Path: at, Value: after})
		default:
			d.values(at, before, after)
		}
	}
}

func (d *differ) values(path string, from, to any) {
	if !slices.Contains(d.whole, path) {
		switch before := from.(type) {
		case map[string]any:
			if after, ok := to.(map[string]any); ok {
				d.maps(path, before, after)
				return
			}
		case []any:
			if after, ok := to.([]any); ok && len(before) == len(after) {
				for i := range before {
					d.values(path+"/"+strconv.Itoa(i), before[i], after[i])
				}
				return
			}
		}
	}
	if !reflect.DeepEqual(from, to) {
		d.operations = append(d.operations, operation{Op: opReplace, Path: path, Value: to})
	}
}

// escape makes a key a reference token of a JSON pointer (RFC 6901 section 3).
var escape = strings.NewReplacer("~", "~0", "/", "~1")
