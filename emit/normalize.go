package emit

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// normalize gives the JSON value of a typed object without what nobody said: status, nulls, and the `{}` that Go prints
// for a struct held by value whose fields are all unset (strategy, resources, a template's metadata).
//
// Go's types say which `{}` is meant, so there is no list of names to keep: an empty struct behind a pointer
// (emptyDir, selfSigned, a peer's namespaceSelector), an empty item of a list, an empty map or list that is not nil,
// and anything in a free-form value were put there by somebody, and stay. The one type that means something by
// value is metav1.LabelSelector: empty, it selects everything (NetworkPolicy's podSelector).
func normalize(obj Object) (map[string]any, error) {
	value, err := jsonValue(obj)
	if err != nil {
		return nil, err
	}
	tree, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("prints as %T, not as a map", value)
	}
	delete(tree, "status")
	prune(reflect.ValueOf(obj), tree)
	return tree, nil
}

// jsonValue gives a value as encoding/json prints it, without nulls and with numbers as int64 or float64.
func jsonValue(v any) (any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var value any
	if err := utiljson.Unmarshal(text, &value); err != nil { // keeps integers exact
		return nil, err
	}
	dropNulls(value)
	return value, nil
}

// dropNulls removes nulls from maps, in place: to Kubernetes they mean absence.
func dropNulls(value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, item := range v {
			if item == nil {
				delete(v, key)
			} else {
				dropNulls(item)
			}
		}
	case []any:
		for _, item := range v {
			dropNulls(item)
		}
	}
}

var labelSelector = reflect.TypeFor[metav1.LabelSelector]()

// prune removes the empty maps of structs held by value from tree, which is v as JSON.
func prune(v reflect.Value, tree any) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			prune(v.Elem(), tree)
		}
	case reflect.Slice, reflect.Array:
		if list, ok := tree.([]any); ok && len(list) == v.Len() {
			for i, item := range list {
				prune(v.Index(i), item)
			}
		}
	case reflect.Map:
		if m, ok := tree.(map[string]any); ok && v.Type().Key().Kind() == reflect.String {
			for entries := v.MapRange(); entries.Next(); {
				prune(entries.Value(), m[entries.Key().String()])
			}
		}
	case reflect.Struct:
		// A struct that prints as a scalar (Quantity, Time, IntOrString) has a marshaler of its own and is no map here.
		if m, ok := tree.(map[string]any); ok {
			pruneStruct(v, m)
		}
	default: // a scalar
	}
}

func pruneStruct(v reflect.Value, m map[string]any) {
	for i := range v.NumField() {
		field := v.Field(i)
		switch field.Kind() {
		case reflect.Struct:
		case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map, reflect.Array:
			if field.IsZero() {
				continue
			}
		default:
			continue
		}
		declared := v.Type().Field(i)
		name, _, _ := strings.Cut(declared.Tag.Get("json"), ",")
		if name == "" && declared.Anonymous {
			prune(field, m) // inlined: its keys are ours
			continue
		}
		if name == "" {
			name = declared.Name
		}
		item, printed := m[name]
		if !printed {
			continue
		}
		prune(field, item)
		if empty, ok := item.(map[string]any); ok && len(empty) == 0 && field.Kind() == reflect.Struct && field.Type() != labelSelector {
			delete(m, name)
		}
	}
}
