package emit

import (
	"fmt"
	"path"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
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
