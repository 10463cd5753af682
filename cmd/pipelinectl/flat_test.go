package main

import (
	"bytes"
	"maps"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
)

// TestFlatIsWhatRenderGives demands for every example, in each environment, that the manifests of the flat layout are
// those that `render` prints, no more and no less; that each has its namespace; and that Flux, which makes a kustomization
// of the manifests in a folder, makes the same of them.
func TestFlatIsWhatRenderGives(t *testing.T) {
	for name, dir := range examples(t) {
		t.Run(name, func(t *testing.T) {
			program := compileFolder(t, dir)
			tree, err := gitops.Compile(emit.Flat, program.Graphs, program.Project.Environments)
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range program.Graphs {
				if g.Environment == nil {
					continue
				}
				pipeline, environment := g.Pipeline.Name.V, g.Environment.Name.V
				text, err := emit.RenderGraphs(program.GraphsOf(pipeline), environment)
				if err != nil {
					t.Fatal(err)
				}
				want, folder := placedObjects(t, text), emit.Flat.Folder(pipeline, environment)
				if got := placedObjects(t, manifestsIn(tree, folder)); !reflect.DeepEqual(got, want) {
					t.Errorf("%s: in the folder are %q, render gives %q, or they differ", folder, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
				}
				got := map[string]map[string]any{}
				for _, layer := range []emit.Layer{emit.App, emit.Kafka} {
					maps.Copy(got, placedObjects(t, asFlux(t, tree, path.Join(folder, layer.String()))))
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s: Flux makes %q of it, render gives %q, or they differ", folder, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
				}
				wantApplied(t, tree, g)
			}
		})
	}
}

// filesIn gives the files of a folder and those below it, sorted.
func filesIn(tree emit.Tree, folder string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(tree)), func(name string) bool { return !strings.HasPrefix(name, folder+"/") })
}

// manifestsIn gives all files of a folder as one stream.
func manifestsIn(tree emit.Tree, folder string) []byte {
	var texts [][]byte
	for _, name := range filesIn(tree, folder) {
		texts = append(texts, tree[name])
	}
	return bytes.Join(texts, []byte("\n---\n"))
}

// asFlux builds a folder as Flux does where it has no kustomization: with one that names every manifest.
func asFlux(t *testing.T, tree emit.Tree, folder string) []byte {
	t.Helper()
	disk := filesys.MakeFsInMemory()
	var resources strings.Builder
	for _, name := range filesIn(tree, folder) {
		resources.WriteString("- " + path.Base(name) + "\n")
		if err := disk.WriteFile(path.Join("/x", path.Base(name)), tree[name]); err != nil {
			t.Fatal(err)
		}
	}
	if resources.Len() == 0 {
		return nil
	}
	if err := disk.WriteFile("/x/kustomization.yaml", []byte("resources:\n"+resources.String())); err != nil {
		t.Fatal(err)
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, "/x")
	if err != nil {
		t.Fatal(err)
	}
	text, err := built.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// placedObjects reads a stream of objects, each of which must have a namespace and stand there once.
func placedObjects(t *testing.T, stream []byte) map[string]map[string]any {
	t.Helper()
	out := map[string]map[string]any{}
	for document := range bytes.SplitSeq(stream, []byte("\n---\n")) {
		var object map[string]any
		if err := yaml.Unmarshal(document, &object); err != nil {
			t.Fatal(err)
		}
		if object == nil {
			continue
		}
		key := objectKey(object)
		if metadata, _ := object["metadata"].(map[string]any); metadata["namespace"] == nil || out[key] != nil {
			t.Errorf("%s has no namespace, or is there twice", key)
		}
		out[key] = object
	}
	return out
}

// wantApplied demands that every folder of the pipeline's manifests is in a path of an object of the engine, and that
// every such path has manifests.
func wantApplied(t *testing.T, tree emit.Tree, g *compiler.Graph) {
	t.Helper()
	env := g.Environment
	if env.GitOps == nil {
		return
	}
	pipeline := g.Pipeline.Name.V
	engine, err := emit.Tree{"clusters/x.yaml": tree["clusters/"+env.Name.V+"/"+pipeline+".yaml"]}.EngineObjects()
	if err != nil {
		t.Fatal(err)
	}
	left := filesIn(tree, emit.Flat.Folder(pipeline, env.Name.V))
	for _, o := range engine {
		spec, _ := o.Value["spec"].(map[string]any)
		if source, ok := spec["source"].(map[string]any); ok { // of an Application
			spec = source
		}
		full, _ := spec["path"].(string)
		folder, err := filepath.Rel(env.GitOps.Path.V, strings.TrimPrefix(full, "./"))
		if err != nil {
			t.Fatal(err)
		}
		before := len(left)
		left = slices.DeleteFunc(left, func(name string) bool { return strings.HasPrefix(name, filepath.ToSlash(folder)+"/") })
		if len(left) == before {
			t.Errorf("%s applies %s, which has nothing, or nothing more", o.ID, full)
		}
	}
	if len(left) > 0 {
		t.Errorf("no object of the engine applies %q", left)
	}
}
