package emit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"

	"go.yaml.in/yaml/v3"
)

// engine reads what the environment's GitOps engine gets for the pipeline: nothing where there is no engine.
func (u *unfactoring) engine(env string) []Manifest {
	unit := Unit(u.pipeline)
	name := path.Join(u.pipeline, unit.engineFile(env))
	if u.tree[name] == nil {
		return nil
	}
	values, err := u.documents(name)
	if err != nil {
		u.faults = append(u.faults, err)
		return nil
	}
	out := make([]Manifest, 0, len(values))
	for _, value := range values {
		id, err := identity(value)
		if err == nil && slices.ContainsFunc(out, func(m Manifest) bool { return m.ID == id }) {
			err = fmt.Errorf("%s is there twice", id)
		}
		if err != nil {
			u.faults = append(u.faults, fmt.Errorf("%s: %w", name, err))
			return nil
		}
		out = append(out, Manifest{ID: id, Value: value})
	}
	slices.SortFunc(out, func(x, y Manifest) int { return x.ID.Compare(y.ID) })
	return out
}

// documents reads a file that holds several objects.
func (u *unfactoring) documents(name string) ([]map[string]any, error) {
	var out []map[string]any
	for dec := yaml.NewDecoder(bytes.NewReader(u.tree[name])); ; {
		var value any
		if err := dec.Decode(&value); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		document, err := asObject(name, value)
		if err != nil {
			return nil, err
		}
		out = append(out, document)
	}
}
