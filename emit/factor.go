package emit

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

	"sigs.k8s.io/kustomize/api/types"
)

// Tree is what is written: the bytes of each file by its path, with slashes, relative to the output folder. UnitOf says
// to which unit a file belongs; each unit's ledger is one of the files.
type Tree map[string][]byte

// Factor turns the bundles of one pipeline into its tree: the base, its components, and for each environment an overlay
// that makes of them exactly the environment's objects. Objects of layer App that both have become JSON patches, each
// proved by applying it; those that base lacks stand whole in app; those that only base has are deleted by a patch. A
// component counts as base where the environment has one of its objects, else the overlay leaves it out. Objects of layer
// Kafka stand whole in kafka. Base and components depend on no environment. An error is an internal fault.
func Factor(base *Bundle, environments []*Bundle) (Tree, error) {
	files, err := factorFiles(base, environments)
	if err != nil {
		return nil, err
	}
	return Kustomize.seal(Unit(base.Pipeline), base.Source, files)
}

// factorFiles is Factor without the ledger: the paths are relative to the pipeline's folder.
func factorFiles(base *Bundle, environments []*Bundle) (map[string][]byte, error) {
	f := &factoring{
		base:  base,
		parts: components(base.Resources),
		index: make(map[ID]Resource, len(base.Resources)),
		names: fileNames(base.Resources),
		files: map[string][]byte{},
	}
	for _, r := range base.Resources {
		f.index[r.ID()] = r
	}
	for _, name := range slices.Sorted(maps.Keys(f.parts)) {
		dir, k := path.Join(componentsFolder, string(name)), componentKustomization()
		if name == "" {
			dir, k = baseFolder, kustomization("")
		}
		if err := f.folder(dir, k, f.parts[name], name == ""); err != nil {
			return nil, fmt.Errorf("factor: pipeline %s: %w", base.Pipeline, err)
		}
	}
	byName := func(x, y *Bundle) int { return cmp.Compare(x.Environment, y.Environment) }
	for _, env := range slices.SortedFunc(slices.Values(environments), byName) {
		if err := f.overlay(env); err != nil {
			return nil, fmt.Errorf("factor: pipeline %s, environment %s: %w", base.Pipeline, env.Environment, err)
		}
	}
	return f.files, nil
}

// factoring is one run of Factor.
type factoring struct {
	base *Bundle
	// parts are its resources by component.
	parts map[Component][]Resource
	// index and names are the base's resources and the names of their files.
	index map[ID]Resource
	names map[ID]string
	// files are the result, by path relative to the pipeline's folder.
	files   map[string][]byte
	printer printer
}

// overlay writes overlays/<env>, which joins the layers that hold anything.
func (f *factoring) overlay(env *Bundle) error {
	dir := path.Join(overlaysFolder, env.Environment)
	if _, again := f.files[path.Join(dir, kustomizationFile)]; again {
		return errors.New("there are two bundles of this environment")
	}
	both := kustomization("")
	if app := env.Layer(App); len(app)+len(f.parts[""]) > 0 {
		both.Resources = append(both.Resources, App.String())
		if err := f.app(path.Join(dir, App.String()), env.Namespace, app); err != nil {
			return err
		}
	}
	if kafka := env.Layer(Kafka); len(kafka) > 0 {
		both.Resources = append(both.Resources, Kafka.String())
		if err := f.folder(path.Join(dir, Kafka.String()), kustomization(env.KafkaNamespace), kafka, true); err != nil {
			return err
		}
	}
	if len(both.Resources) == 0 {
		return nil
	}
	return f.write(path.Join(dir, kustomizationFile), both)
}

// app writes the overlay of one environment's own objects over base and those components that it has anything of.
func (f *factoring) app(dir, namespace string, resources []Resource) error {
	k := kustomization(namespace)
	var whole []Resource
	present := make(map[ID]bool, len(resources))
	included := map[Component]bool{"": true}
	for _, r := range resources {
		id := r.ID().anywhere()
		present[id] = true
		base, ok := f.index[id]
		if !ok {
			whole = append(whole, r)
			continue
		}
		included[base.Component] = true
		patched, err := f.patch(dir, base, r)
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		if patched {
			k.Patches = append(k.Patches, types.Patch{Path: path.Join(patchesFolder, f.names[id]), Target: target(base)})
		}
	}
	deletions, err := f.deletions(dir, present, included)
	if err != nil {
		return err
	}
	k.Patches = append(k.Patches, deletions...)
	slices.SortFunc(k.Patches, func(x, y types.Patch) int { return cmp.Compare(x.Path, y.Path) })
	if f.parts[""] != nil {
		k.Resources = append(k.Resources, basePath())
	}
	for _, name := range slices.Sorted(maps.Keys(included)) {
		if name != "" {
			k.Components = append(k.Components, componentPath(name))
		}
	}
	return f.folder(dir, k, whole, f.parts[""] == nil)
}

// deletions writes the patches that remove what an overlay has from base and the included components, but which is not
// present in its environment.
func (f *factoring) deletions(dir string, present map[ID]bool, included map[Component]bool) ([]types.Patch, error) {
	var out []types.Patch
	for _, base := range f.base.Resources {
		id := base.ID()
		if present[id] || !included[base.Component] {
			continue
		}
		file := path.Join(patchesFolder, f.names[id])
		out = append(out, types.Patch{Path: file})
		if err := f.write(path.Join(dir, file), deletion(base)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// basePath and componentPath lead from the app of an overlay to what it is on top of.
func basePath() string { return path.Join("../../..", baseFolder) }

func componentPath(name Component) string {
	return path.Join("../../..", componentsFolder, string(name))
}

// folder writes a kustomization with objects that stand whole in it. Where it has no base below it, it carries the
// transformers' configuration.
func (f *factoring) folder(dir string, k types.Kustomization, whole []Resource, configured bool) error {
	names := fileNames(whole)
	for _, r := range whole {
		name := names[r.ID().anywhere()]
		k.Resources = append(k.Resources, name)
		if err := f.print(path.Join(dir, name), placeless(r)); err != nil {
			return fmt.Errorf("%s: %w", r.ID(), err)
		}
	}
	slices.Sort(k.Resources)
	if configured {
		k.Configurations = []string{configurationFile}
		text, err := configurationText()
		if err != nil {
			return err
		}
		f.files[path.Join(dir, configurationFile)] = text
	}
	return f.write(path.Join(dir, kustomizationFile), k)
}

// write prints a struct into a file.
func (f *factoring) write(name string, v any) error {
	value, err := jsonValue(v)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return f.print(name, value)
}

func (f *factoring) print(name string, value any) error {
	text, err := f.printer.document(value)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	f.files[name] = text
	return nil
}
