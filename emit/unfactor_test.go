package emit

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// wantManifests fails unless what was read back is exactly a bundle.
func wantManifests(t *testing.T, m *Manifests, b *Bundle) {
	t.Helper()
	if m.Pipeline != b.Pipeline || m.Environment != b.Environment || m.Source != b.Source {
		t.Errorf("read back as %s in %q from %s", m.Pipeline, m.Environment, m.Source)
	}
	if len(m.Objects) != len(b.Resources) {
		t.Fatalf("%q: %d objects read back, %d emitted", b.Environment, len(m.Objects), len(b.Resources))
	}
	for i, r := range b.Resources {
		if got := m.Objects[i]; got.ID != r.ID() || got.Layer != r.Layer || !reflect.DeepEqual(got.Value, r.Tree()) {
			t.Errorf("%q: %s in %s read back as\n%v\nwant %s in %s\n%v", b.Environment, got.ID, got.Layer, got.Value, r.ID(), r.Layer, r.Tree())
		}
	}
}

// variety gives a base and two environments that use every form that Factor writes.
func variety(t testing.TB) (base *Bundle, environments []*Bundle) {
	t.Helper()
	base = bundle(t, "", slices.Concat(node("photos-resize", 0), node("photos-label", 0),
		[]object{app(contractMap("gone", "x")), app(certificate("cert", "a.example.org")), app(service("a.b", 80)), app(service("axb", 80)),
			of(Disruption, budget("photos-resize", 1)), of(Disruption, budget("photos-label", 1)), of(Monitoring, certificate("watch", "w"))})...)
	odd := deployment("photos-label", 1)
	odd.Annotations = map[string]string{"a/b~c": "added", "a~1b": "~0"}
	odd.Spec.Template.Annotations = nil
	odd.Spec.Template.Spec.Containers[0].Args = []string{"on", "yes", "1e3", "0o7", "${x}", "", "2001-01-01", "null", "é\x00\n"}
	test := bundle(t, "test", slices.Concat(node("photos-resize", 1), []object{
		app(odd), app(service("photos-label", 8080)), app(service("a.b", 81)), app(denyAll("photos-label")), app(contractMap("photos-label", "other")),
		app(certificate("cert", "b.example.org", "c.example.org")), app(issuer("own")), kafka(topic("test.photos.resize.out", 6)),
		of(Disruption, budget("photos-resize", 2)), of(Disruption, budget("photos-more", 1))})...)
	prod := bundle(t, "prod", slices.Concat(node("photos-resize", 2), node("photos-label", 0), []object{
		kafka(topic("photos.resize.out", 12)), kafka(topic("photos.resize.dlq", 1)), of(Monitoring, certificate("watch", "prod"))})...)
	return base, []*Bundle{prod, test}
}

func TestUnfactorInvertsFactor(t *testing.T) {
	empty := bundle(t, "")
	base, environments := variety(t)
	for name, c := range map[string]struct {
		base         *Bundle
		environments []*Bundle
	}{
		"variety":     {base, environments},
		"base alone":  {base, nil},
		"topics only": {empty, []*Bundle{bundle(t, "prod", kafka(topic("p.a", 1)))}},
		"no base":     {empty, []*Bundle{bundle(t, "prod", app(issuer("i")), app(certificate("c", "x")))}},
		"components only": {bundle(t, "", of(Disruption, budget("a", 1)), of(Monitoring, issuer("i"))),
			[]*Bundle{bundle(t, "prod", of(Disruption, budget("a", 1)))}},
		"all deleted": {bundle(t, "", app(service("a", 80))), []*Bundle{bundle(t, "prod")}},
		"nothing":     {empty, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Unfactor(factor(t, c.base, c.environments...), "photos")
			if err != nil {
				t.Fatal(err)
			}
			if len(c.base.Resources)+len(c.environments) == 0 { // no file says where it was compiled from
				got[0].Source = c.base.Source
			}
			want := append([]*Bundle{c.base}, c.environments...)
			if len(got) != len(want) {
				t.Fatalf("%d environments read back, want %d", len(got), len(want))
			}
			for i := range want {
				wantManifests(t, got[i], want[i])
			}
		})
	}
}

