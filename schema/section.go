package schema

import (
	"maps"
	"slices"
)

// Fields gives the names of the fields that a node of a section can have, sorted; none for an unknown section. It
// panics, as Validate does, when a fragment is no valid schema.
func (s *Set) Fields(section string) []string {
	source, err := s.assembled()
	if err != nil {
		panic(err)
	}
	for _, f := range s.fragments {
		if f.Section == section {
			return slices.Sorted(maps.Keys(at(source, "$defs", f.Kind, "properties")))
		}
	}
	return nil
}
