package emit

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pipelinectl/pipelinectl/compiler"
)

// Builder collects the objects of one graph. Faults are gathered, so that an Emitter need not look at each Add: they
// come out of Bundle.
type Builder struct {
	graph     *compiler.Graph
	component Component
	*collection
}

// collection is what the builders of one graph have collected, for whichever component.
type collection struct {
	resources map[ID]collected
	// whole are the components whose objects Once has had added.
	whole  map[Component]bool
	faults []error
}

// collected is one object with whether others may add it again.
type collected struct {
	Resource
	shared bool
}

// NewBuilder gives an empty Builder for a graph.
func NewBuilder(g *compiler.Graph) *Builder {
	return &Builder{graph: g, collection: &collection{resources: map[ID]collected{}, whole: map[Component]bool{}}}
}

// Of gives a Builder that collects the objects of a component, which are of layer App, into the same Bundle.
func (b *Builder) Of(component Component) *Builder {
	return &Builder{graph: b.graph, component: component, collection: b.collection}
}

// Once has the objects of a component added that belong to the whole pipeline. Every node that needs them may call it: the
// first call adds them, to a Builder as Of gives it.
func (b *Builder) Once(component Component, add func(*Builder)) {
	if !b.whole[component] {
		b.whole[component] = true
		add(b.Of(component))
	}
}

// Graph is the plan that is being emitted. Its Environment is nil for the base.
func (b *Builder) Graph() *compiler.Graph { return b.graph }

// Add takes over an object, whose TypeMeta and name the caller has set, and sets its namespace: the environment's for
// App, Kafka's for Kafka, none in base. A second object of the same identity is a fault, and so is an object of layer
// Kafka in base, which knows no Kafka.
func (b *Builder) Add(layer Layer, obj Object) { b.add(layer, obj, false) }

// Share is Add for an object that several nodes need: each may share it, and all must give the same.
func (b *Builder) Share(layer Layer, obj Object) { b.add(layer, obj, true) }

func (b *Builder) add(layer Layer, obj Object, shared bool) {
	namespace, err := b.namespace(layer)
	if err != nil {
		b.fault(obj, err)
		return
	}
	obj.SetNamespace(namespace)
	id := idOf(obj)
	if id.Kind == "" || id.Name == "" || obj.GetObjectKind().GroupVersionKind().Version == "" {
		b.fault(obj, errors.New("apiVersion, kind and name must be set"))
		return
	}
	r, err := newResource(layer, obj)
	if err != nil {
		b.fault(obj, err)
		return
	}
	r.Component = b.component
	switch earlier, clash := b.resources[id]; {
	case !clash:
		b.resources[id] = collected{Resource: r, shared: shared}
	case !shared || !earlier.shared:
		b.fault(obj, errors.New("is emitted twice"))
	case earlier.Layer != layer || earlier.Component != r.Component || !same(earlier.tree, r.tree):
		b.fault(obj, errors.New("is shared by nodes that disagree on it"))
	}
}

func (b *Builder) fault(obj Object, err error) {
	b.faults = append(b.faults, fmt.Errorf("%s: %w", idOf(obj), err))
}

func (b *Builder) namespace(layer Layer) (string, error) {
	env := b.graph.Environment
	switch {
	case layer != App && layer != Kafka:
		return "", errors.New(layer.String())
	case layer == Kafka && b.component != "":
		return "", fmt.Errorf("component %s is one of layer app", b.component)
	case env == nil && layer == Kafka:
		return "", errors.New("an object of layer kafka needs an environment")
	case env == nil:
		return "", nil
	case layer == Kafka:
		return env.KafkaNamespace(), nil
	default:
		return env.Namespace.V, nil
	}
}

// Bundle gives what was collected, or every fault, joined.
func (b *Builder) Bundle() (*Bundle, error) {
	if err := errors.Join(b.faults...); err != nil {
		return nil, err
	}
	out := &Bundle{Pipeline: b.graph.Pipeline.Name.V, Source: b.graph.Pipeline.Source}
	if env := b.graph.Environment; env != nil {
		out.Environment, out.Namespace, out.KafkaNamespace = env.Name.V, env.Namespace.V, env.KafkaNamespace()
	}
	ids := slices.SortedFunc(maps.Keys(b.resources), func(x, y ID) int {
		return cmp.Or(cmp.Compare(b.resources[x].Layer, b.resources[y].Layer), x.Compare(y))
	})
	for _, id := range ids {
		out.Resources = append(out.Resources, b.resources[id].Resource)
	}
	return out, nil
}
