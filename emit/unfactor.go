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

// Unfactor is the inverse of Factor: it gives the objects of a pipeline's base, those of its components among them, and of
// each of its environments, in order of name, from the tree of that pipeline. In the flat layout, which its ledger says,
// there is no base. It reads what Factor writes and nothing more, without kustomize, which would take a hundred times as
// long; for such a tree it gives what kustomize gives.
//
// Anything else in a file (a person's edit, a field of kustomize that we do not use, a file that is missing) is an
// error, which names the file; beside it stand the objects of the folders that can be read.
func Unfactor(t Tree, pipeline string) ([]*Manifests, error) {
	u := &unfactoring{tree: t, pipeline: pipeline, parts: map[string][]Manifest{}, targets: map[patchTarget]ID{}}
	l, err := u.ledger()
	if err != nil {
		return nil, err
	}
	if l.Layout == Flat {
		return u.flat(l), errors.Join(u.faults...)
	}
	out := []*Manifests{u.base()}
	for _, env := range u.environments() {
		out = append(out, u.overlay(env))
	}
	return out, errors.Join(u.faults...)
}

// unfactoring is one run of Unfactor.
type unfactoring struct {
	tree             Tree
	pipeline, source string
	// parts are the objects of base and of each component, by its path from an overlay's app; targets is what a patch calls
	// each of them.
	parts   map[string][]Manifest
	targets map[patchTarget]ID
	faults  []error
}

// ledger reads the ledger, and finds the pipeline's source: all files have the same one.
func (u *unfactoring) ledger() (ledger, error) {
	unit := Unit(u.pipeline)
	name := unit.Ledger()
	text, ok := u.tree[name]
	if !ok {
		return ledger{}, fmt.Errorf("%s is missing", name)
	}
	l, err := parseLedger(unit, text)
	if err != nil {
		return ledger{}, fmt.Errorf("%s: %w", name, err)
	}
	for _, file := range slices.Sorted(maps.Keys(l.Files)) {
		u.source = cmp.Or(u.source, l.Files[file].Source)
	}
	return l, nil
}

func (u *unfactoring) manifests(environment string) *Manifests {
	return &Manifests{Pipeline: u.pipeline, Environment: environment, Source: u.source}
}

// environments are those that have an overlay, or an engine that applies it.
func (u *unfactoring) environments() []string {
	out := u.folders(overlaysFolder)
	unit := Unit(u.pipeline)
	for name := range u.tree {
		if unit.isEngineFile(unit.relative(name)) {
			out = append(out, path.Base(path.Dir(name)))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// overlay reads overlays/<env>, which joins the layers.
func (u *unfactoring) overlay(env string) *Manifests {
	m := u.manifests(env)
	m.Engine = u.engine(env)
	dir := Overlay(u.pipeline, env)
	k, err := u.kustomization(dir, types.KustomizationKind)
	if err == nil && (k.Namespace != "" || len(k.Patches)+len(k.Configurations)+len(k.Components) > 0) {
		err = fmt.Errorf("%s has more than resources", path.Join(dir, kustomizationFile))
	}
	if err != nil {
		u.faults = append(u.faults, err)
		return m
	}
	for _, name := range k.Resources {
		switch name {
		case App.String():
			m.Objects = append(m.Objects, u.layer(path.Join(dir, name), App)...)
		case Kafka.String():
			m.Objects = append(m.Objects, u.layer(path.Join(dir, name), Kafka)...)
		default:
			u.faults = append(u.faults, fmt.Errorf("%s has the resource %q, which no build writes", path.Join(dir, kustomizationFile), name))
		}
	}
	slices.SortFunc(m.Objects, func(x, y Manifest) int {
		return cmp.Or(cmp.Compare(x.Layer, y.Layer), x.ID.Compare(y.ID))
	})
	return m
}

// layer reads a folder that holds objects. One with a fault counts as empty.
func (u *unfactoring) layer(dir string, layer Layer) []Manifest {
	objects, err := u.objects(dir, layer)
	if err != nil {
		u.faults = append(u.faults, err)
		return nil
	}
	return objects
}

// objects gives the objects of a folder: those that stand whole in it, those of base and of components if it is on top of
// them, patched; all in its namespace.
func (u *unfactoring) objects(dir string, layer Layer) ([]Manifest, error) {
	k, err := u.kustomization(dir, types.KustomizationKind)
	if err != nil {
		return nil, err
	}
	byID, err := u.whole(dir, k, layer == App)
	if err != nil {
		return nil, err
	}
	for _, p := range k.Patches {
		if err := u.patch(dir, p, byID); err != nil {
			return nil, err
		}
	}
	return stamp(byID, layer, k.Namespace), nil
}

// whole gives the objects that a kustomization brings together, before any patch. It may stand on top of base and
// components or not.
func (u *unfactoring) whole(dir string, k kustomizationText, onTop bool) (map[ID]map[string]any, error) {
	byID := map[ID]map[string]any{}
	for _, name := range k.Resources {
		if name == basePath() && onTop {
			if err := u.lay(name, byID); err != nil {
				return nil, fmt.Errorf("%s: %w", path.Join(dir, kustomizationFile), err)
			}
			continue
		}
		file := path.Join(dir, name)
		value, err := u.document(file)
		if err != nil {
			return nil, err
		}
		id, err := identify(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if byID[id] != nil {
			return nil, fmt.Errorf("%s: %s is there already", file, id)
		}
		byID[id] = value
	}
	for _, name := range k.Components {
		err := fmt.Errorf("has the component %q, which is none of the pipeline's", name)
		if onTop && name != basePath() && u.parts[name] != nil {
			err = u.lay(name, byID)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path.Join(dir, kustomizationFile), err)
		}
	}
	return byID, nil
}

// stamp gives the objects of a layer with their namespace.
func stamp(byID map[ID]map[string]any, layer Layer, namespace string) []Manifest {
	out := make([]Manifest, 0, len(byID))
	for id, value := range byID {
		if metadata, ok := value["metadata"].(map[string]any); ok && namespace != "" {
			metadata, value = maps.Clone(metadata), maps.Clone(value)
			metadata["namespace"] = namespace
			value["metadata"], id.Namespace = metadata, namespace
		}
		out = append(out, Manifest{ID: id, Layer: layer, Value: value})
	}
	slices.SortFunc(out, func(x, y Manifest) int { return x.ID.Compare(y.ID) })
	return out
}
