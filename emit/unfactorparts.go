package emit

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
)

// base reads base, which a pipeline without objects lacks, and the components.
func (u *unfactoring) base() *Manifests {
	m := u.manifests("")
	if dir := path.Join(u.pipeline, baseFolder); u.tree.Holds(dir) {
		m.Objects = u.part(basePath(), u.layer(dir, App))
	}
	for _, name := range u.folders(componentsFolder) {
		objects := u.component(path.Join(u.pipeline, componentsFolder, name))
		m.Objects = append(m.Objects, u.part(componentPath(Component(name)), objects)...)
	}
	slices.SortFunc(m.Objects, func(x, y Manifest) int { return x.ID.Compare(y.ID) })
	return m
}

// part notes the objects that an overlay's app gets by a path.
func (u *unfactoring) part(name string, objects []Manifest) []Manifest {
	u.parts[name] = objects
	for _, o := range objects {
		u.targets[targetOf(o.ID)] = o.ID
	}
	return objects
}

// lay puts the objects of a part among those of a folder.
func (u *unfactoring) lay(name string, byID map[ID]map[string]any) error {
	for _, o := range u.parts[name] {
		if byID[o.ID] != nil {
			return fmt.Errorf("%s of %s is there already", o.ID, name)
		}
		byID[o.ID] = o.Value
	}
	return nil
}

// component reads the folder of a component, which has objects and nothing else. One with a fault counts as empty.
func (u *unfactoring) component(dir string) []Manifest {
	k, err := u.kustomization(dir, types.ComponentKind)
	if err == nil && (k.Namespace != "" || len(k.Patches)+len(k.Configurations)+len(k.Components) > 0) {
		err = fmt.Errorf("%s has more than resources", path.Join(dir, kustomizationFile))
	}
	var byID map[ID]map[string]any
	if err == nil {
		byID, err = u.whole(dir, k, false)
	}
	if err != nil {
		u.faults = append(u.faults, err)
	}
	return stamp(byID, App, "")
}

// folders are those in a folder of the pipeline that have a kustomization, sorted.
func (u *unfactoring) folders(parent string) []string {
	prefix := path.Join(u.pipeline, parent) + "/"
	var out []string
	for name := range u.tree {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			if folder, file, ok := strings.Cut(rest, "/"); ok && file == kustomizationFile {
				out = append(out, folder)
			}
		}
	}
	slices.Sort(out)
	return out
}
