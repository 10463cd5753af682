package kinds_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// plants are objects that a server takes and stores otherwise than they are written, so that an engine would see drift.
var plants = []struct {
	kind, name string
	plant      func(t *testing.T, tree map[string]any)
	// fault is a regular expression that what the test says matches.
	fault string
}{
	{
		"Deployment", "a quantity that is not canonical",
		func(t *testing.T, tree map[string]any) {
			container := items(t, tree, "spec", "template", "spec", "containers")[0]
			container["resources"] = map[string]any{"requests": map[string]any{"memory": "1024Mi"}}
		},
		".memory is stored as 1Gi in place of 1024Mi",
	},
	{
		"NetworkPolicy", "a port without its protocol",
		func(t *testing.T, tree map[string]any) {
			delete(items(t, items(t, tree, "spec", "egress")[0], "ports")[0], "protocol")
		},
		".protocol is stored as TCP in place of <nil>",
	},
	{
		"KafkaTopic", "a label without a value",
		func(t *testing.T, tree map[string]any) {
			if err := unstructured.SetNestedField(tree, nil, "metadata", "labels", "planted"); err != nil {
				t.Fatal(err)
			}
		},
		// The server stores when a field was last set, in whole seconds.
		`the second time it is applied, it changes|\.planted is stored as  in place of <nil>`,
	},
}

// items gives the maps of a list at a path, to be changed in place.
func items(t *testing.T, tree map[string]any, path ...string) []map[string]any {
	t.Helper()
	list, found, err := unstructured.NestedFieldNoCopy(tree, path...)
	if !found || err != nil {
		t.Fatalf("there is nothing at %v: %v", path, err)
	}
	var out []map[string]any
	for _, item := range list.([]any) {
		out = append(out, item.(map[string]any))
	}
	return out
}
