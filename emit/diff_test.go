package emit

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestDiff(t *testing.T) {
	for _, test := range []struct {
		name, from, to string
		whole          []string
		want           string
	}{
		{"same", `{"a": {"b": [1, "x"]}}`, `{"a": {"b": [1, "x"]}}`, nil, `[]`},
		{"add, remove, replace", `{"a": 1, "b": 2}`, `{"b": 3, "c": 4}`, nil,
			`[{"op":"remove","path":"/a"},{"op":"replace","path":"/b","value":3},{"op":"add","path":"/c","value":4}]`},
		{"escapes", `{"a/b": {"~": 1}}`, `{"a/b": {"~": 2, "~1": false}}`, nil,
			`[{"op":"replace","path":"/a~1b/~0","value":2},{"op":"add","path":"/a~1b/~01","value":false}]`},
		{"lists of one length", `{"a": [1, {"b": 2}, 3]}`, `{"a": [1, {"b": 4}, 5]}`, nil,
			`[{"op":"replace","path":"/a/1/b","value":4},{"op":"replace","path":"/a/2","value":5}]`},
		{"lists of two lengths", `{"a": [1, 2]}`, `{"a": [1]}`, nil, `[{"op":"replace","path":"/a","value":[1]}]`},
		{"another sort", `{"a": {"b": 1}}`, `{"a": [1]}`, nil, `[{"op":"replace","path":"/a","value":[1]}]`},
		{"whole", `{"spec": {"a": 1, "b": 2}, "x": 1}`, `{"spec": {"a": 3, "b": 2}, "x": 2}`, []string{"/spec"},
			`[{"op":"replace","path":"/spec","value":{"a":3,"b":2}},{"op":"replace","path":"/x","value":2}]`},
		{"whole and the same", `{"spec": {"a": 1}}`, `{"spec": {"a": 1}}`, []string{"/spec"}, `[]`},
		{"whole is new", `{}`, `{"spec": {"a": 1}}`, []string{"/spec"}, `[{"op":"add","path":"/spec","value":{"a":1}}]`},
		{"empty values", `{"a": {"b": 1}, "c": [1]}`, `{"a": {}, "c": [], "d": ""}`, nil,
			`[{"op":"remove","path":"/a/b"},{"op":"replace","path":"/c","value":[]},{"op":"add","path":"/d","value":""}]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			from, to := jsonMap(t, test.from), jsonMap(t, test.to)
			operations := diff(from, to, test.whole...)
			if got := string(must(json.Marshal(append([]operation{}, operations...)))); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			wantProved(t, operations, from, to)
		})
	}
}

// Whatever two values are, the operations lead from one to the other, and there are none exactly when they are equal.
func FuzzDiff(f *testing.F) {
	f.Add(`{"a": [1, {"b": "x"}], "c/~": null}`, `{"a": [1, {"b": "y"}], "d": {"": []}}`)
	f.Add(`{"": {"": 1}}`, `{"": {"/": 1e3}}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		var from, to map[string]any
		if json.Unmarshal([]byte(a), &from) != nil || json.Unmarshal([]byte(b), &to) != nil || from == nil || to == nil {
			t.Skip("not two objects")
		}
		tidy(from) // no tree holds a null
		tidy(to)
		operations := diff(from, to)
		if (len(operations) == 0) != reflect.DeepEqual(from, to) {
			t.Errorf("%d operations from %s to %s", len(operations), a, b)
		}
		wantProved(t, operations, from, to)
	})
}

// wantProved fails unless the operations lead from one value to the other, as we apply them and as kustomize will.
func wantProved(t *testing.T, operations []operation, from, to map[string]any) {
	t.Helper()
	if err := prove(operations, from, to); err != nil {
		t.Error(err)
	}
	if got, err := kustomized(operations, from); err != nil || !reflect.DeepEqual(got, to) {
		t.Errorf("from %v to %v: kustomize's library gives %v, %v", from, to, got, err)
	}
}

func jsonMap(t *testing.T, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	tidy(m)
	return m
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
