package schema

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// NodeDecoder is a type that reads itself, such as one for "a string or a list of strings".
type NodeDecoder interface {
	DecodeNode(n *Node) diag.List
}

// Decode fills the struct that into points to from a Map. A field takes the key of its tag `yaml:"key"`; a field
// without tag is left alone, but an embedded struct takes keys of the same map. A field may be a Value, a NodeDecoder, a
// string, boolean or number, an encoding.TextUnmarshaler, a *Node (the raw tree), a struct, or a pointer, slice or
// Entries of these. An absent key, and a null for anything but a Value, leave the field as it was.
//
// Findings are of CodeValueType, CodeValueRange and CodeValueInvalid, at the value's place; keys that no field takes are the JSON
// Schema's to report. Decode panics when into is not a pointer to a struct or a field's type is none of the above.
func Decode(n *Node, into any) diag.List {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		panic(fmt.Sprintf("schema: Decode into %T, which is no pointer", into))
	}
	return decodeInto(n, v.Elem())
}

func decodeInto(n *Node, v reflect.Value) diag.List {
	switch into := v.Addr().Interface().(type) {
	case NodeDecoder:
		return into.DecodeNode(n)
	case **Node:
		*into = n
		return nil
	case encoding.TextUnmarshaler:
		return decodeScalar(n, v)
	}
	switch v.Kind() {
	case reflect.Pointer:
		if n.Kind == Null {
			return nil
		}
		fresh := reflect.New(v.Type().Elem())
		list := decodeInto(n, fresh.Elem())
		v.Set(fresh)
		return list
	case reflect.Struct:
		return decodeStruct(n, v)
	case reflect.Slice:
		return decodeSlice(n, v)
	default:
		return decodeScalar(n, v)
	}
}

func decodeStruct(n *Node, v reflect.Value) diag.List {
	if n.Kind == Null {
		return nil
	}
	if n.Kind != Map {
		return wrongType(n, "object")
	}
	var list diag.List
	for i := range v.NumField() {
		field := v.Type().Field(i)
		key, tagged := field.Tag.Lookup("yaml")
		if !tagged && field.Anonymous && field.Type.Kind() == reflect.Struct {
			list = append(list, decodeStruct(n, v.Field(i))...)
			continue
		}
		if key, _, _ = strings.Cut(key, ","); key == "" || key == "-" {
			continue
		}
		if value := n.Get(key); value != nil {
			list = append(list, decodeInto(value, v.Field(i))...)
		}
	}
	return list
}

func decodeSlice(n *Node, v reflect.Value) diag.List {
	if n.Kind == Null {
		return nil
	}
	if n.Kind != List {
		return wrongType(n, "array")
	}
	var list diag.List
	out := reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items))
	for i, item := range n.Items {
		list = append(list, decodeInto(item, out.Index(i))...)
	}
	v.Set(out)
	return list
}

// Entries is a map in the order written, whose keys keep their places.
type Entries[T any] []EntryOf[T]

// EntryOf is one entry of Entries.
type EntryOf[T any] struct {
	Key   Value[string]
	Value T
}

// DecodeNode implements NodeDecoder.
func (e *Entries[T]) DecodeNode(n *Node) diag.List {
	if n.Kind == Null {
		return nil
	}
	if n.Kind != Map {
		return wrongType(n, "object")
	}
	var list diag.List
	out := make(Entries[T], len(n.Entries))
	for i, entry := range n.Entries {
		out[i].Key = Value[string]{V: entry.Key, Pos: entry.KeyPos}
		list = append(list, decodeInto(entry.Value, reflect.ValueOf(&out[i].Value).Elem())...)
	}
	*e = out
	return list
}
