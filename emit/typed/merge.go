package typed

import (
	"reflect"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
)

// Merge lays one part of a document over another, both of a Go type, by the rules of a strategic merge patch
// (k8s.io/apimachinery/pkg/util/strategicpatch) that the type's tags patchStrategy and patchMergeKey give: maps key by
// key, lists with a key item by item, all else whole. The result is a patch, too: a null stays, so that it removes what
// the whole is merged over. Items of a list stand in the order of over, as far as it has them. Neither changes, and what
// does not fit the type takes the place of what was there, so that Check reports it where it stands.
func Merge(under, over *schema.Node, t reflect.Type) *schema.Node {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if under.Kind != schema.Map || over.Kind != schema.Map || reflect.PointerTo(t).Implements(unmarshaler) {
		return over
	}
	switch t.Kind() {
	case reflect.Struct:
		known := fieldsOf(t)
		return mergeMaps(under, over, func(key string, under, over *schema.Node) *schema.Node {
			if field, ok := known[key]; ok {
				return mergeField(under, over, field)
			}
			return over
		})
	case reflect.Map:
		return mergeMaps(under, over, func(_ string, under, over *schema.Node) *schema.Node { return Merge(under, over, t.Elem()) })
	default:
		return over
	}
}

// mergeMaps lays one map over another; values merges two of one key.
func mergeMaps(under, over *schema.Node, values func(key string, under, over *schema.Node) *schema.Node) *schema.Node {
	out := *over
	out.Entries = slices.Clone(under.Entries)
	for _, e := range over.Entries {
		have := out.Entry(e.Key)
		if have == nil {
			out.Entries = append(out.Entries, e)
			continue
		}
		e.Value = values(e.Key, have.Value, e.Value)
		*have = e
	}
	return &out
}

func mergeField(under, over *schema.Node, field reflect.StructField) *schema.Node {
	strategy := strings.Split(field.Tag.Get("patchStrategy"), ",")
	t := field.Type
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Slice || under.Kind != schema.List || over.Kind != schema.List {
		return Merge(under, over, t)
	}
	key := field.Tag.Get("patchMergeKey")
	if key == "" || !slices.Contains(strategy, "merge") {
		return over
	}
	items := func(under, over *schema.Node) *schema.Node {
		if slices.Contains(strategy, "retainKeys") { // a volume from elsewhere, not one from two places
			under = retained(under, over)
		}
		return Merge(under, over, t.Elem())
	}
	return mergeLists(under, over, key, items)
}

// retained gives the fields of a map that another has.
func retained(n, by *schema.Node) *schema.Node {
	out := *n
	out.Entries = slices.DeleteFunc(slices.Clone(n.Entries), func(e schema.Entry) bool { return by.Entry(e.Key) == nil })
	return &out
}

// mergeLists lays one list over another; items merges two of one key.
func mergeLists(under, over *schema.Node, key string, items func(under, over *schema.Node) *schema.Node) *schema.Node {
	have, haveAll := byKey(under, key)
	want, wantAll := byKey(over, key)
	if !haveAll || !wantAll {
		return over
	}
	out := *over
	out.Items = nil
	left := over.Items
	for _, item := range under.Items {
		if want[item.Get(key).Text] == nil {
			out.Items = append(out.Items, item)
			continue
		}
		for { // in the place of an item that both have stands the next one that both have, and before it what is new
			next := left[0]
			left = left[1:]
			if earlier := have[next.Get(key).Text]; earlier != nil {
				out.Items = append(out.Items, items(earlier, next))
				break
			}
			out.Items = append(out.Items, next)
		}
	}
	out.Items = append(out.Items, left...)
	return &out
}

// byKey gives the items of a list by the value of a key; false where one has none, or two have the same.
func byKey(list *schema.Node, key string) (map[string]*schema.Node, bool) {
	out := make(map[string]*schema.Node, len(list.Items))
	for _, item := range list.Items {
		value := item.Get(key)
		if value == nil || value.Kind == schema.Null || out[value.Text] != nil {
			return nil, false
		}
		out[value.Text] = item
	}
	return out, true
}
