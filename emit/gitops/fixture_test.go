package gitops_test

import (
	"maps"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

func written[T any](v T) schema.Value[T] {
	return schema.Value[T]{V: v, Pos: diag.Pos{File: "prod.yaml", Line: 1, Col: 1}}
}

// environment is one whose engine finds a tree in a repository; nothing else is said.
func environment(engine, repository string) *compiler.Environment {
	return &compiler.Environment{
		Name:      written("prod"),
		Namespace: written("media"),
		Kafka:     compiler.KafkaSpec{Cluster: written("main"), Namespace: written("kafka")},
		GitOps:    &compiler.GitOpsSpec{Engine: written(engine), Repository: written(repository)},
	}
}

// object stands for one of any kind.
type object struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
}

// kinds are all custom kinds that are emitted, and a built-in one, by layer.
var kinds = map[emit.Layer][]metav1.TypeMeta{
	emit.Kafka: {
		{APIVersion: "kafka.strimzi.io/v1", Kind: "KafkaConnect"},
		{APIVersion: "kafka.strimzi.io/v1", Kind: "KafkaConnector"},
		{APIVersion: "kafka.strimzi.io/v1", Kind: "KafkaTopic"},
		{APIVersion: "kafka.strimzi.io/v1", Kind: "KafkaUser"},
	},
	emit.App: {
		{APIVersion: "apps/v1", Kind: "Deployment"},
		{APIVersion: "access.strimzi.io/v1alpha1", Kind: "KafkaAccess"},
		{APIVersion: "cert-manager.io/v1", Kind: "Certificate"},
		{APIVersion: "cert-manager.io/v1", Kind: "Issuer"},
		{APIVersion: "getambassador.io/v3alpha1", Kind: "Host"},
		{APIVersion: "getambassador.io/v3alpha1", Kind: "Mapping"},
	},
}

// emitted gives a graph in an environment with a bundle of two objects of each kind in the layers.
func emitted(t *testing.T, env *compiler.Environment, layers ...emit.Layer) (*compiler.Graph, *emit.Bundle) {
	t.Helper()
	g := &compiler.Graph{
		Pipeline: &compiler.Pipeline{
			Name:   written("photos"),
			Labels: schema.Entries[schema.Value[string]]{{Key: written("team"), Value: written("media")}},
		},
		Environment: env,
		Names:       compiler.Names{Pipeline: "photos"},
	}
	b := emit.NewBuilder(g)
	for _, layer := range layers {
		for _, kind := range kinds[layer] {
			for _, name := range []string{"one", "two"} {
				b.Add(layer, gitops.Decorate(env, &object{TypeMeta: kind, ObjectMeta: metav1.ObjectMeta{Name: name}}))
			}
		}
	}
	bundle, err := b.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	return g, bundle
}

// files are all that an environment's engine gets for one pipeline.
func files(t *testing.T, env *compiler.Environment, layers ...emit.Layer) emit.Tree {
	t.Helper()
	out, err := gitops.Applications(emit.Kustomize)(emitted(t, env, layers...))
	if err != nil {
		t.Fatal(err)
	}
	shared, err := gitops.Shared(env)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(out, shared)
	return out
}

// whole gives numbers the type that Kubernetes gives them.
func whole(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, item := range v {
			v[key] = whole(item)
		}
	case []any:
		for i, item := range v {
			v[i] = whole(item)
		}
	case float64:
		return int64(v)
	}
	return value
}
