package emit

import (
	"fmt"
	"path"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/pipelinectl/pipelinectl/compiler"
)

// Overlay is the path, in a Tree, of the kustomization of a pipeline in an environment.
func Overlay(pipeline, environment string) string {
	return path.Join(pipeline, overlaysFolder, environment)
}

// Holds says whether the tree has a kustomization at a path. A pipeline that emits nothing has no overlays.
func (t Tree) Holds(kustomization string) bool {
	_, ok := t[path.Join(kustomization, kustomizationFile)]
	return ok
}

// RenderGraphs emits one pipeline and renders it in one environment: nothing where it emits nothing there. The graphs
// are those of the pipeline, as Compile takes them; what they plan for other environments is neither emitted nor factored.
func RenderGraphs(graphs []*compiler.Graph, environment string) ([]byte, error) {
	var needed []*compiler.Graph
	for _, g := range graphs {
		if g.Environment == nil || g.Environment.Name.V == environment {
			needed = append(needed, g)
		}
	}
	if len(needed) == 0 {
		return nil, nil
	}
	tree, err := Compile(Kustomize, needed, nil)
	if err != nil {
		return nil, err
	}
	return Render(tree, Overlay(needed[0].Pipeline.Name.V, environment))
}

// Render builds a kustomization of the tree (Overlay gives its path) with kustomize, in memory, and gives the final
// manifests as a stream of YAML documents: nothing where the tree does not hold it.
func Render(t Tree, kustomization string) ([]byte, error) {
	if !t.Holds(kustomization) {
		return nil, nil
	}
	files := filesys.MakeFsInMemory()
	for name, text := range t {
		if err := files.WriteFile(path.Join("/", name), text); err != nil {
			return nil, fmt.Errorf("render: %w", err)
		}
	}
	objects, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, path.Join("/", kustomization))
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", kustomization, err)
	}
	text, err := objects.AsYaml()
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", kustomization, err)
	}
	return text, nil
}
