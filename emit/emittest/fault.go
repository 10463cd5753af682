package emittest

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/runtime"
)

// Faults gives copies of an object, each with one planted fault under its name: a field that its kind does not have,
// and a value of the wrong type. A Validator that accepts one of them proves nothing.
func Faults(tree map[string]any) map[string]map[string]any {
	unknown := runtime.DeepCopyJSON(tree)
	body(unknown)["plantedField"] = "planted"

	wrong := runtime.DeepCopyJSON(tree)
	in := body(wrong)
	for _, key := range slices.Sorted(maps.Keys(in)) {
		if key == "apiVersion" || key == "kind" || key == "metadata" {
			continue
		}
		switch in[key].(type) {
		case map[string]any, []any:
			in[key] = "planted"
		default:
			in[key] = map[string]any{"planted": "planted"}
		}
		break
	}
	return map[string]map[string]any{"unknown field": unknown, "wrong type": wrong}
}

// body is the part of an object that its kind describes: its spec, or all of it where there is none.
func body(tree map[string]any) map[string]any {
	if spec, ok := tree["spec"].(map[string]any); ok {
		return spec
	}
	return tree
}
