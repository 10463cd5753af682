package origin

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
)

// UnknownError says that an object, or a field of it, is not there.
type UnknownError struct {
	// What is missing, as in "field `spec.replica`".
	What string
	// Near is the known name that was most likely meant, empty when none is like it; Known are all, sorted.
	Near  string
	Known []string
}

// Error says what is missing; Near and Known are for a hint.
func (e *UnknownError) Error() string { return "there is no " + e.What }

// MapError says that a path leads to a map or a list, whose fields have origins of their own.
type MapError struct {
	Path   string
	Fields []string
}

// Error says what the path leads to.
func (e *MapError) Error() string { return "`" + e.Path + "` is no single value" }

// resolve walks a path in an object down to a scalar, or to an empty map or list.
func resolve(tree any, path Path) (place, any, error) {
	var at place
	value := tree
	for len(path) > 0 {
		known := children(value)
		c, taken, found := childNamed(known, path)
		if !found {
			return nil, nil, unknownField(at, path[0], known)
		}
		at, value, path = at.with(c.step), c.value, path[taken:]
	}
	if below := children(value); len(below) > 0 {
		fields := make([]string, len(below))
		for i, c := range below {
			fields[i] = at.with(c.step).String()
		}
		return nil, nil, &MapError{Path: at.String(), Fields: fields}
	}
	return at, value, nil
}

// childNamed gives the child that a path begins with, and how many of its elements name it: one, or several where the name has
// dots that nobody put in brackets (config.retention.ms).
func childNamed(known []child, path Path) (child, int, bool) {
	for i := range path {
		name := strings.Join(path[:i+1], ".")
		if at := slices.IndexFunc(known, func(c child) bool { return c.name == name }); at >= 0 {
			return known[at], i + 1, true
		}
	}
	at := slices.IndexFunc(known, func(c child) bool { return c.step.index >= 0 && strconv.Itoa(c.step.index) == path[0] })
	if at < 0 {
		return child{}, 0, false
	}
	return known[at], 1, true
}

func unknownField(at place, element string, known []child) error {
	names := make([]string, len(known))
	paths := make([]string, len(known))
	for i, c := range known {
		names[i] = c.name
		paths[i] = at.with(c.step).String()
		if c.step.index >= 0 && c.name != strconv.Itoa(c.step.index) { // an item that is known by its name
			paths[i] = at.String() + "[" + c.name + "]"
		}
	}
	err := &UnknownError{What: fmt.Sprintf("field `%s`", at.with(key(element))), Known: paths}
	if i := slices.Index(names, schema.Nearest(element, names)); i >= 0 {
		err.Near = paths[i]
	}
	return err
}

// child is one field of a map or item of a list. An item's name is that of its field `name`, else its index.
type child struct {
	name  string
	step  step
	value any
}

// children gives what a map or list holds: fields by name, items in order; nothing for a scalar.
func children(value any) []child {
	var out []child
	switch v := value.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, child{k, key(k), v[k]})
		}
	case []any:
		for i, item := range v {
			name := itemName(item)
			if name == "" {
				name = strconv.Itoa(i)
			}
			out = append(out, child{name, index(i), item})
		}
	}
	return out
}

// itemName is what identifies an item among its list: Kubernetes merges most lists by name.
func itemName(item any) string {
	fields, _ := item.(map[string]any)
	name, _ := fields["name"].(string)
	return name
}

// follow finds in an object, as it has become, what stands at a place of the object as it was; false when it is gone.
func follow(was, is any, at place) (any, bool) {
	for _, s := range at {
		if s.index < 0 {
			before, _ := was.(map[string]any)
			after, _ := is.(map[string]any)
			value, there := after[s.key]
			if !there {
				return nil, false
			}
			was, is = before[s.key], value
			continue
		}
		before, _ := was.([]any)
		after, _ := is.([]any)
		i := counterpart(before, s.index, after)
		if i < 0 {
			return nil, false
		}
		was, is = before[s.index], after[i]
	}
	return is, true
}

// counterpart finds item i of a list in the list as it has become, -1 when it is gone: the item of the same name, else
// the same item, else the only one that is new, else the one in its place.
func counterpart(before []any, i int, after []any) int {
	if name := itemName(before[i]); name != "" {
		if j := slices.IndexFunc(after, func(item any) bool { return itemName(item) == name }); j >= 0 {
			return j
		}
	} else if i < len(after) && reflect.DeepEqual(before[i], after[i]) {
		return i
	} else if j := indexEqual(after, before[i]); j >= 0 && isMap(before[i]) && countEqual(after, before[i]) >= countEqual(before, before[i]) {
		return j // the list has another order; where one of several equal items is gone, it may be this one
	}
	if len(before) != len(after) {
		return -1
	}
	fresh := -1
	for j, item := range after {
		if indexEqual(before, item) >= 0 {
			continue
		}
		if fresh >= 0 {
			return i
		}
		fresh = j
	}
	if fresh < 0 {
		return i
	}
	return fresh
}

func isMap(value any) bool {
	_, ok := value.(map[string]any)
	return ok
}

func countEqual(list []any, value any) int {
	n := 0
	for _, item := range list {
		if reflect.DeepEqual(item, value) {
			n++
		}
	}
	return n
}

func indexEqual(list []any, value any) int {
	return slices.IndexFunc(list, func(item any) bool { return reflect.DeepEqual(item, value) })
}
