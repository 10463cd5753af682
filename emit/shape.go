package emit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"sync"
	"unicode/utf8"

	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// shape gives a value of one Go type as encoding/json would print it, in the types of a tree: nil stands for null.
//
// The way through the text that encoding/json prints took most of an emission, and so did apimachinery's
// DefaultUnstructuredConverter; encoding/json is the judge of this in the tests. What is rare here goes that way still.
type shape func(reflect.Value) (any, error)

// shapes remembers what shapeOf found out about a type.
var shapes sync.Map // of reflect.Type to shape

func shapeOf(t reflect.Type) shape {
	if known, ok := shapes.Load(t); ok {
		return known.(shape)
	}
	s := newShape(t)
	shapes.Store(t, s)
	return s
}

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[interface{ MarshalText() ([]byte, error) }]()
	jsonNumber    = reflect.TypeFor[json.Number]()
)

// newShape looks at a type. Shapes of what is in it are found when a value first has it, since types may be recursive.
func newShape(t reflect.Type) shape {
	switch {
	case t.Kind() == reflect.Pointer, t.Kind() == reflect.Interface:
		return pointee
	case t.Implements(marshaler), reflect.PointerTo(t).Implements(marshaler):
		return marshaled
	case t.Implements(textMarshaler), reflect.PointerTo(t).Implements(textMarshaler), t == jsonNumber:
		return throughText
	}
	switch t.Kind() {
	case reflect.String:
		return func(v reflect.Value) (any, error) { return validText(v.String()), nil }
	case reflect.Bool:
		return func(v reflect.Value) (any, error) { return v.Bool(), nil }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(v reflect.Value) (any, error) { return v.Int(), nil }
	case reflect.Float64:
		return float
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			return list
		}
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			return mapping
		}
	case reflect.Struct:
		return newStructShape(t).tree
	default: // rare
	}
	return throughText
}

// throughText asks encoding/json itself.
func throughText(v reflect.Value) (any, error) { return jsonValue(addressed(v).Interface()) }

// addressed gives the pointer to a value that has one, since methods may be the pointer's.
func addressed(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v.Addr()
	}
	return v
}

// marshaled is for a type that prints itself: quantities, times, numbers or strings.
func marshaled(v reflect.Value) (any, error) {
	m, ok := reflect.TypeAssert[json.Marshaler](addressed(v))
	if !ok { // its method is the pointer's, and there is none
		return throughText(v)
	}
	text, err := m.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if n := len(text); n > 1 && text[0] == '"' && !bytes.ContainsRune(text, '\\') && bytes.IndexByte(text[1:], '"') == n-2 {
		return validText(string(text[1 : n-1])), nil
	}
	var value any
	if err := utiljson.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	return tidy(value), nil
}

func pointee(v reflect.Value) (any, error) {
	if v.IsNil() {
		return nil, nil
	}
	v = v.Elem()
	return shapeOf(v.Type())(v)
}

func list(v reflect.Value) (any, error) {
	if v.IsNil() {
		return nil, nil
	}
	item := shapeOf(v.Type().Elem())
	out := make([]any, v.Len())
	for i := range out {
		var err error
		if out[i], err = item(v.Index(i)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func mapping(v reflect.Value) (any, error) {
	if v.IsNil() {
		return nil, nil
	}
	item := shapeOf(v.Type().Elem())
	out := make(map[string]any, v.Len())
	for entries := v.MapRange(); entries.Next(); {
		value, err := item(entries.Value())
		if err != nil {
			return nil, err
		}
		if value != nil {
			out[validText(entries.Key().String())] = value
		}
	}
	return out, nil
}

// validText is a text as encoding/json prints it: what is no UTF-8 becomes U+FFFD, byte by byte.
func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

func float(v reflect.Value) (any, error) {
	f := v.Float()
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("%v is no number of JSON", f)
	}
	return tidy(f), nil
}
