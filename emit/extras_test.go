package emit

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
)

// readExtras reads the `extras` of a pipeline.
func readExtras(t *testing.T, text string) *compiler.ExtrasSpec {
	t.Helper()
	header := "apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: photos}\nspec:\n"
	docs, findings := schema.Parse("pipeline.yaml", []byte(header+"  "+strings.ReplaceAll(text, "\n", "\n  ")))
	if len(findings) > 0 || len(docs) != 1 {
		t.Fatalf("%d documents, findings %v", len(docs), findings)
	}
	var extras compiler.ExtrasSpec
	if findings := schema.Decode(docs[0].Root.Get("spec"), &extras); len(findings) > 0 {
		t.Fatal(findings)
	}
	return &extras
}

func extended(t *testing.T, extras *compiler.ExtrasSpec, b *Bundle) *Bundle {
	t.Helper()
	out, err := extend(extras, b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestExtrasEqualKustomize demands that overlays give what the extras made, patches of lists and of custom resources
// among it.
func TestExtrasEqualKustomize(t *testing.T) {
	extras := readExtras(t, `objects:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {mode: "on", script: "echo ${HOME}"}}
- {apiVersion: example.org/v1, kind: Lamp, metadata: {name: red}, spec: {bulbs: [1, 2.5], status: on, off: null}}
patches:
- target: {kind: Deployment, name: photos-.*}
  patch: {spec: {minReadySeconds: 5, template: {spec: {containers: [{name: runner, env: [{name: NAMED, value: x}]}]}}}}
- target: {group: kafka.strimzi.io, labelSelector: app.kubernetes.io/name=prod.a}
  patch: [{op: add, path: /spec/config/cleanup.policy, value: compact}, {op: test, path: /spec/partitions, value: 3}]
- target: {kind: Service}
  patch: {$patch: delete}`)
	base := bundle(t, "", node("photos-resize", 0)...)
	prod := bundle(t, "prod", append(node("photos-resize", 2), kafka(topic("prod.a", 3)), kafka(topic("prod.b", 3)))...)
	before := prod.Resources[0].Tree()
	wide, narrow := extended(t, extras, base), extended(t, extras, prod)
	wantRendered(t, factor(t, wide, narrow), narrow)
	if !same(before, prod.Resources[0].Tree()) {
		t.Error("the bundle itself has changed")
	}
	var ids []string
	for _, r := range narrow.Resources {
		ids = append(ids, r.ID().String())
		switch r.ID().Name {
		case "photos-resize":
			d, ok := r.Object.(*appsv1.Deployment)
			if ok && (d.Spec.MinReadySeconds != 5 || len(d.Spec.Template.Spec.Containers[0].Env) != 4) {
				t.Errorf("the Deployment is %+v", d.Spec)
			}
		case "prod.a", "prod.b":
			spec := r.Tree()["spec"].(map[string]any)
			if _, is := spec["config"].(map[string]any)["cleanup.policy"]; is != (r.ID().Name == "prod.a") {
				t.Errorf("topic %s is %v", r.ID().Name, spec)
			}
		case "settings":
			if r.Tree()["metadata"].(map[string]any)["namespace"] != "prod-app" {
				t.Errorf("the pipeline's own object is %v", r.Tree())
			}
		}
	}
	want := []string{"configmap/photos-resize", "configmap/settings", "deployment.apps/photos-resize", "lamp.example.org/red",
		"networkpolicy.networking.k8s.io/photos-resize", "kafkatopic.kafka.strimzi.io/prod.a", "kafkatopic.kafka.strimzi.io/prod.b"}
	if !slices.Equal(ids, want) {
		t.Errorf("the objects are %v, want %v", ids, want)
	}
}

func TestExtrasFindings(t *testing.T) {
	patch := func(target, patch string) string {
		return "patches:\n- target: " + target + "\n  patch: " + patch
	}
	tests := []struct {
		name, extras string
		// want is what the sole finding's code, line (which begin at 5) and hint begin with; says what its message must hold.
		want, says string
	}{
		{"nothing", `objects: []`, "", ""},
		{"bites in one environment", patch(`{kind: KafkaTopic}`, `{spec: {partitions: 4}}`), "", ""},
		{"clash", `objects: [{apiVersion: apps/v1, kind: Deployment, metadata: {name: photos-resize}}]`, "extras-clash 5", "deployment.apps/photos-resize"},
		{"twice", "objects:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}", "extras-clash 7", "configmap/a"},
		{"of the cluster", `objects: [{apiVersion: v1, kind: Namespace, metadata: {name: a}}]`, "extras-object 5", "stands in no namespace"},
		{"a list", `objects: [{apiVersion: v1, kind: List, metadata: {name: a}, items: []}]`, "extras-object 5", "a list of objects"},
		{"a field that its kind has not", `objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, dta: {b: c}}]`, "extras-object 5", "ConfigMap `a` has no field `dta`"},
		{"a number in the place of a text", `objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {b: 1}}]`, "extras-object 5", "ConfigMap `a` has no text in `data`"},
		{"a field deep down", "objects:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n  spec:\n    ports:\n    - port: 80\n      prot: TCP", "extras-object 12 `kubectl explain service", "has no field `spec.ports[0].prot`"},
		{"a text in the place of a number", "objects:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n  spec:\n    ports: [{port: http}]", "extras-object 10", "a value of type string in `spec.ports.port`"},
		{"no quantity", `objects: [{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}, spec: {resources: {requests: {storage: lots}}}}]`, "extras-object 5", "cannot be read: quantities"},
		{"no such kind", `objects: [{apiVersion: networking.k8s.io/v1, kind: Ingres, metadata: {name: a}}]`, "extras-object 5", "no kind `Ingres` in `networking.k8s.io/v1`"},
		{"one port twice", `objects: [{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{name: a, port: 53, protocol: TCP}, {name: b, port: 53, protocol: UDP}]}}]`, "", ""},
		{"a null in a list", `objects: [{apiVersion: example.org/v1, kind: Lamp, metadata: {name: a}, spec: [null]}]`, "extras-object 5", "nil"},
		{"a long key", "objects:\n- apiVersion: example.org/v1\n  kind: Lamp\n  metadata: {name: a}\n  ? " + strings.Repeat("k", 300) + "\n  : a", "extras-object 6", "a key of 300 bytes"},
		{"a null in a patched list", patch(`{kind: KafkaTopic}`, `[{op: add, path: /spec/config/a, value: [null]}]`), "extras-patch 7", "nil"},
		{"no target", patch(`{kind: Deploymnt}`, `{spec: {}}`), "extras-unmatched 6", "selects no object"},
		{"a kind in lower case", patch(`{kind: deployment}`, `{spec: {}}`), "extras-unmatched 6 did you mean `Deployment`?", "selects no object"},
		{"a name with a slip", patch(`{kind: Deployment, name: photos-rezise}`, `{spec: {}}`), "extras-unmatched 6 did you mean `photos-resize`?", "selects no object"},
		{"part of a name", patch(`{name: photos}`, `{metadata: {labels: {a: b}}}`), "extras-unmatched 6", "selects no object"},
		{"no change", patch(`{kind: Service}`, `{spec: {ports: [{port: 80, protocol: TCP, name: http}]}}`), "extras-unmatched 7", "changes nothing"},
		{"no such path", patch(`{kind: Service}`, `[{op: replace, path: /spec/nothing/more, value: 1}]`), "extras-patch 7", "cannot be applied"},
		{"no operation", patch(`{kind: Service}`, `[{op: burn, path: /spec}]`), "extras-patch 7", "cannot be applied"},
		{"unknown field", patch(`{kind: Service}`, `{spec: {prots: []}}`), "extras-patch 7", "prots"},
		{"wrong type", patch(`{kind: Deployment}`, `{spec: {replicas: many}}`), "extras-patch 7", "cannot"},
		{"another name", patch(`{kind: Service}`, `[{op: replace, path: /metadata/name, value: x}]`), "extras-patch 7", "identity"},
		{"another kind", patch(`{kind: KafkaTopic}`, `[{op: replace, path: /kind, value: X}]`), "extras-patch 7", "identity"},
		{"the selector", patch(`{kind: Deployment}`, `[{op: add, path: /spec/selector/matchLabels/a, value: b}]`), "extras-patch 7", "selects its pods by"},
		{"the pods' labels", patch(`{kind: Deployment}`, `{spec: {template: {metadata: {labels: {app.kubernetes.io/name: x}}}}}`), "extras-patch 7", "selects its pods by"},
		{"no selector of labels", patch(`{labelSelector: "a in"}`, `{metadata: {labels: {a: b}}}`), "extras-patch 7", "cannot be applied"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := newExtension(readExtras(t, test.extras))
			x.apply(bundle(t, "", node("photos-resize", 0)...))
			x.apply(bundle(t, "prod", append(node("photos-resize", 1), kafka(topic("prod.a", 3)))...))
			findings := x.findings
			if !findings.HasErrors() {
				findings = append(findings, x.idle()...)
			}
			if test.want == "" {
				if len(findings) > 0 {
					t.Fatalf("unexpected findings: %v", findings)
				}
				return
			}
			if len(findings) == 0 {
				t.Fatal("there is no finding")
			}
			for _, f := range findings {
				if got := fmt.Sprintf("%s %d %s", f.Code, f.Pos.Line, f.Hint); !strings.HasPrefix(got, test.want) || !strings.Contains(f.Message, test.says) || f.Hint == "" {
					t.Errorf("the finding is %s: %s; want %s about %q", got, f.Message, test.want, test.says)
				}
			}
		})
	}
}
