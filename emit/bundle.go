package emit

// Bundle is every object of one pipeline in one environment, or in none (the base). Nobody changes it once Emit has
// returned it.
type Bundle struct {
	Pipeline string
	// Environment is the environment's name, empty for the base.
	Environment string
	// Namespace is that of layer App, KafkaNamespace that of layer Kafka; both are empty for the base.
	Namespace, KafkaNamespace string
	// Source is the file that holds the pipeline, relative to the project.
	Source string
	// Resources are unique by ID and sorted by layer and ID.
	Resources []Resource
}

// Layer gives the resources of one layer, in order.
func (b *Bundle) Layer(layer Layer) []Resource {
	var out []Resource
	for _, r := range b.Resources {
		if r.Layer == layer {
			out = append(out, r)
		}
	}
	return out
}
