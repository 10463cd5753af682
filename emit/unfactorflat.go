package emit

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
)

// flat reads the flat layout, in which objects stand whole and there is no base: the files that the ledger names.
func (u *unfactoring) flat(l ledger) []*Manifests {
	unit := Unit(u.pipeline)
	environments := map[string]*Manifests{}
	in := func(name string) *Manifests {
		if environments[name] == nil {
			environments[name] = u.manifests(name)
			environments[name].Engine = u.engine(name)
		}
		return environments[name]
	}
	for _, name := range slices.Sorted(maps.Keys(l.Files)) {
		full := path.Join(u.pipeline, name)
		switch environment, layer, ok := unit.flatFile(name); {
		case ok:
			m := in(environment)
			if o, ok := u.manifest(full, layer); ok {
				m.Objects = append(m.Objects, o)
			}
		case unit.isEngineFile(name):
			in(path.Base(path.Dir(name)))
		default:
			u.faults = append(u.faults, fmt.Errorf("%s is no file of the layout %s", full, Flat))
		}
	}
	out := slices.SortedFunc(maps.Values(environments), func(x, y *Manifests) int { return cmp.Compare(x.Environment, y.Environment) })
	for _, m := range out {
		u.sort(m)
	}
	return out
}

// sort puts the objects of an environment in their order. That one is there twice is noted as a fault.
func (u *unfactoring) sort(m *Manifests) {
	slices.SortFunc(m.Objects, func(x, y Manifest) int { return x.ID.Compare(y.ID) })
	m.Objects = slices.CompactFunc(m.Objects, func(x, y Manifest) bool {
		if x.ID == y.ID {
			u.faults = append(u.faults, fmt.Errorf("%s has %s twice", Flat.Folder(m.Pipeline, m.Environment), x.ID))
		}
		return x.ID == y.ID
	})
	slices.SortStableFunc(m.Objects, func(x, y Manifest) int { return cmp.Compare(x.Layer, y.Layer) })
}

// manifest reads a file that holds one object with all that it needs. A fault is noted.
func (u *unfactoring) manifest(name string, layer Layer) (Manifest, bool) {
	value, err := u.document(name)
	if err != nil {
		u.faults = append(u.faults, err)
		return Manifest{}, false
	}
	id, err := identity(value)
	if err != nil {
		u.faults = append(u.faults, fmt.Errorf("%s: %w", name, err))
		return Manifest{}, false
	}
	return Manifest{ID: id, Layer: layer, Value: value}, true
}
