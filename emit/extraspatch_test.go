package emit

import (
	"reflect"
	"testing"
)

// TestPatchOfSeveral: a patch with a directive does to each object that it selects what it does to the first one.
func TestPatchOfSeveral(t *testing.T) {
	prod := bundle(t, "prod", app(service("a", 80)), app(service("b", 80)), app(service("c", 80)))
	extras := readExtras(t, "patches:\n- target: {kind: Service, name: a|b}\n  patch: {$patch: delete}")
	if left := extended(t, extras, prod).Resources; len(left) != 1 || left[0].ID().Name != "c" {
		t.Errorf("left is %v", left)
	}
	extras = readExtras(t, "patches:\n- target: {kind: Service}\n  patch: {spec: {ports: [{$patch: replace}, {port: 81, name: x, targetPort: 81}]}}")
	want := []any{map[string]any{"port": int64(81), "name": "x", "targetPort": int64(81)}}
	for _, r := range extended(t, extras, prod).Resources {
		if ports := r.Tree()["spec"].(map[string]any)["ports"]; !reflect.DeepEqual(ports, want) {
			t.Errorf("the ports of %s are %v", r.ID(), ports)
		}
	}
}