// TestUnfactorReadsEngines: the objects of an engine are beside those that it applies, and a file that holds something else
// is a fault.
func TestUnfactorReadsEngines(t *testing.T) {
	base, environments := variety(t)
	const name, object = "clusters/prod/photos.yaml", "apiVersion: example.org/v1\nkind: Engine\nmetadata: {name: %s, namespace: engines}\n"
	one, two := fmt.Sprintf(object, "one"), fmt.Sprintf(object, "two")
	for text, want := range map[string]string{
		two + "---\n" + one: "",
		one + "---\n" + one: "twice",
		one + "---\nx":      "is not a map",
		one + "---\n":       "is not a map",
		"kind: {":           "did not find",
		"a: b":              "lacks apiVersion",
		"apiVersion: v1\nkind: A\nmetadata: {name: a, namespace: 1}": "no name",
	} {
		tree, err := Kustomize.join(base, environments, Tree{name: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Unfactor(tree, "photos")
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name)) {
			t.Errorf("%q gives %v, want %q", text, err, want)
		}
		wantManifests(t, got[1], environments[0])
		wantManifests(t, got[2], environments[1])
		if engine := got[1].Engine; want == "" && (len(engine) != 2 || engine[0].ID != ID{"example.org", "Engine", "engines", "one"}) || want != "" && engine != nil {
			t.Errorf("%q gives %v", text, engine)
		}
	}
	for _, name := range []string{"clusters/prod/other.yaml", "clusters/photos.yaml", "photos/x.yaml", "clusters/prod/x/photos.yaml"} {
		if tree, err := Kustomize.join(base, environments, Tree{name: nil}); err == nil {
			t.Errorf("%s is taken: %v", name, slices.Collect(maps.Keys(tree)))
		}
	}
}

