package emit

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"

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
	value, err := shapeOf(reflect.TypeOf(obj))(reflect.ValueOf(obj))
	if err != nil {
		return nil, err
	}
	tree, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("prints as %T, not as a map", value)
	}
	delete(tree, "status")
	return tree, nil
}

var labelSelector = reflect.TypeFor[metav1.LabelSelector]()

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
	return tidy(value), nil
}

// tidy gives a JSON value without the nulls of its maps, which to Kubernetes mean absence, and with a whole number as
// an int64 whatever Go type it came from, as one who reads the text has it. Maps and lists are changed in place.
func tidy(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, item := range v {
			switch item := item.(type) {
			case nil:
				delete(v, key)
			case map[string]any, []any:
				tidy(item)
			case float64:
				v[key] = tidy(item)
			}
		}
	case []any:
		for i, item := range v {
			v[i] = tidy(item)
		}
	case float64:
		if whole := int64(v); v == math.Trunc(v) && math.Abs(v) < 1<<63 {
			return whole
		}
	}
	return value
}
