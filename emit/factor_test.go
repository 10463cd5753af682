package emit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// rendered builds an overlay with kustomize and gives its objects by identity.
func rendered(t testing.TB, tree Tree, overlay string) map[ID]any {
	t.Helper()
	stream, err := Render(tree, overlay)
	if err != nil {
		t.Fatal(err)
	}
	return parseStream(t, stream)
}

func parseStream(t testing.TB, stream []byte) map[ID]any {
	t.Helper()
	out := map[ID]any{}
	dec := yaml.NewDecoder(bytes.NewReader(stream))
	for {
		var value map[string]any
		if err := dec.Decode(&value); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, stream)
		}
		plain, err := jsonValue(value)
		if err != nil {
			t.Fatal(err)
		}
		var head struct {
			APIVersion, Kind string
			Metadata         struct{ Name, Namespace string }
		}
		remarshal(t, plain, &head)
		gv, err := schema.ParseGroupVersion(head.APIVersion)
		if err != nil {
			t.Fatal(err)
		}
		out[ID{gv.Group, head.Kind, head.Metadata.Namespace, head.Metadata.Name}] = plain
	}
}

func remarshal(t testing.TB, from, to any) {
	t.Helper()
	text, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// wantRendered fails unless kustomize makes exactly the bundle of an overlay.
func wantRendered(t testing.TB, tree Tree, b *Bundle) {
	t.Helper()
	got := rendered(t, tree, Overlay(b.Pipeline, b.Environment))
	for _, r := range b.Resources {
		if want := any(r.Tree()); !reflect.DeepEqual(got[r.ID()], want) {
			t.Errorf("%s in %s: kustomize gives\n%v\nemitted was\n%v", r.ID(), b.Environment, got[r.ID()], want)
		}
		delete(got, r.ID())
	}
	for id := range got {
		t.Errorf("%s in %s: kustomize gives an object that was not emitted", id, b.Environment)
	}
}

func TestFactorEqualsKustomize(t *testing.T) {
	base := bundle(t, "", slices.Concat(node("photos-resize", 0), node("photos-label", 0),
		[]object{app(contractMap("gone", "x")), app(certificate("cert", "a.example.org"))})...)
	annotated := deployment("photos-label", 1)
	annotated.Annotations = map[string]string{"a/b~c": "added", "a~1b": "~0"}
	annotated.Spec.Template.Annotations = nil
	annotated.Spec.Template.Spec.Containers[0].Args = []string{"on", "yes", "1e3", "0o7", "${x}", ""}
	test := bundle(t, "test", slices.Concat(node("photos-resize", 1),
		[]object{app(annotated), app(service("photos-label", 8080)), app(denyAll("photos-label")), app(contractMap("photos-label", "other")),
			app(certificate("cert", "b.example.org", "c.example.org")), app(contractMap("gone", "x")),
			app(issuer("own")), kafka(topic("test.photos.resize.out", 6))})...)
	prod := bundle(t, "prod", slices.Concat(node("photos-resize", 2), node("photos-label", 0), []object{
		kafka(topic("photos.resize.out", 12)), kafka(topic("photos.resize.dlq", 1))})...)
	tree := factor(t, base, prod, test)
	wantRendered(t, tree, test)
	wantRendered(t, tree, prod)
}

func TestFactorLayout(t *testing.T) {
	base := bundle(t, "", app(deployment("a", 1)), app(service("b", 80)))
	prod := bundle(t, "prod", app(deployment("a", 2)), app(certificate("a", "x.example.org")), kafka(topic("p.a", 1)))
	got := slices.Sorted(maps.Keys(factor(t, base, prod)))
	want := []string{
		"photos/.pipelinectl.json",
		"photos/base/deployment-a.yaml",
		"photos/base/kustomization.yaml",
		"photos/base/kustomizeconfig.yaml",
		"photos/base/service-b.yaml",
		"photos/overlays/prod/app/certificate-a.yaml",
		"photos/overlays/prod/app/kustomization.yaml",
		"photos/overlays/prod/app/patches/deployment-a.yaml",
		"photos/overlays/prod/app/patches/service-b.yaml",
		"photos/overlays/prod/kafka/kafkatopic-p.a.yaml",
		"photos/overlays/prod/kafka/kustomization.yaml",
		"photos/overlays/prod/kafka/kustomizeconfig.yaml",
		"photos/overlays/prod/kustomization.yaml",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

func TestFactorFiles(t *testing.T) {
	base := bundle(t, "", app(deployment("a", 1)), app(service("b", 80)), app(contractMap("c", "{}\n")))
	changed := contractMap("c", "{\"x\": 1}\n")
	prod := bundle(t, "prod", app(deployment("a", 2)), app(changed), app(issuer("i")))
	tree := factor(t, base, prod)
	for name, want := range map[string]string{
		"photos/overlays/prod/app/kustomization.yaml": `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: prod-app
patches:
- path: patches/configmap-c.yaml
  target:
    kind: ConfigMap
    name: c
    version: v1
- path: patches/deployment-a.yaml
  target:
    group: apps
    kind: Deployment
    name: a
    version: v1
- path: patches/service-b.yaml
resources:
- ../../../base
- issuer-i.yaml
`,
		"photos/overlays/prod/kustomization.yaml": `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- app
`,
		"photos/overlays/prod/app/patches/configmap-c.yaml": `- op: replace
  path: /data
  value:
    node.json: |
      {"x": 1}
`,
		"photos/overlays/prod/app/patches/deployment-a.yaml": `- op: replace
  path: /spec/replicas
  value: 2
`,
		"photos/overlays/prod/app/patches/service-b.yaml": `$patch: delete
apiVersion: v1
kind: Service
metadata:
  name: b
`,
		"photos/overlays/prod/app/issuer-i.yaml": `apiVersion: cert-manager.io/v1
kind: Issuer
metadata:
  labels:
    app.kubernetes.io/name: i
  name: i
spec:
  selfSigned: {}
`,
	} {
		if got := string(tree[name]); got != want {
			t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
		}
	}
}

func TestFactorCustomSpecIsReplacedWhole(t *testing.T) {
	base := bundle(t, "", app(certificate("c", "a.example.org")))
	changed := certificate("c", "b.example.org")
	changed.Annotations = map[string]string{"a": "b"}
	tree := factor(t, base, bundle(t, "prod", app(changed)))
	want := `- op: add
  path: /metadata/annotations
  value:
    a: b
- op: replace
  path: /spec
  value:
    dnsNames:
    - b.example.org
    issuerRef:
      kind: Issuer
      name: own
    secretName: c
`
	if got := string(tree["photos/overlays/prod/app/patches/certificate-c.yaml"]); got != want {
		t.Errorf("got\n%s", got)
	}
}

// Layers and base that hold nothing have no folder; what is left still builds.
func TestFactorEmptyParts(t *testing.T) {
	empty := bundle(t, "")
	for _, test := range []struct {
		name    string
		base    *Bundle
		env     *Bundle
		folders []string
	}{
		{"topics only", empty, bundle(t, "prod", kafka(topic("p.a", 1))), []string{"overlays/prod", "overlays/prod/kafka"}},
		{"no base", empty, bundle(t, "prod", app(issuer("i")), app(certificate("c", "x"))), []string{"overlays/prod", "overlays/prod/app"}},
		{"all deleted", bundle(t, "", app(service("a", 80)), app(issuer("i"))), bundle(t, "prod"), []string{"base", "overlays/prod", "overlays/prod/app"}},
		{"all the same", bundle(t, "", app(service("a", 80))), bundle(t, "prod", app(service("a", 80))), []string{"base", "overlays/prod", "overlays/prod/app"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree := factor(t, test.base, test.env)
			var got []string
			for _, name := range slices.Sorted(maps.Keys(tree)) {
				if folder, ok := strings.CutSuffix(name, "/"+kustomizationFile); ok {
					got = append(got, strings.TrimPrefix(folder, "photos/"))
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, test.folders) {
				t.Errorf("kustomizations in %q, want %q", got, test.folders)
			}
			wantRendered(t, tree, test.env)
		})
	}
	tree := factor(t, empty, bundle(t, "prod"))
	if got := slices.Sorted(maps.Keys(tree)); !slices.Equal(got, []string{"photos/" + LedgerFile}) {
		t.Errorf("a pipeline without objects has %q", got)
	}
}

func TestFactorBaseIsTheSameWithAndWithoutEnvironments(t *testing.T) {
	base := bundle(t, "", node("photos-a", 0)...)
	alone := factor(t, base)
	full := factor(t, base, bundle(t, "prod", node("photos-a", 2)...), bundle(t, "test", node("photos-a", 1)...))
	for name, text := range alone {
		if name != "photos/"+LedgerFile && !bytes.Equal(full[name], text) {
			t.Errorf("%s depends on the environments", name)
		}
	}
}

func TestFactorRefusesAVersionOfTheEnvironment(t *testing.T) {
	other := service("a", 80)
	other.APIVersion = "v2"
	_, err := Factor(bundle(t, "", app(service("a", 80))), []*Bundle{bundle(t, "prod", app(other))})
	if err == nil || !strings.Contains(err.Error(), "environment prod: service/a: its apiVersion") {
		t.Errorf("got %v", err)
	}
}

// A name that means something as a regular expression selects only itself.
func TestFactorTargetsAreExact(t *testing.T) {
	base := bundle(t, "", app(service("a.b", 80)), app(service("axb", 80)))
	prod := bundle(t, "prod", app(service("a.b", 81)), app(service("axb", 80)))
	wantRendered(t, factor(t, base, prod), prod)
}

func TestProveCatchesAWrongPatch(t *testing.T) {
	from := map[string]any{"a": int64(1), "b": map[string]any{"c": "x"}}
	to := map[string]any{"a": int64(2), "b": map[string]any{"c": "x"}}
	if err := prove(diff(from, to), from, to); err != nil {
		t.Error(err)
	}
	for name, operations := range map[string][]operation{
		"another value": {{Op: opReplace, Path: "/a", Value: int64(3)}},
		"nothing":       {},
		"no such path":  {{Op: opReplace, Path: "/x", Value: int64(3)}},
	} {
		if err := prove(operations, from, to); err == nil {
			t.Errorf("%s: not noticed", name)
		}
	}
}
