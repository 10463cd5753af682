package emit

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Unfactor is the inverse of Factor: it gives the objects of a pipeline's base and of each of its environments, in order
// of name, from the tree of that pipeline. It reads what Factor writes and nothing more, without kustomize, which would
// take a hundred times as long; for such a tree it gives what kustomize gives.
//
// Anything else in a file (a person's edit, a field of kustomize that we do not use, a file that is missing) is an
// error, which names the file; beside it stand the objects of the folders that can be read.
func Unfactor(t Tree, pipeline string) ([]*Manifests, error) {
	u := &unfactoring{tree: t, pipeline: pipeline, index: map[ID]Manifest{}, targets: map[patchTarget]ID{}}
	if err := u.ledger(); err != nil {
		return nil, err
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
	// index holds the base's objects, targets what a patch calls each of them.
	index   map[ID]Manifest
	targets map[patchTarget]ID
	faults  []error
}

// ledger finds the pipeline's source: all files have the same one.
func (u *unfactoring) ledger() error {
	name := path.Join(u.pipeline, LedgerFile)
	text, ok := u.tree[name]
	if !ok {
		return fmt.Errorf("%s is missing", name)
	}
	l, err := parseLedger(text)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, file := range slices.Sorted(maps.Keys(l.Files)) {
		u.source = cmp.Or(u.source, l.Files[file].Source)
	}
	return nil
}

func (u *unfactoring) manifests(environment string) *Manifests {
	return &Manifests{Pipeline: u.pipeline, Environment: environment, Source: u.source}
}

// base reads base, which a pipeline without objects lacks.
func (u *unfactoring) base() *Manifests {
	m := u.manifests("")
	dir := path.Join(u.pipeline, baseFolder)
	if !u.tree.Holds(dir) {
		return m
	}
	m.Objects = u.layer(dir, App)
	for _, o := range m.Objects {
		u.index[o.ID] = o
		u.targets[targetOf(o.ID)] = o.ID
	}
	return m
}

// environments are those that have an overlay.
func (u *unfactoring) environments() []string {
	prefix := path.Join(u.pipeline, overlaysFolder) + "/"
	var out []string
	for name := range u.tree {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			if env, file, ok := strings.Cut(rest, "/"); ok && file == kustomizationFile {
				out = append(out, env)
			}
		}
	}
	slices.Sort(out)
	return out
}

// overlay reads overlays/<env>, which joins the layers.
func (u *unfactoring) overlay(env string) *Manifests {
	m := u.manifests(env)
	dir := Overlay(u.pipeline, env)
	k, err := u.kustomization(dir)
	if err == nil && (k.Namespace != "" || len(k.Patches)+len(k.Configurations) > 0) {
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

// objects gives the objects of a folder: those that stand whole in it, those of base if it is on top of that, patched;
// all in its namespace.
func (u *unfactoring) objects(dir string, layer Layer) ([]Manifest, error) {
	k, err := u.kustomization(dir)
	if err != nil {
		return nil, err
	}
	byID := map[ID]map[string]any{}
	for _, name := range k.Resources {
		if name == path.Join("../../..", baseFolder) && layer == App {
			for id, o := range u.index {
				byID[id] = o.Value
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
	for _, p := range k.Patches {
		if err := u.patch(dir, p, byID); err != nil {
			return nil, err
		}
	}
	return stamp(byID, layer, k.Namespace), nil
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
