package emit

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
)

// Manifests are the objects of one pipeline in one environment, or of its base, as a Tree has them.
type Manifests struct {
	Pipeline string
	// Environment is empty for the base.
	Environment string
	// Source is the file that the pipeline was compiled from, relative to its project, as the ledger says.
	Source string
	// Objects are unique by ID and sorted by layer and ID.
	Objects []Manifest
}

// Manifest is one object as its text says, complete: patched, and with its namespace.
type Manifest struct {
	ID    ID
	Layer Layer
	// Value is the object: map[string]any, []any, string, bool, int64 and float64. Objects share parts of it: do not
	// change it.
	Value map[string]any
}

// Pipelines gives the part of the tree that belongs to each pipeline, by name.
func (t Tree) Pipelines() map[string]Tree {
	out := map[string]Tree{}
	for name, text := range t {
		pipeline, _, _ := strings.Cut(name, "/")
		if out[pipeline] == nil {
			out[pipeline] = Tree{}
		}
		out[pipeline][name] = text
	}
	return out
}

// LedgerPaths gives the paths of the files that a ledger names, relative to the output folder, sorted. An error is a
// ledger that cannot be read.
func LedgerPaths(pipeline string, text []byte) ([]string, error) {
	l, err := parseLedger(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path.Join(pipeline, LedgerFile), err)
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(l.Files)) {
		out = append(out, path.Join(pipeline, name))
	}
	return out, nil
}

// Recall adds to a pipeline's tree the files that its ledger names and that it lacks, as far as another tree knows their
// content: the same file with the digest that the ledger says. It gives a new tree.
func (t Tree) Recall(pipeline string, from Tree) Tree {
	l, err := parseLedger(t[path.Join(pipeline, LedgerFile)])
	if err != nil {
		return t // there is nothing to know; Unfactor says what is wrong
	}
	out := maps.Clone(t)
	for name, entry := range l.Files {
		full := path.Join(pipeline, name)
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
