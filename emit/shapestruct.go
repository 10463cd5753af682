package emit

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
)

// structShape is what encoding/json makes of a struct type.
type structShape struct {
	fields []fieldShape
}

type fieldShape struct {
	index int
	// name is empty for a struct whose fields are printed as its owner's.
	name                string
	omitEmpty, omitZero bool
	// quoted says that what it prints is printed once more, as a string.
	quoted bool
	// meant says that it is printed even when it is an empty map: everything but a struct held by value (see normalize).
	meant bool
}

// newStructShape reads the tags of a type.
func newStructShape(t reflect.Type) *structShape {
	s := &structShape{}
	for i := range t.NumField() {
		declared := t.Field(i)
		tag := declared.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		options = "," + options + ","
		inner := declared.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		inlined := declared.Anonymous && name == "" && inner.Kind() == reflect.Struct
		switch {
		case tag == "-", !declared.IsExported() && !inlined:
			continue
		case name == "" && !inlined:
			name = declared.Name
		}
		s.fields = append(s.fields, fieldShape{
			index: i, name: name,
			omitEmpty: strings.Contains(options, ",omitempty,"),
			omitZero:  strings.Contains(options, ",omitzero,"),
			quoted:    strings.Contains(options, ",string,"),
			meant:     declared.Type.Kind() != reflect.Struct || declared.Type == labelSelector,
		})
	}
	return s
}

func (s *structShape) tree(v reflect.Value) (any, error) {
	out := map[string]any{}
	return out, s.into(out, v)
}

// into adds the fields of a struct to a map.
func (s *structShape) into(out map[string]any, v reflect.Value) error {
	for _, f := range s.fields {
		field := v.Field(f.index)
		if f.omitEmpty && isEmpty(field) || f.omitZero && isZero(field) {
			continue
		}
		value, err := shapeOf(field.Type())(field)
		if err != nil {
			return fmt.Errorf("%s: %w", v.Type().Field(f.index).Name, err)
		}
		m, isMap := value.(map[string]any)
		switch {
		case value == nil:
		case f.quoted && !isMap:
			text, err := json.Marshal(value)
			if err != nil {
				return err
			}
			out[f.name] = string(text)
		case f.name == "":
			maps.Copy(out, m)
		case f.meant || !isMap || len(m) > 0:
			out[f.name] = value
		}
	}
	return nil
}

// isEmpty is omitempty's idea of that.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}

// isZero is omitzero's.
func isZero(v reflect.Value) bool {
	if zeroer, ok := reflect.TypeAssert[interface{ IsZero() bool }](addressed(v)); ok && (v.Kind() != reflect.Pointer || !v.IsNil()) {
		return zeroer.IsZero()
	}
	return v.IsZero()
}
