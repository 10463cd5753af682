package emit

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/compiler"
)

// EngineObjects reads the objects that a tree has for GitOps engines, those of every pipeline and every environment in it,
// sorted by ID. A kustomization, which an engine's own installation may take up, is none. An error names each file that
// cannot be read; the objects of the others stand beside it.
func (t Tree) EngineObjects() ([]Manifest, error) {
	var out []Manifest
	var faults []error
	reading := &unfactoring{tree: t}
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if !strings.HasPrefix(name, compiler.ClustersFolder+"/") || path.Ext(name) != ".yaml" || path.Base(name) == kustomizationFile {
			continue
		}
		values, err := reading.documents(name)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		for _, value := range values {
			id, err := identity(value)
			if err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", name, err))
				continue
			}
			out = append(out, Manifest{ID: id, Value: value})
		}
	}
	slices.SortFunc(out, func(x, y Manifest) int { return x.ID.Compare(y.ID) })
	return out, errors.Join(faults...)
}
