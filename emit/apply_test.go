package emit

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
)

// kustomized applies operations with the library that kustomize applies patches with.
func kustomized(operations []operation, value map[string]any) (map[string]any, error) {
	var texts [2][]byte
	for i, v := range []any{append([]operation{}, operations...), value} {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		texts[i] = text
	}
	patch, err := jsonpatch.DecodePatch(texts[0])
	if err != nil {
		return nil, err
	}
	text, err := patch.Apply(texts[1])
	if err != nil {
		return nil, err
	}
	got, err := jsonValue(json.RawMessage(text))
	if err != nil {
		return nil, err
	}
	m, ok := got.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the patched document is a %T", got)
	}
	return m, nil
}

func TestApply(t *testing.T) {
	for _, test := range []struct{ name, from, operations, want string }{
		{"nothing", `{"a": 1}`, `[]`, `{"a": 1}`},
		{"add, replace, remove", `{"a": 1, "b": 2}`, `[{"op":"add","path":"/c","value":3},{"op":"replace","path":"/a","value":"x"},{"op":"remove","path":"/b"}]`, `{"a": "x", "c": 3}`},
		{"add over", `{"a": 1}`, `[{"op":"add","path":"/a","value":2}]`, `{"a": 2}`},
		{"deep", `{"a": {"b": [1, {"c": 2}]}}`, `[{"op":"replace","path":"/a/b/1/c","value":[]}]`, `{"a": {"b": [1, {"c": []}]}}`},
		{"escapes", `{"a/b": {"~1": 1}}`, `[{"op":"replace","path":"/a~1b/~01","value":2}]`, `{"a/b": {"~1": 2}}`},
		{"an empty key", `{"": 1}`, `[{"op":"remove","path":"/"}]`, `{}`},
		{"items", `{"a": [1, 2, 3]}`, `[{"op":"add","path":"/a/1","value":"n"},{"op":"remove","path":"/a/0"},{"op":"add","path":"/a/-","value":4},{"op":"add","path":"/a/4","value":5}]`, `{"a": ["n", 2, 3, 4, 5]}`},
		{"after an addition", `{}`, `[{"op":"add","path":"/a","value":{}},{"op":"add","path":"/a/b","value":1}]`, `{"a": {"b": 1}}`},
		{"no such key", `{"a": 1}`, `[{"op":"replace","path":"/b","value":1}]`, ""},
		{"nothing to remove", `{"a": 1}`, `[{"op":"remove","path":"/b"}]`, ""},
		{"no such parent", `{"a": 1}`, `[{"op":"add","path":"/b/c","value":1}]`, ""},
		{"in a scalar", `{"a": 1}`, `[{"op":"add","path":"/a/b","value":1}]`, ""},
		{"beyond the list", `{"a": [1]}`, `[{"op":"add","path":"/a/2","value":1}]`, ""},
		{"no such item", `{"a": [1]}`, `[{"op":"replace","path":"/a/1","value":1}]`, ""},
		{"behind the last", `{"a": [1]}`, `[{"op":"remove","path":"/a/-"}]`, ""},
		{"a negative index", `{"a": [1]}`, `[{"op":"remove","path":"/a/-1"}]`, ""},
		{"a leading zero", `{"a": [1, 2]}`, `[{"op":"remove","path":"/a/01"}]`, ""},
		{"the whole document", `{"a": 1}`, `[{"op":"replace","path":"","value":1}]`, ""},
		{"no pointer", `{"a": 1}`, `[{"op":"replace","path":"a","value":1}]`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			from := jsonMap(t, test.from)
			var operations []operation
			if err := json.Unmarshal([]byte(test.operations), &operations); err != nil {
				t.Fatal(err)
			}
			for i := range operations {
				operations[i].Value = tidy(operations[i].Value)
			}
			got, err := apply(operations, from)
			switch {
			case (err != nil) != (test.want == ""):
				t.Fatalf("gives %v, %v", got, err)
			case err == nil && !reflect.DeepEqual(got, jsonMap(t, test.want)):
				t.Errorf("gives %v, want %s", got, test.want)
			}
			if !reflect.DeepEqual(from, jsonMap(t, test.from)) {
				t.Errorf("the value itself is %v now", from)
			}
		})
	}
}

// What apply makes of a document is what kustomize's library makes of it. The library accepts more: it counts indices
// from the end, and reads 01 as 1, neither of which RFC 6901 allows.
func FuzzApply(f *testing.F) {
	f.Add(`{"a": [1, {"b": "x"}], "c/~": 2}`, `[{"op":"add","path":"/a/1/~1","value":[]},{"op":"remove","path":"/c~1~0"}]`)
	f.Add(`{"a": [1, 2, 3]}`, `[{"op":"add","path":"/a/-","value":4},{"op":"remove","path":"/a/0"},{"op":"replace","path":"/a/2","value":5}]`)
	f.Add(`{"a": {}}`, `[{"op":"replace","path":"/a/b","value":1}]`)
	f.Fuzz(func(t *testing.T, document, patch string) {
		var value map[string]any
		var operations []operation
		if json.Unmarshal([]byte(document), &value) != nil || json.Unmarshal([]byte(patch), &operations) != nil || value == nil {
			t.Skip("not an object and a list of operations")
		}
		tidy(value)
		for i := range operations {
			o := &operations[i]
			if o.Op != opAdd && o.Op != opRemove && o.Op != opReplace || o.Op != opRemove && o.Value == nil {
				t.Skip("an operation that diff never gives")
			}
			o.Value = tidy(o.Value)
		}
		got, err := apply(operations, value)
		if err != nil {
			return
		}
		want, err := kustomized(operations, value)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s on %s gives %v, kustomize's library %v, %v", patch, document, got, want, err)
		}
	})
}

func TestSame(t *testing.T) {
	values := []any{
		nil, false, true, int64(0), int64(1), 0.0, 0.5, "", "0", []any{}, []any{nil}, []any{int64(1), int64(2)}, []any{int64(2), int64(1)},
		map[string]any{}, map[string]any{"a": nil}, map[string]any{"b": nil}, map[string]any{"a": []any{}}, map[string]any{"a": map[string]any{}},
	}
	for _, a := range values {
		for _, b := range values {
			if same(a, b) != reflect.DeepEqual(a, b) {
				t.Errorf("%v and %v: %v", a, b, same(a, b))
			}
		}
	}
}
