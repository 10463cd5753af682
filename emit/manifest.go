package emit

import "fmt"

// NewManifest takes over a complete object as a decoder of YAML gave it. The layer stays unset. An error is an object
// without apiVersion, kind or name, with a namespace that is no name, or with a value that no tree holds, such as a null.
func NewManifest(value map[string]any) (Manifest, error) {
	if _, err := plainValue(value); err != nil {
		return Manifest{}, err
	}
	id, err := identity(value)
	if err != nil {
		return Manifest{}, fmt.Errorf("the object %w", err)
	}
	return Manifest{ID: id, Value: value}, nil
}

// Manifests gives the bundle's objects as they will be written. The values are the bundle's own: they must not be changed.
func (b *Bundle) Manifests() *Manifests {
	out := &Manifests{Pipeline: b.Pipeline, Environment: b.Environment, Source: b.Source, Objects: make([]Manifest, len(b.Resources))}
	for i, r := range b.Resources {
		out.Objects[i] = Manifest{ID: r.ID(), Layer: r.Layer, Value: r.Tree()}
	}
	return out
}
