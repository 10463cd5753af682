package typed_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/pipelinectl/pipelinectl/emit/typed"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// read gives the `spec` of a document, which begins in line 5.
func read(t *testing.T, text string) *schema.Node {
	t.Helper()
	header := "apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: photos}\nspec:\n"
	docs, findings := schema.Parse("pipeline.yaml", []byte(header+"  "+strings.ReplaceAll(text, "\n", "\n  ")))
	if len(findings) > 0 || len(docs) != 1 {
		t.Fatalf("%d documents, findings %v", len(docs), findings)
	}
	return docs[0].Root.Get("spec")
}

const code diag.Code = "test"

func TestCheck(t *testing.T) {
	tests := []struct {
		name, text string
		// want are the findings, each as column, message and hint.
		want []string
	}{
		{"fields of every sort", `{nodeSelector: {a: b}, hostNetwork: true, priority: 7, tolerations: [{key: a}], containers: [{name: a, resources: {limits: {cpu: 1, memory: 1Gi}}, livenessProbe: {httpGet: {port: 80}}, startupProbe: {httpGet: {port: admin}}}]}`, nil},
		{"a null removes", `{nodeSelector: null, containers: [{name: a, command: null, resources: {limits: {cpu: null}}}]}`, nil},
		{"an embedded struct", `{volumes: [{name: a, emptyDir: {}}]}`, nil},
		{"unknown", `{tolerationz: []}`, []string{"4: a pod has no field `tolerationz`; did you mean `tolerations`?"}},
		{"unknown, deep", `{containers: [{name: a, lifecycle: {preStopp: {}}}]}`, []string{"39: a pod has no field `containers[0].lifecycle.preStopp`; did you mean `preStop`?"}},
		{"case", `{HostNetwork: true}`, []string{"4: a pod has no field `HostNetwork`; did you mean `hostNetwork`?"}},
		{"a directive", `{$patch: delete, nodeSelector: {$patch: replace}}`, []string{
			"4: a pod has no field `$patch`; its fields are those of Kubernetes' API: `kubectl explain` lists them",
			"35: `nodeSelector` of a pod cannot have the key `$patch`; a null in the place of a value removes it",
		}},
		{"a map in the place of a list", `{tolerations: {key: a}}`, []string{"17: `tolerations` of a pod is a list, not a map; its form is that of Kubernetes' API"}},
		{"a text in the place of a map", `{affinity: hard}`, []string{"14: `affinity` of a pod is a map, not `hard`; its form is that of Kubernetes' API"}},
		{"a number in the place of a text", `{nodeSelector: {a: 1}}`, []string{"22: `nodeSelector.a` of a pod is a string, not `1`; write it in quotes: `\"1\"`"}},
		{"a boolean in the place of a text", `{containers: [{name: a, env: [{name: A, value: true}]}]}`, []string{"50: `containers[0].env[0].value` of a pod is a string, not `true`; write it in quotes: `\"true\"`"}},
		{"a fraction", `{priority: 1.5}`, []string{"14: a pod cannot have `1.5` in `priority`; write a whole number of 32 bits"}},
		{"too large", `{priority: 5000000000}`, []string{"14: a pod cannot have `5000000000` in `priority`; write a whole number of 32 bits"}},
		{"no quantity", `{overhead: {cpu: many}}`, []string{"20: a pod cannot have `many` in `overhead.cpu`; write what Kubernetes takes as Quantity, such as `500m` or `1Gi` for a Quantity"}},
		{"a null item", `{tolerations: [null]}`, []string{"18: `tolerations[0]` of a pod is a map, not a null; its form is that of Kubernetes' API"}},
		{"no name", `{containers: [{image: a}]}`, []string{"17: an item of `containers` of a pod has no `name`; add it: items are known by it"}},
		{"one name twice", `{containers: [{name: a}, {name: a}]}`, []string{"35: `containers` of a pod has two items with the name `a`; make one of the two"}},
		{"text in the place of an item", `{containers: [a]}`, []string{"17: `containers[0]` of a pod is a map, not `a`; its form is that of Kubernetes' API"}},
		{"a long key", "{nodeSelector: {? " + strings.Repeat("k", 251) + " : a}}", []string{"21: `nodeSelector` of a pod has a key of 251 bytes; a key has 250 at most"}},
		{"long", `{nodeSelector: ` + strings.Repeat("é", 50) + `}`, []string{"18: `nodeSelector` of a pod is a map, not `" + strings.Repeat("é", 30) + "...`; its form is that of Kubernetes' API"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, d := range typed.Check(read(t, test.text), reflect.TypeFor[corev1.PodSpec](), code, "a pod") {
				got = append(got, fmt.Sprintf("%d: %s; %s", d.Pos.Col, d.Message, d.Hint))
				if d.Code != code {
					t.Errorf("the code is %s", d.Code)
				}
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

func TestFind(t *testing.T) {
	n := read(t, "containers:\n- {name: b}\n- {name: a, env: [{name: X, value: y}], ports: []}\nvolumes: null")
	tests := []struct {
		path []string
		want string
	}{
		{nil, "5:3"},
		{[]string{"containers"}, "5:3"},
		{[]string{"containers", "a"}, "7:5"},
		{[]string{"containers", "a", "env", "X"}, "7:21"},
		{[]string{"containers", "a", "env", "other"}, "7:15"},
		{[]string{"containers", "c", "env"}, "5:3"},
		{[]string{"volumes", "node"}, "8:3"},
	}
	for _, test := range tests {
		pos := typed.Find(n, test.path...)
		if got := fmt.Sprintf("%d:%d", pos.Line, pos.Col); got != test.want {
			t.Errorf("%v is at %s, want %s", test.path, got, test.want)
		}
	}
	if pos := typed.FindWord(n, []string{"containers", "env", "other"}); pos.Line != 7 || pos.Col != 15 {
		t.Errorf("the deepest word is at %v, want 7:15", pos)
	}
	if pos := typed.FindWord(n, []string{"other"}); pos != n.Pos {
		t.Errorf("a word that is nowhere is at %v, want %v", pos, n.Pos)
	}
}