// TestUnfactorEqualsKustomize holds every golden tree to what kustomize makes of it.
func TestUnfactorEqualsKustomize(t *testing.T) {
	ledgers, err := filepath.Glob("../testdata/golden/*/*/" + LedgerFile)
	if err != nil || len(ledgers) < 2 {
		t.Fatalf("found %v (%v)", ledgers, err)
	}
	for _, file := range ledgers {
		dir := filepath.Dir(file)
		tree := readTree(t, filepath.Dir(dir))
		got, err := Unfactor(tree, filepath.Base(dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range got[1:] {
			want := rendered(t, tree, Overlay(m.Pipeline, m.Environment))
			if len(want) == 0 || len(m.Objects) != len(want) {
				t.Errorf("%s in %s: %d objects, kustomize gives %d", m.Pipeline, m.Environment, len(m.Objects), len(want))
			}
			for _, o := range m.Objects {
				if !reflect.DeepEqual(any(o.Value), want[o.ID]) {
					t.Errorf("%s in %s:\n%v\nkustomize gives\n%v", o.ID, m.Environment, o.Value, want[o.ID])
				}
			}
		}
	}
}

func readTree(t testing.TB, dir string) Tree {
	t.Helper()
	tree := Tree{}
	if err := filepath.WalkDir(dir, func(file string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, file)
		if err == nil {
			tree[filepath.ToSlash(rel)], err = os.ReadFile(file)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return tree
}

// TestUnfactorRefusesWhatNoBuildWrites edits one file of a good tree each; the error names the file.
func TestUnfactorRefusesWhatNoBuildWrites(t *testing.T) {
	base, environments := variety(t)
	good := factor(t, base, environments...)
	const app, kafka, component = "photos/overlays/test/app/", "photos/overlays/test/kafka/", "photos/components/disruption/"
	replace := func(name, from, to string) func(Tree) {
		return func(tree Tree) {
			changed := strings.Replace(string(tree[name]), from, to, 1)
			if changed == string(tree[name]) {
				t.Errorf("%s has no %q", name, from)
			}
			tree[name] = []byte(changed)
		}
	}
	for want, edit := range map[string]func(Tree){
		"photos/.pipelinectl.json is missing":                                       func(tree Tree) { delete(tree, "photos/.pipelinectl.json") },
		"photos/.pipelinectl.json: version 7":                                       replace("photos/.pipelinectl.json", `"version": 1`, `"version": 7`),
		app + "issuer-own.yaml is missing":                                          func(tree Tree) { delete(tree, app+"issuer-own.yaml") },
		app + "kustomization.yaml is missing":                                       func(tree Tree) { delete(tree, app+"kustomization.yaml") },
		app + "kustomization.yaml: line 5: field namePrefix, which no build writes": replace(app+"kustomization.yaml", "namespace:", "namePrefix: x\nnamespace:"),
		app + "patches/configmap-photos-label.yaml is for no object of base":        replace(app+"kustomization.yaml", "name: photos-label", "name: photos-.*"),
		app + "patches/service-axb.yaml: deletes service/ayb":                       replace(app+"patches/service-axb.yaml", "name: axb", "name: ayb"),
		app + "patches/service-axb.yaml: neither has a target":                      replace(app+"patches/service-axb.yaml", "$patch: delete", "$patch: merge"),
		app + "patches/service-photos-label.yaml: operation 0 is none":              replace(app+"patches/service-photos-label.yaml", "op: replace", "op: test"),
		app + "patches/service-photos-label.yaml: replace at":                       replace(app+"patches/service-photos-label.yaml", "path: /spec", "path: /nowhere"),
		kafka + "kustomization.yaml has the configuration":                          replace(kafka+"kustomization.yaml", "kustomizeconfig.yaml", "../x.yaml"),
		kafka + "kafkatopic-test.photos.resize.out.yaml: has more than one":         replace(kafka+"kafkatopic-test.photos.resize.out.yaml", "spec:", "---\nspec:"),
		kafka + "kafkatopic-test.photos.resize.out.yaml: \"spec\" is null":          replace(kafka+"kafkatopic-test.photos.resize.out.yaml", "spec:", "spec:\nmore:"),
		kafka + "kafkatopic-test.photos.resize.out.yaml: has a namespace":           replace(kafka+"kafkatopic-test.photos.resize.out.yaml", "metadata:", "metadata:\n  namespace: x"),
		kafka + "kafkatopic-test.photos.resize.out.yaml: lacks apiVersion":          replace(kafka+"kafkatopic-test.photos.resize.out.yaml", "kind: KafkaTopic", "more: x"),
		"photos/overlays/test/kustomization.yaml has the resource":                  replace("photos/overlays/test/kustomization.yaml", "- kafka", "- https://example.org"),
		"photos/overlays/test/kustomization.yaml has more than resources":           replace("photos/overlays/test/kustomization.yaml", "resources:", "namespace: x\nresources:"),
		app + "kustomization.yaml: has the component \"../../../base\"":             replace(app+"kustomization.yaml", "../../../components/disruption", "../../../base"),
		app + "kustomization.yaml: has the component \"../../../components/none\"":  replace(app+"kustomization.yaml", "components/disruption", "components/none"),
		component + "kustomization.yaml is of kind \"Kustomization\"":               replace(component+"kustomization.yaml", "kind: Component", "kind: Kustomization"),
		component + "kustomization.yaml has more than resources":                    replace(component+"kustomization.yaml", "resources:", "namespace: x\nresources:"),
		component + "kustomization.yaml: line 3: field images":                      replace(component+"kustomization.yaml", "resources:", "images: []\nresources:"),
		component + "poddisruptionbudget-photos-resize.yaml is missing":             func(tree Tree) { delete(tree, component+"poddisruptionbudget-photos-resize.yaml") },
		app + "kustomization.yaml: service/axb of ../../../components/disruption is there": func(tree Tree) {
			tree[component+"poddisruptionbudget-photos-resize.yaml"] = tree["photos/base/service-axb.yaml"]
		},
		"photos/base/service-a.b.yaml: yaml":                                     func(tree Tree) { tree["photos/base/service-a.b.yaml"] = []byte("a: [") },
		kafka + "kafkatopic-test.photos.resize.out.yaml: kafkatopic.kafka.strim": replace(kafka+"kustomization.yaml", "resources:", "resources:\n- kafkatopic-test.photos.resize.out.yaml"),
	} {
		tree := maps.Clone(good)
		edit(tree)
		if _, err := Unfactor(tree, "photos"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got error %v, want %s", err, want)
		}
	}
}

// A fault in one folder hides no other folder's objects.
func TestUnfactorGivesWhatItCanRead(t *testing.T) {
	base, environments := variety(t)
	tree := factor(t, base, environments...)
	delete(tree, "photos/overlays/test/app/kustomization.yaml")
	got, err := Unfactor(tree, "photos")
	if err == nil || len(got) != 3 {
		t.Fatalf("got %d environments, error %v", len(got), err)
	}
	wantManifests(t, got[1], environments[0])
	if objects := got[2].Objects; len(objects) != 1 || objects[0].ID.Name != "test.photos.resize.out" {
		t.Errorf("the topic is lost: %v", objects)
	}
}

// FuzzUnfactor plants a text into each file of a small tree in turn: whatever it is, there are objects or an error.
func FuzzUnfactor(f *testing.F) {
	good := factor(f, bundle(f, "", app(service("a", 80)), app(contractMap("b", "x")), of(Disruption, budget("a", 1)), of(Monitoring, issuer("m"))),
		bundle(f, "prod", app(service("a", 81)), app(issuer("i")), kafka(topic("p.a", 1)), of(Disruption, budget("a", 2))))
	names := slices.Sorted(maps.Keys(good))
	for i, name := range names {
		f.Add(uint(i), good[name])
		f.Add(uint(i), []byte("a: &a [*a]"))
	}
	f.Add(uint(slices.Index(names, "photos/overlays/prod/app/patches/service-a.yaml")), []byte("- {op: add, path: /spec/ports/-1, value: 1}"))
	f.Fuzz(func(t *testing.T, which uint, text []byte) {
		tree := maps.Clone(good)
		tree[names[which%uint(len(names))]] = text
		if got, err := Unfactor(tree, "photos"); len(got) == 0 && err == nil {
			t.Error("neither objects nor an error")
		}
	})
}

func BenchmarkUnfactor(b *testing.B) {
	tree := readTree(b, "../testdata/golden/quickstart")
	for b.Loop() {
		if _, err := Unfactor(tree, "quickstart"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(tree)), "files/op")
}
