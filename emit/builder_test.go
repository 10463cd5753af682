package emit

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// component emits what its function adds.
type component func(*Builder, *compiler.Node) error

func (c component) Name() schema.Value[string] { return schema.Value[string]{} }
func (c component) Ports() compiler.Ports      { return compiler.Ports{} }
func (c component) Plan(*compiler.Graph, *compiler.Node) (*contract.Node, diag.List) {
	return nil, nil
}
func (c component) Emit(b *Builder, n *compiler.Node) error { return c(b, n) }

// mute is a component of a kind that emits nothing.
type mute struct{ compiler.Component }

func TestEmit(t *testing.T) {
	emits := component(func(b *Builder, n *compiler.Node) error {
		b.Add(App, service(n.Name, 80))
		b.Share(App, denyAll("all"))
		if b.Graph().Environment != nil {
			b.Add(Kafka, topic(n.Name, 1))
		}
		return nil
	})
	nodes := []*compiler.Node{{Name: "b", Component: emits}, {Name: "a", Component: emits}}
	for env, want := range map[string][]string{
		"":     {"app //service/a", "app //service/b", "app //networkpolicy.networking.k8s.io/all"},
		"prod": {"app prod-app/service/a", "app prod-app/service/b", "app prod-app/networkpolicy.networking.k8s.io/all", "kafka prod-kafka/kafkatopic.kafka.strimzi.io/a", "kafka prod-kafka/kafkatopic.kafka.strimzi.io/b"},
	} {
		b, err := Emit(graph(env, nodes...))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range b.Resources {
			got = append(got, r.Layer.String()+" "+cmpSlash(r.ID().Namespace)+"/"+r.ID().String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("in %q: %q, want %q", env, got, want)
		}
		if b.Pipeline != "photos" || b.Environment != env || b.Source != "pipelines/photos.yaml" {
			t.Errorf("bundle is of %q in %q from %q", b.Pipeline, b.Environment, b.Source)
		}
		if env != "" && (b.Namespace != env+"-app" || b.KafkaNamespace != env+"-kafka") {
			t.Errorf("namespaces %q and %q", b.Namespace, b.KafkaNamespace)
		}
	}
}

// cmpSlash shows an empty namespace as a slash.
func cmpSlash(namespace string) string {
	if namespace == "" {
		return "/"
	}
	return namespace
}

func TestEmitFaults(t *testing.T) {
	nameless := service("", 80)
	adds := func(add func(*Builder)) component {
		return func(b *Builder, _ *compiler.Node) error { add(b); return nil }
	}
	for _, test := range []struct {
		name, env string
		component compiler.Component
		want      string
	}{
		{"twice", "", adds(func(b *Builder) { b.Add(App, service("a", 80)); b.Add(App, service("a", 80)) }), "service/a: is emitted twice"},
		{"shared by one only", "", adds(func(b *Builder) { b.Share(App, service("a", 80)); b.Add(App, service("a", 80)) }), "service/a: is emitted twice"},
		{"disagree", "", adds(func(b *Builder) { b.Share(App, service("a", 80)); b.Share(App, service("a", 81)) }), "service/a: is shared by nodes that disagree on it"},
		{"kafka in base", "", adds(func(b *Builder) { b.Add(Kafka, topic("a", 1)) }), "kafkatopic.kafka.strimzi.io/a: an object of layer kafka needs an environment"},
		{"no layer", "prod", adds(func(b *Builder) { b.Add(0, topic("a", 1)) }), "invalid layer 0"},
		{"no name", "", adds(func(b *Builder) { b.Add(App, nameless) }), "must be set"},
		{"own error", "", component(func(*Builder, *compiler.Node) error { return errors.New("broken") }), "node n of pipeline photos: broken"},
		{"no emitter", "", mute{}, "node n of pipeline photos: kind k emits nothing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Emit(graph(test.env, &compiler.Node{Name: "n", Kind: "k", Component: test.component}))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// All faults of a graph come out at once.
func TestEmitGathersFaults(t *testing.T) {
	b := NewBuilder(graph(""))
	b.Add(Kafka, topic("a", 1))
	b.Add(Kafka, topic("b", 1))
	if _, err := b.Bundle(); err == nil || strings.Count(err.Error(), "needs an environment") != 2 {
		t.Errorf("got %v", err)
	}
}
