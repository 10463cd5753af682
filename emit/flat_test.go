package emit

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
)

// flat gives the tree of bundles in the flat layout.
func flat(t testing.TB, base *Bundle, environments ...*Bundle) Tree {
	t.Helper()
	tree, err := Flat.join(base, environments, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// flatObjects reads the objects of an environment's folder, as `kubectl apply --recursive` does: from every file.
func flatObjects(t *testing.T, tree Tree, environment string) map[ID]any {
	t.Helper()
	var stream bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		if strings.HasPrefix(name, environment+"/") {
			stream.WriteString("---\n")
			stream.Write(tree[name])
		}
	}
	return parseStream(t, stream.Bytes())
}

func TestFlat(t *testing.T) {
	prod := bundle(t, "prod", append(node("photos-resize", 2), kafka(topic("photos.resize.out", 12)), app(topic("photos.resize.out", 1)))...)
	test := bundle(t, "test", node("photos-resize", 1)...)
	base := bundle(t, "", node("photos-resize", 1)...)
	tree := flat(t, base, test, prod, bundle(t, "idle"))
	want := []string{
		"photos/.pipelinectl.json",
		"prod/photos/app/configmap-photos-resize.yaml",
		"prod/photos/app/deployment-photos-resize.yaml",
		"prod/photos/app/kafkatopic-photos.resize.out.yaml",
		"prod/photos/app/networkpolicy-photos-resize.yaml",
		"prod/photos/app/service-photos-resize.yaml",
		"prod/photos/kafka/kafkatopic-photos.resize.out.yaml",
		"test/photos/app/configmap-photos-resize.yaml",
		"test/photos/app/deployment-photos-resize.yaml",
		"test/photos/app/networkpolicy-photos-resize.yaml",
		"test/photos/app/service-photos-resize.yaml",
	}
	if got := slices.Sorted(maps.Keys(tree)); !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	for _, b := range []*Bundle{prod, test} {
		got := flatObjects(t, tree, b.Environment)
		if len(got) != len(b.Resources) {
			t.Errorf("%s has %d objects, want %d", b.Environment, len(got), len(b.Resources))
		}
		for _, r := range b.Resources {
			if !reflect.DeepEqual(got[r.ID()], any(r.Tree())) {
				t.Errorf("%s in %s is\n%v\nemitted was\n%v", r.ID(), b.Environment, got[r.ID()], r.Tree())
			}
		}
	}
	if _, err := Flat.join(base, []*Bundle{prod, prod}, nil); err == nil {
		t.Error("an environment twice is accepted")
	}
}

// TestFlatEqualsKustomize demands the same objects of both layouts, by kustomize and by what reads them back.
func TestFlatEqualsKustomize(t *testing.T) {
	base, environments := variety(t)
	factored, rendering := factor(t, base, environments...), flat(t, base, environments...)
	for _, b := range environments {
		if want := rendered(t, factored, Overlay(b.Pipeline, b.Environment)); !reflect.DeepEqual(flatObjects(t, rendering, b.Environment), want) {
			t.Errorf("environment %s: the layouts differ", b.Environment)
		}
	}
	want, err := Unfactor(factored, base.Pipeline)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Unfactor(rendering, base.Pipeline)
	if err != nil {
		t.Fatal(err)
	}
	want = slices.DeleteFunc(want, func(m *Manifests) bool { return len(m.Objects) == 0 || m.Environment == "" })
	if !reflect.DeepEqual(got, want) {
		t.Error("what is read back differs")
	}
}

// TestUnfactorFlatRefuses: what no build writes is an error that names the file; the rest is read.
func TestUnfactorFlatRefuses(t *testing.T) {
	base, prod := bundle(t, "", node("photos-resize", 1)...), bundle(t, "prod", node("photos-resize", 1)...)
	const service = "prod/photos/app/service-photos-resize.yaml"
	for name, c := range map[string]struct {
		change func(Tree)
		want   string
	}{
		"missing": {func(tree Tree) { delete(tree, service) }, service + " is missing"},
		"no YAML": {func(tree Tree) { tree[service] = []byte("\tx") }, service},
		"no name": {func(tree Tree) { tree[service] = []byte("apiVersion: v1\nkind: Service\n") }, service + ": lacks apiVersion, kind or name"},
		"several": {func(tree Tree) { tree[service] = append(tree[service], "---\na: b\n"...) }, service + ": has more than one document"},
		"twice": {
			func(tree Tree) { tree[service] = tree["prod/photos/app/configmap-photos-resize.yaml"] },
			"prod/photos has configmap/photos-resize twice",
		},
	} {
		tree := flat(t, base, prod)
		c.change(tree)
		got, err := Unfactor(tree, "photos")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if len(got) != 1 || len(got[0].Objects) != len(prod.Resources)-1 {
			t.Errorf("%s: read %d environments", name, len(got))
		}
	}
	both, err := Flat.seal("photos", "p.yaml", map[string][]byte{"base/a.yaml": []byte("a: b\n")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Unfactor(both, "photos"); err == nil || !strings.Contains(err.Error(), "photos/base/a.yaml is no file of the layout flat") {
		t.Error(err)
	}
}

// A change of layout writes the one and removes the other, at once; killed after any step, it can be completed or taken
// back.
func TestRelay(t *testing.T) {
	base, prod := bundle(t, "", app(topic("a", 1))), bundle(t, "prod", app(topic("a", 1)), kafka(topic("b", 1)))
	layouts := map[Layout]Tree{Kustomize: factor(t, base, prod), Flat: flat(t, base, prod)}
	for was, is := range map[Layout]Layout{Kustomize: Flat, Flat: Kustomize} {
		for _, end := range []Layout{was, is} {
			for steps, more := 0, true; more; steps++ {
				dir := t.TempDir()
				write(t, dir, layouts[was])
				more = killAfter(t, dir, Target{Tree: layouts[is]}, steps, "ha")
				c, err := Write(t.Context(), dir, Target{Tree: layouts[end]}, nil)
				if err != nil {
					t.Fatalf("from %s to %s, killed after %d steps: %v", was, is, steps, err)
				}
				if steps == 0 && (len(c.Relaid) > 0) != (end == is) {
					t.Errorf("from %s to %s: laid out anew are %v", was, end, c.Relaid)
				}
				wantDisk(t, dir, nil, layouts[end])
			}
		}
	}
}

// TestFlatTogether: units that come and go side by side in the folder of an environment do not take it from one another.
func TestFlatTogether(t *testing.T) {
	file := func(u Unit) Tree {
		tree, err := Flat.seal(u, "p.yaml", map[string][]byte{"../prod/" + string(u) + "/app/a.yaml": []byte("a")})
		if err != nil {
			t.Fatal(err)
		}
		return tree
	}
	dir := t.TempDir()
	units := []Unit{"a", "b"}
	write(t, dir, file(units[0]))
	for i := range 200 {
		comes, goes := units[(i+1)%2], units[i%2]
		if _, err := Write(t.Context(), dir, Target{Tree: file(comes), Gone: []Unit{goes}}, nil); err != nil {
			t.Fatal(err)
		}
		wantDisk(t, dir, nil, file(comes))
	}
	vanish(t, dir, units...)
	wantDisk(t, dir, nil)
}

// A file of somebody else in a folder of manifests would be applied like ours: it is reported, and never overwritten.
func TestFlatStrangers(t *testing.T) {
	base, prod := bundle(t, "", node("photos-resize", 1)...), bundle(t, "prod", node("photos-resize", 1)...)
	target := Target{Tree: flat(t, base, prod)}
	dir := t.TempDir()
	place(t, "own", dir, "prod/photos/app/own.yaml")
	wantDrift(t, dir, target, "tree-foreign prod/photos/app")
	dir = t.TempDir()
	write(t, dir, target.Tree)
	place(t, "own", dir, "prod/photos/app/own.yaml")
	place(t, "own", dir, "prod/README")
	wantDrift(t, dir, target, "tree-untracked prod/photos/app/own.yaml")
	place(t, "mine", dir, "prod/photos/app/service-photos-resize.yaml")
	c, err := Compare(dir, Target{Tree: factor(t, base, prod)})
	if err != nil || len(c.Conflicts) != 1 || c.Conflicts[0].Code != CodeTreeEdited {
		t.Errorf("conflicts of another layout: %+v, %v", c, err)
	}
}

func TestLayoutCheck(t *testing.T) {
	project := &compiler.Project{
		Pipelines:    []*compiler.Pipeline{{Name: text("photos")}, {Name: text("overlays")}, {Name: text("base")}},
		Environments: []*compiler.Environment{{Name: text("prod")}, {Name: text("photos")}, {Name: text("app")}},
	}
	if list := Kustomize.Check(project); len(list) > 0 {
		t.Errorf("%v", list)
	}
	list := Flat.Check(project)
	if len(list) != 2 || list[0].Code != CodeLayoutName || list[1].Code != CodeLayoutName {
		t.Errorf("%v", list)
	}
}
