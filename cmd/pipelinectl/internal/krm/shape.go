package krm

import (
	"fmt"
	"maps"
	"slices"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// checkShape demands that what is read of every item has the type that it has in an object. kyaml takes that for granted,
// and panics where it is not so.
func checkShape(item *yaml.RNode) error {
	top, err := fields("the item", item.YNode(), "apiVersion", "kind")
	if err != nil {
		return err
	}
	metadata := top["metadata"]
	if metadata == nil {
		return nil
	}
	inner, err := fields("metadata", metadata, "name", "namespace")
	if err != nil {
		return err
	}
	for _, name := range []string{"labels", "annotations"} {
		values := inner[name]
		if values == nil {
			continue
		}
		notes, err := fields("metadata."+name, values)
		if err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(notes)) {
			if notes[key].Kind != yaml.ScalarNode {
				return fmt.Errorf("%q in metadata.%s is no text", key, name)
			}
		}
	}
	return nil
}

// fields gives the values of a map by key; those named must be scalars.
func fields(what string, node *yaml.Node, scalars ...string) (map[string]*yaml.Node, error) {
	if node == nil || node.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s is no map", what)
	}
	out := make(map[string]*yaml.Node, len(node.Content)/2)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("%s has a key that is no text", what)
		}
		if out[key.Value] != nil {
			return nil, fmt.Errorf("%s has the key %q twice", what, key.Value)
		}
		out[key.Value] = node.Content[i+1]
	}
	for _, name := range scalars {
		if value := out[name]; value != nil && value.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("%s of %s is no text", name, what)
		}
	}
	return out, nil
}
