package live

import (
	"slices"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/impact"
)

// project gives of a live value what stands where the compiled one has something: what the API server or a controller
// added is theirs, and no difference. Items of a list are looked for by name where all compiled ones have names; any
// other list is compared as a whole, item by item.
func project(compiled, live any) any {
	switch c := compiled.(type) {
	case map[string]any:
		l, ok := live.(map[string]any)
		if !ok {
			return live
		}
		out := make(map[string]any, len(c))
		for key, value := range c {
			if has, there := l[key]; there {
				out[key] = project(value, has)
			}
		}
		return out
	case []any:
		l, ok := live.([]any)
		if !ok {
			return live
		}
		return projectList(c, l)
	default:
		return live
	}
}

func projectList(compiled, live []any) []any {
	if !slices.ContainsFunc(compiled, func(item any) bool { return nameOf(item) == "" }) {
		var out []any
		for _, item := range compiled {
			if i := slices.IndexFunc(live, func(other any) bool { return nameOf(other) == nameOf(item) }); i >= 0 {
				out = append(out, project(item, live[i]))
			}
		}
		return out
	}
	out := slices.Clone(live)
	for i := range min(len(compiled), len(live)) {
		out[i] = project(compiled[i], live[i])
	}
	return out
}

// nameOf is the name of an item of a list, empty where it has none.
func nameOf(item any) string {
	m, _ := item.(map[string]any)
	name, _ := m["name"].(string)
	return name
}

// differences gives what the objects of a pipeline hold otherwise than compiled, by object; those that are missing have
// no entry.
func (s *survey) differences(t Target) map[emit.ID][]impact.Field {
	before, after := *t.Manifests, *t.Manifests
	before.Objects, after.Objects = nil, nil
	for _, m := range t.Manifests.Objects {
		if u := s.objects[m.ID]; u != nil {
			value, _ := project(m.Value, u.Object).(map[string]any)
			before.Objects = append(before.Objects, emit.Manifest{ID: m.ID, Layer: m.Layer, Value: value})
			after.Objects = append(after.Objects, m)
		}
	}
	out := map[emit.ID][]impact.Field{}
	for _, change := range impact.Compare([]*emit.Manifests{&before}, []*emit.Manifests{&after}) {
		if change.Verb == impact.Changed && change.ID.Kind != impact.KindGroup {
			out[change.ID] = change.Fields
		}
	}
	return out
}
