package workload_test

import (
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/workload"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// written is a value that stands in a document.
func written[T any](v T) schema.Value[T] {
	return schema.Value[T]{V: v, Pos: diag.Pos{File: "pipeline.yaml", Line: 1, Col: 1}}
}

// quantity is an amount that stands in a document.
func quantity(t *testing.T, text string) schema.Value[workload.Quantity] {
	t.Helper()
	var q workload.Quantity
	if err := q.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return written(q)
}

// graph is a pipeline of one node; env may be nil.
func graph(env *compiler.Environment) (*compiler.Graph, *compiler.Node) {
	n := &compiler.Node{
		Name:     "label",
		Kind:     "algo",
		Object:   "photos-label",
		User:     "photos.label",
		Group:    "photos.label",
		Runner:   &contract.Node{Drain: contract.Duration(30500 * time.Millisecond)},
		Contract: []byte(`{"version": 1}`),
		Hash:     "0123456789abcdef",
	}
	g := &compiler.Graph{
		Pipeline:    &compiler.Pipeline{Name: written("photos")},
		Environment: env,
		Names:       compiler.Names{Pipeline: "photos"},
		Nodes:       []*compiler.Node{n},
	}
	return g, n
}

// environment is one with a Kafka of Strimzi's in the namespace kafka.
func environment(change func(*compiler.Environment)) *compiler.Environment {
	env := &compiler.Environment{
		Name:      written("prod"),
		Namespace: written("media"),
		Kafka: compiler.KafkaSpec{
			Cluster:          written("main"),
			Namespace:        written("kafka"),
			BootstrapServers: written("main-kafka-bootstrap.kafka.svc:9093"),
		},
	}
	if change != nil {
		change(env)
	}
	return env
}

// emitted gives the objects of a node by kind.
func emitted(t *testing.T, g *compiler.Graph, n *compiler.Node, spec *workload.Spec, pod workload.Pod) map[string]emit.Object {
	t.Helper()
	b := emit.NewBuilder(g)
	if err := workload.Emit(b, n, spec, pod); err != nil {
		t.Fatal(err)
	}
	bundle, err := b.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]emit.Object{}
	for _, r := range bundle.Resources {
		out[r.ID().Kind] = r.Object
	}
	return out
}
