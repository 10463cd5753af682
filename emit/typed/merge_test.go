package typed_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"

	"github.com/pipelinectl/pipelinectl/emit/typed"
)

// planned is what the layers of a patch are merged over in the end.
const planned = `{"containers": [{"name": "runner", "image": "r:1", "env": [{"name": "MODE", "value": "slow"}], "ports": [{"containerPort": 80, "protocol": "TCP"}]}], "volumes": [{"name": "node", "configMap": {"name": "n"}}], "nodeSelector": {"disk": "ssd"}}`

func TestMerge(t *testing.T) {
	for _, test := range []struct {
		name, under, over, want string
	}{
		{"maps by key", `{nodeSelector: {a: x, b: x}}`, `{nodeSelector: {b: y, c: y}, priority: 3}`, `{nodeSelector: {a: x, b: y, c: y}, priority: 3}`},
		{"items by their key", `{containers: [{name: a, env: [{name: X, value: "1"}, {name: Y, value: "1"}], ports: [{containerPort: 1, name: m}]}, {name: b}]}`,
			`{containers: [{name: a, env: [{name: Y, value: "2"}, {name: Z, value: "2"}], ports: [{containerPort: 1, hostPort: 2}]}]}`,
			`{containers: [{name: a, env: [{name: X, value: "1"}, {name: Y, value: "2"}, {name: Z, value: "2"}], ports: [{containerPort: 1, name: m, hostPort: 2}]}, {name: b}]}`},
		{"the order of over", `{containers: [{name: a}, {name: b, image: b}, {name: c}]}`, `{containers: [{name: c}, {name: d}, {name: a}]}`, `{containers: [{name: c}, {name: b, image: b}, {name: d}, {name: a}]}`},
		{"other lists whole", `{tolerations: [{key: a}], containers: [{name: a, command: [x, y]}]}`, `{tolerations: [{key: b}], containers: [{name: a, command: [z]}]}`, `{tolerations: [{key: b}], containers: [{name: a, command: [z]}]}`},
		{"constraints by topology", `{topologySpreadConstraints: [{topologyKey: zone, maxSkew: 1}, {topologyKey: host, maxSkew: 1}]}`, `{topologySpreadConstraints: [{topologyKey: host, maxSkew: 2}]}`,
			`{topologySpreadConstraints: [{topologyKey: zone, maxSkew: 1}, {topologyKey: host, maxSkew: 2}]}`},
		{"a volume from elsewhere", `{volumes: [{name: a, emptyDir: {medium: Memory}}, {name: b, configMap: {name: c}}]}`, `{volumes: [{name: a, secret: {secretName: s}}, {name: b, configMap: {optional: true}}]}`,
			`{volumes: [{name: a, secret: {secretName: s}}, {name: b, configMap: {name: c, optional: true}}]}`},
		{"a null stays", `{nodeSelector: {a: x}, containers: [{name: a, command: [x]}]}`, `{nodeSelector: {a: null}, containers: [{name: a, command: null}]}`, `{nodeSelector: {a: null}, containers: [{name: a, command: null}]}`},
		{"a null gives way", `{nodeSelector: null}`, `{nodeSelector: {a: x}}`, `{nodeSelector: {a: x}}`},
		{"a type with a reading of its own", `{overhead: {cpu: 1}}`, `{overhead: {cpu: 2, memory: 1Gi}}`, `{overhead: {cpu: 2, memory: 1Gi}}`},
		{"what does not fit", `{containers: [{name: a}], unknown: {a: b}}`, `{containers: [{image: a}], unknown: {c: d}}`, `{containers: [{image: a}], unknown: {c: d}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			under, over, want := read(t, test.under), read(t, test.over), read(t, test.want)
			got := typed.Merge(under, over, reflect.TypeFor[corev1.PodSpec]())
			if !reflect.DeepEqual(got.JSON(), want.JSON()) {
				t.Errorf("got\n%v\nwant\n%v", got.JSON(), want.JSON())
			}
			if again := read(t, test.under); !reflect.DeepEqual(under.JSON(), again.JSON()) {
				t.Errorf("it changed what lies under: %v", under.JSON())
			}
			if again := typed.Merge(got, over, reflect.TypeFor[corev1.PodSpec]()); !reflect.DeepEqual(again.JSON(), got.JSON()) {
				t.Errorf("laid over itself it is another: %v", again.JSON())
			}
		})
	}
}

// TestMergeIsKubernetes lays patches one after the other over a pod by Kubernetes' own code: it must be what the merged
// patch makes of it at once.
func TestMergeIsKubernetes(t *testing.T) {
	for _, test := range [][2]string{
		{`{nodeSelector: {a: x}, priority: 1}`, `{nodeSelector: {disk: null}, priority: 2}`},
		{`{containers: [{name: runner, env: [{name: MODE, value: fast}, {name: X, value: "1"}]}]}`, `{containers: [{name: runner, env: [{name: X, value: "2"}], ports: [{containerPort: 80, name: http}]}, {name: side, image: s}]}`},
		{`{tolerations: [{key: a}], volumes: [{name: data, emptyDir: {}}]}`, `{tolerations: [{key: b}], imagePullSecrets: [{name: s}]}`},
	} {
		first, second := read(t, test[0]), read(t, test[1])
		inTurn := apply(t, apply(t, []byte(planned), first.JSON()), second.JSON())
		atOnce := apply(t, []byte(planned), typed.Merge(first, second, reflect.TypeFor[corev1.PodSpec]()).JSON())
		if !sameItems(t, inTurn, atOnce) {
			t.Errorf("%s under %s\n%s\nwant\n%s", test[0], test[1], atOnce, inTurn)
		}
	}
}

func apply(t *testing.T, pod []byte, patch any) []byte {
	t.Helper()
	text, err := json.Marshal(patch)
	if err != nil {
		t.Fatal(err)
	}
	out, err := strategicpatch.StrategicMergePatch(pod, text, corev1.PodSpec{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sameItems compares pods but for the order of containers and variables, which depends on which of two patches came first.
func sameItems(t *testing.T, a, b []byte) bool {
	t.Helper()
	var pods [2]corev1.PodSpec
	for i, text := range [][]byte{a, b} {
		if err := json.Unmarshal(text, &pods[i]); err != nil {
			t.Fatal(err)
		}
		spec := &pods[i]
		slices.SortFunc(spec.Containers, func(x, y corev1.Container) int { return strings.Compare(x.Name, y.Name) })
		for _, c := range spec.Containers {
			slices.SortFunc(c.Env, func(x, y corev1.EnvVar) int { return strings.Compare(x.Name, y.Name) })
		}
	}
	return reflect.DeepEqual(pods[0], pods[1])
}
