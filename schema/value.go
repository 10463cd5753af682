package schema

import (
	"encoding"
	"reflect"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// DecodeNode implements NodeDecoder: it reads a scalar.
func (v *Value[T]) DecodeNode(n *Node) diag.List {
	v.Pos, v.node = n.Pos, n
	return decodeScalar(n, reflect.ValueOf(&v.V).Elem())
}

// decodeScalar sets a string, boolean or number, or a type that reads text (encoding.TextUnmarshaler).
func decodeScalar(n *Node, into reflect.Value) diag.List {
	var list diag.List
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](into.Addr()); ok {
		if n.Kind == Null || n.Kind == List || n.Kind == Map {
			return wrongType(n, "string")
		}
		if err := u.UnmarshalText([]byte(n.Text)); err != nil {
			list.Errorf(CodeValueInvalid, n.Pos, "`%s` cannot be used: %s", clip(n.Text), clean(err.Error(), maxForeign))
		}
		return list
	}
	switch into.Kind() {
	case reflect.String:
		if n.Kind != String {
			return wrongType(n, "string")
		}
		into.SetString(n.Text)
	case reflect.Bool:
		if n.Kind != Bool {
			return wrongType(n, "boolean")
		}
		into.SetBool(isTrue(n.Text))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		i, ok := wholeNumber(n)
		if !ok && n.Kind != Int {
			return wrongType(n, "integer")
		}
		if !ok || into.OverflowInt(i) {
			list.Errorf(CodeValueRange, n.Pos, "`%s` is too large", clip(n.Text))
			return list
		}
		into.SetInt(i)
	case reflect.Float32, reflect.Float64:
		f, ok := parseFloat(n.Text)
		if !ok || n.Kind != Int && n.Kind != Float {
			return wrongType(n, "number")
		}
		into.SetFloat(f)
	default:
		panic("schema: no way to decode a scalar into " + into.Type().String())
	}
	return list
}

// wholeNumber reads an integer, or a number such as 3.0, which JSON Schema calls an integer too.
func wholeNumber(n *Node) (int64, bool) {
	switch n.Kind {
	case Int:
		return parseInt(n.Text)
	case Float:
		f, ok := parseFloat(n.Text)
		i := int64(f)
		return i, ok && float64(i) == f && f < 1<<53 && f > -1<<53
	default:
		return 0, false
	}
}

// wrongType is the finding of a value that is of another type than wanted (in JSON Schema's words).
func wrongType(n *Node, wanted string) diag.List {
	var list diag.List
	d := list.Errorf(CodeValueType, n.Pos, "expected %s, found %s", wants([]string{wanted}), describe(n))
	castTo(n, []string{wanted}).apply(d, n)
	return list
}
