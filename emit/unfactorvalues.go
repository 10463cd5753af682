package emit

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
)

// Manifests are the objects of one pipeline in one environment, or of its base, as a Tree has them.
type Manifests struct {
	// Pipeline is empty for what the pipelines of an environment share, of which only Engine has something.
	Pipeline string
	// Environment is empty for the base.
	Environment string
	// Source is the file that the pipeline was compiled from, relative to its project, as the ledger says.
	Source string
	// Objects are unique by ID and sorted by layer and ID.
	Objects []Manifest
	// Engine are the objects by which a GitOps engine applies the others. They are in no layer; sorted by ID.
	Engine []Manifest
}

// Manifest is one object as its text says, complete: patched, and with its namespace.
type Manifest struct {
	ID    ID
	Layer Layer
	// Value is the object: map[string]any, []any, string, bool, int64 and float64. Objects share parts of it: do not
	// change it.
	Value map[string]any
}

// Units gives the part of the tree that belongs to each unit.
func (t Tree) Units() map[Unit]Tree {
	out := map[Unit]Tree{}
	for name, text := range t {
		u := UnitOf(name)
		if out[u] == nil {
			out[u] = Tree{}
		}
		out[u][name] = text
	}
	return out
}

// LedgerPaths gives the paths of the files that a unit's ledger names, relative to the output folder, sorted. An error is
// a ledger that cannot be read.
func LedgerPaths(u Unit, text []byte) ([]string, error) {
	l, err := parseLedger(u, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", u.Ledger(), err)
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(l.Files)) {
		out = append(out, path.Join(string(u), name))
	}
	return out, nil
}

// Recall adds to a unit's tree the files that its ledger names and that it lacks, as far as another tree knows their
// content: the same file with the digest that the ledger says. It gives a new tree.
func (t Tree) Recall(u Unit, from Tree) Tree {
	l, err := parseLedger(u, t[u.Ledger()])
	if err != nil {
		return t // there is nothing to know; Unfactor says what is wrong
	}
	out := maps.Clone(t)
	for name, entry := range l.Files {
		full := path.Join(string(u), name)
		if text, known := from[full]; known && out[full] == nil && digest(text) == entry.SHA256 {
			out[full] = text
		}
	}
	return out
}

// plainValue gives what a YAML decoder gave as the value that a Resource has. No tree holds a null, a date or a key that
// is not a string.
func plainValue(value any) (any, error) {
	switch v := value.(type) {
	case map[string]any:
		for key, item := range v {
			plain, err := plainValue(item)
			if err != nil {
				return nil, err
			}
			if plain == nil {
				return nil, fmt.Errorf("%q is null", key)
			}
			v[key] = plain
		}
	case []any:
		for i, item := range v {
			plain, err := plainValue(item)
			if err != nil {
				return nil, err
			}
			v[i] = plain
		}
	case int:
		return int64(v), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errors.New("a number that JSON lacks")
		}
		return tidy(v), nil
	case nil, string, bool, int64:
	default:
		return nil, fmt.Errorf("a value of type %T", value)
	}
	return value, nil
}
