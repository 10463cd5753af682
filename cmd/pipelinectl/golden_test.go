package main

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

var update = flag.Bool("update", false, "write the golden files and scripts anew")

// examples gives the folder of every example, by name.
func examples(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../examples/*/pipelinectl.yaml")
	if err != nil || len(files) < 2 {
		t.Fatalf("examples not found: %v %v", files, err)
	}
	out := map[string]string{}
	for _, file := range files {
		out[filepath.Base(filepath.Dir(file))] = filepath.Dir(file)
	}
	return out
}

// compileFolder compiles a project and demands that it has no finding at all.
func compileFolder(t testing.TB, dir string) *compiler.Program {
	t.Helper()
	project, findings, err := schema.Load([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	program, more := compiler.Compile(project.Documents, kinds.All())
	for _, d := range append(findings, more...) {
		t.Errorf("%v: %v: %s [%s]", d.Pos, d.Severity, d.Message, d.Code)
	}
	if t.Failed() {
		t.FailNow()
	}
	return program
}

// bundles gives what every graph of a pipeline emits: with no environment first.
func bundles(t testing.TB, graphs []*compiler.Graph) []*emit.Bundle {
	t.Helper()
	out := make([]*emit.Bundle, len(graphs))
	for i, g := range graphs {
		var err error
		if out[i], err = emit.Emit(g); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// tree compiles all pipelines of a program into one tree.
func tree(t testing.TB, program *compiler.Program) emit.Tree {
	t.Helper()
	out, err := gitops.Compile(emit.Kustomize, program.Graphs, program.Project.Environments)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestGoldenTrees holds the tree of every example to its golden files.
func TestGoldenTrees(t *testing.T) {
	for name, dir := range examples(t) {
		t.Run(name, func(t *testing.T) {
			golden := filepath.Join("../../testdata/golden", name)
			got := tree(t, compileFolder(t, dir))
			if *update {
				writeGolden(t, golden, got)
			}
			want := readGolden(t, golden)
			for _, path := range slices.Sorted(maps.Keys(got)) {
				if !bytes.Equal(got[path], want[path]) {
					t.Errorf("%s differs from its golden file; run `make golden` and look at the difference", path)
				}
				delete(want, path)
			}
			for path := range want {
				t.Errorf("%s has a golden file but is not in the tree", path)
			}
		})
	}
}

// TestKustomizeGivesWhatWasEmitted proves the factoring on every example: kustomize of an overlay gives the objects
// that were emitted for its environment, no more and no less.
func TestKustomizeGivesWhatWasEmitted(t *testing.T) {
	for name, dir := range examples(t) {
		t.Run(name, func(t *testing.T) {
			program := compileFolder(t, dir)
			for _, pl := range program.Project.Pipelines {
				b := bundles(t, program.GraphsOf(pl.Name.V))
				factored, err := emit.Factor(b[0], b[1:])
				if err != nil {
					t.Fatal(err)
				}
				for _, bundle := range b[1:] {
					compareObjects(t, factored, bundle)
				}
			}
		})
	}
}

func compareObjects(t *testing.T, factored emit.Tree, bundle *emit.Bundle) {
	t.Helper()
	text, err := emit.Render(factored, emit.Overlay(bundle.Pipeline, bundle.Environment))
	if err != nil {
		t.Fatal(err)
	}
	built := map[string]any{}
	for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
		var object map[string]any
		if err := yaml.Unmarshal(document, &object); err != nil {
			t.Fatal(err)
		}
		built[objectKey(object)] = object
	}
	for _, r := range bundle.Resources {
		var object map[string]any
		emitted, err := yaml.Marshal(r.Tree())
		if err == nil {
			err = yaml.Unmarshal(emitted, &object)
		}
		if err != nil {
			t.Fatal(err)
		}
		key := objectKey(object)
		if !reflect.DeepEqual(built[key], any(object)) {
			t.Errorf("environment %s: %s: kustomize gives\n%v\nbut emitted was\n%v", bundle.Environment, key, built[key], object)
		}
		delete(built, key)
	}
	for key := range built {
		t.Errorf("environment %s: kustomize gives %s, which was not emitted", bundle.Environment, key)
	}
}

func objectKey(object map[string]any) string {
	meta, _ := object["metadata"].(map[string]any)
	key := ""
	for _, part := range []any{object["apiVersion"], object["kind"], meta["namespace"], meta["name"]} {
		text, _ := part.(string)
		key += text + "/"
	}
	return key
}

func writeGolden(t *testing.T, dir string, files emit.Tree) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for path, data := range files {
		file := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func readGolden(t *testing.T, dir string) emit.Tree {
	t.Helper()
	out := emit.Tree{}
	err := filepath.WalkDir(dir, func(file string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, file)
		out[filepath.ToSlash(rel)] = data
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// errorsOf gives the findings of severity Error.
func errorsOf(list diag.List) diag.List {
	return slices.DeleteFunc(slices.Clone(list), func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
}

// TestGoldenSchemas holds the published schemas to what `schema` prints; `make generate` writes them.
func TestGoldenSchemas(t *testing.T) {
	set := compiler.NewSet(kinds.All())
	for _, kind := range set.Kinds() {
		file := filepath.Join("../../schema/v1alpha1", strings.ToLower(kind)+".schema.json")
		want, err := set.JSON(kind)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is stale (%v): run `make generate`", file, err)
		}
	}
}
