package emit

// Component names optional objects that cross environments: they stand in a kustomize component of their own, which an
// overlay includes where its environment has any of them. The empty one is the base, which every overlay is on top of.
type Component string

// The components.
const (
	// Disruption holds what keeps pods up while machines are drained.
	Disruption Component = "disruption"
	// Monitoring holds what tells Prometheus of the runners.
	Monitoring Component = "monitoring"
)

// components gives the resources of each component, in order; those of the base are under the empty name.
func components(resources []Resource) map[Component][]Resource {
	out := map[Component][]Resource{}
	for _, r := range resources {
		out[r.Component] = append(out[r.Component], r)
	}
	return out
}
