package emit

import (
	"fmt"
	"path"
)

// flatFiles makes the files of the flat layout for one pipeline: the finished manifests of each environment, one object
// per file, <environment>/<pipeline>/<layer>/<kind>-<name>.yaml, each with its namespace. Nothing else lies there: `kubectl
// apply --recursive` takes the folder as it is, as do engines, which need no kustomization. Paths are relative to the
// pipeline's own folder. An error is an internal fault.
func flatFiles(environments []*Bundle) (map[string][]byte, error) {
	files := map[string][]byte{}
	var p printer
	for _, env := range environments {
		unit := Unit(env.Pipeline)
		for _, layer := range []Layer{App, Kafka} {
			resources := env.Layer(layer)
			names := fileNames(resources)
			for _, r := range resources {
				text, err := p.document(r.tree)
				if err != nil {
					return nil, fmt.Errorf("flat: pipeline %s, environment %s: %s: %w", env.Pipeline, env.Environment, r.ID(), err)
				}
				name := unit.relative(path.Join(Flat.Folder(env.Pipeline, env.Environment), layer.String(), names[r.ID().anywhere()]))
				if _, again := files[name]; again {
					return nil, fmt.Errorf("flat: there are two bundles of pipeline %s in environment %s", env.Pipeline, env.Environment)
				}
				files[name] = text
			}
		}
	}
	return files, nil
}
