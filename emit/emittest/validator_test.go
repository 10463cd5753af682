package emittest_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/pipelinectl/pipelinectl/emit/emittest"
)

// objects are one valid object of a kind for each way of proof.
func objects() map[string]map[string]any {
	meta := func(name string) map[string]any { return map[string]any{"name": name} }
	return map[string]map[string]any{
		"custom resource": {
			"apiVersion": "kafka.strimzi.io/v1", "kind": "KafkaTopic", "metadata": meta("photos.upload.out"),
			"spec": map[string]any{"partitions": int64(3), "config": map[string]any{"retention.ms": "1000"}},
		},
		"built-in kind": {
			"apiVersion": "v1", "kind": "Service", "metadata": meta("photos-upload"),
			"spec": map[string]any{"ports": []any{map[string]any{"port": int64(80), "targetPort": "ingest"}}},
		},
	}
}

// TestValidator loads the CRDs once for all that is asked of them.
func TestValidator(t *testing.T) {
	v := emittest.New(t)
	t.Run("accepts", func(t *testing.T) { testAccepts(t, v) })
	t.Run("finds", func(t *testing.T) { testFinds(t, v) })
	t.Run("rules", func(t *testing.T) { testRules(t, v) })
	t.Run("faults", func(t *testing.T) { testFaults(t, v) })
}

func testAccepts(t *testing.T, v *emittest.Validator) {
	for name, tree := range objects() {
		t.Run(name, func(t *testing.T) {
			if err := v.Validate(tree); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// testFinds plants what each means of proof is there for.
func testFinds(t *testing.T, v *emittest.Validator) {
	tests := []struct {
		name, object string
		plant        func(tree map[string]any)
		want         string
	}{
		{"unknown field", "custom resource", set("x", "spec", "partitons"), "unknown field spec.partitons"},
		{"wrong type", "custom resource", set("3", "spec", "partitions"), "spec.partitions"},
		{"out of range", "custom resource", set(int64(0), "spec", "partitions"), "spec.partitions"},
		{"bad name", "custom resource", set("Photos_Upload", "metadata", "name"), "metadata.name"},
		{"bad label", "custom resource", set(map[string]any{"team": "a b"}, "metadata", "labels"), "metadata.labels"},
		{"old version", "custom resource", set("kafka.strimzi.io/v1beta2", "apiVersion"), "no schema"},
		{"unknown field", "built-in kind", set("x", "spec", "selectors"), `unknown field "spec.selectors"`},
		{"wrong type", "built-in kind", set("x", "spec", "ports"), "spec.ports"},
		{"name that is no host", "built-in kind", set("1photos", "metadata", "name"), "metadata.name"},
		{"kind without schema", "built-in kind", set("Gadget", "kind"), "no schema"},
	}
	for _, test := range tests {
		t.Run(test.object+" "+test.name, func(t *testing.T) {
			tree := runtime.DeepCopyJSON(objects()[test.object])
			test.plant(tree)
			err := v.Validate(tree)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want something about %s", err, test.want)
			}
		})
	}
}

func testRules(t *testing.T, v *emittest.Validator) {
	user := map[string]any{
		"apiVersion": "kafka.strimzi.io/v1", "kind": "KafkaUser", "metadata": map[string]any{"name": "photos.label"},
		"spec": map[string]any{"authentication": map[string]any{"type": "scram-sha-512", "renewalDays": int64(1), "validityDays": int64(2)}},
	}
	err := v.Validate(user)
	if err == nil || !strings.Contains(err.Error(), "can be configured only with") {
		t.Errorf("got %v, want the rule of the CRD that is broken", err)
	}
}

func testFaults(t *testing.T, v *emittest.Validator) {
	for name, tree := range objects() {
		faults := emittest.Faults(tree)
		if got := slices.Sorted(maps.Keys(faults)); !slices.Equal(got, []string{"unknown field", "wrong type"}) {
			t.Fatalf("faults are %v", got)
		}
		for fault, planted := range faults {
			if v.Validate(planted) == nil {
				t.Errorf("%s: a planted %s is accepted", name, fault)
			}
		}
		if err := v.Validate(tree); err != nil {
			t.Errorf("%s: planting changed the object: %v", name, err)
		}
	}
}

func TestRestricted(t *testing.T) {
	pod := func() *corev1.PodTemplateSpec {
		return &corev1.PodTemplateSpec{Spec: corev1.PodSpec{
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot:   new(true),
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			Containers: []corev1.Container{{Name: "runner", SecurityContext: &corev1.SecurityContext{
				AllowPrivilegeEscalation: new(false),
				Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
			}}},
		}}
	}
	if err := emittest.Restricted(pod()); err != nil {
		t.Errorf("a restricted pod is refused: %v", err)
	}
	privileged := pod()
	privileged.Spec.InitContainers = []corev1.Container{{Name: "planted", SecurityContext: &corev1.SecurityContext{Privileged: new(true)}}}
	if err := emittest.Restricted(privileged); err == nil || !strings.Contains(err.Error(), "privileged") {
		t.Errorf("a privileged container: got %v", err)
	}
}

// set gives a function that puts a value at a path of keys.
func set(value any, path ...string) func(map[string]any) {
	return func(tree map[string]any) {
		for _, key := range path[:len(path)-1] {
			tree = tree[key].(map[string]any)
		}
		tree[path[len(path)-1]] = value
	}
}
