package strimzi_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/strimzi"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

func written[T any](v T) schema.Value[T] {
	return schema.Value[T]{V: v, Pos: diag.Pos{File: "pipeline.yaml", Line: 1, Col: 1}}
}

func environment(authentication, credentials string) *compiler.Environment {
	env := &compiler.Environment{
		Name:      written("prod"),
		Namespace: written("media"),
		Kafka:     compiler.KafkaSpec{Cluster: written("main"), Namespace: written("kafka")},
	}
	if authentication != "" {
		env.Kafka.Authentication = &compiler.AuthenticationSpec{Type: written(authentication)}
	}
	if credentials != "" {
		env.Kafka.Credentials.From = written(credentials)
	}
	return env
}

// label reads two topics, one of them twice and one of others, and writes one.
func label() *compiler.Node {
	topic := func(name string, managed bool) *compiler.Topic {
		t := &compiler.Topic{Name: name, Managed: managed, Partitions: 3}
		if managed {
			t.Object = strings.ToLower(name)
		}
		return t
	}
	thumb, legacy := topic("P_photos.resize.thumb", true), topic("crm.customers", false)
	labels := topic("P_photos.label.labels", true)
	labels.ReplicationFactor = 2
	labels.Config = map[string]string{"retention.ms": "604800000", "cleanup.policy": "compact"}
	return &compiler.Node{
		Name:        "label",
		Object:      "photos-label",
		User:        "p-photos.label",
		Group:       "P_photos.label",
		Inputs:      []compiler.Input{{Name: "a", Topics: []*compiler.Topic{thumb, legacy}}, {Name: "b", Topics: []*compiler.Topic{thumb}}},
		Outputs:     []compiler.Output{{Name: "labels", Topic: labels}},
		DeadLetters: topic("P_photos.label.dlq", true),
		Runner:      &contract.Node{},
	}
}

// emitted gives the objects of a node as layer/kind/name.
func emitted(t *testing.T, env *compiler.Environment, n *compiler.Node) map[string]emit.Object {
	t.Helper()
	b := emit.NewBuilder(&compiler.Graph{
		Pipeline:    &compiler.Pipeline{Name: written("photos")},
		Environment: env,
		Names:       compiler.Names{Pipeline: "photos"},
	})
	strimzi.Emit(b, n)
	bundle, err := b.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]emit.Object{}
	for _, r := range bundle.Resources {
		out[r.Layer.String()+"/"+r.ID().Kind+"/"+r.ID().Name] = r.Object
	}
	return out
}

func TestEmitKinds(t *testing.T) {
	const (
		dlq    = "kafka/KafkaTopic/p_photos.label.dlq"
		labels = "kafka/KafkaTopic/p_photos.label.labels"
		user   = "kafka/KafkaUser/p-photos.label"
		access = "app/KafkaAccess/photos-label"
	)
	noStrimzi := environment("tls", "")
	noStrimzi.Kafka.Cluster = schema.Value[string]{}
	topicNode := label()
	topicNode.Runner = nil
	tests := []struct {
		name string
		env  *compiler.Environment
		node *compiler.Node
		want []string
	}{
		{"base", nil, label(), nil},
		{"no cluster of Strimzi's", noStrimzi, label(), nil},
		{"no authentication", environment("", ""), label(), []string{dlq, labels}},
		{"certificates beside Kafka", environment("tls", ""), label(), []string{dlq, labels, user}},
		{"SCRAM beside Kafka", environment("scram-sha-512", compiler.FromSameNamespace), label(), []string{dlq, labels, user}},
		{"users that Strimzi cannot make", environment("plain", ""), label(), []string{dlq, labels}},
		{"users of the team's own", environment("tls", compiler.FromSecretRef), label(), []string{dlq, labels}},
		{"KafkaAccess", environment("tls", compiler.FromKafkaAccess), label(), []string{access, dlq, labels, user}},
		{"KafkaAccess for the CA", environment("", compiler.FromKafkaAccess), label(), []string{access, dlq, labels}},
		{"a node without runner", environment("tls", compiler.FromKafkaAccess), topicNode, []string{dlq, labels}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.node.DeadLetters.Object != "p_photos.label.dlq" {
				t.Fatalf("fixture: %s", test.node.DeadLetters.Object)
			}
			if got := slices.Sorted(maps.Keys(emitted(t, test.env, test.node))); !slices.Equal(got, test.want) {
				t.Errorf("objects are %v, want %v", got, test.want)
			}
		})
	}
}

func TestTopic(t *testing.T) {
	objects := emitted(t, environment("", ""), label())
	got := objects["kafka/KafkaTopic/p_photos.label.labels"].(*strimzi.KafkaTopic)
	want := strimzi.KafkaTopicSpec{
		TopicName: "P_photos.label.labels", Partitions: 3, Replicas: 2,
		Config: map[string]string{"retention.ms": "604800000", "cleanup.policy": "compact"},
	}
	if !reflect.DeepEqual(got.Spec, want) {
		t.Errorf("the spec is %+v, want %+v", got.Spec, want)
	}
	if got.Namespace != "kafka" || got.Labels[strimzi.LabelCluster] != "main" {
		t.Errorf("namespace %s, labels %v", got.Namespace, got.Labels)
	}
	for key, want := range map[string]string{
		"argocd.argoproj.io/sync-options":   "Prune=confirm,Delete=confirm",
		"kustomize.toolkit.fluxcd.io/prune": "disabled",
	} {
		if got.Annotations[key] != want {
			t.Errorf("annotation %s is %q: the records would go with the object", key, got.Annotations[key])
		}
	}
}

// TestACLs holds the rights of a user to those of its node, one by one.
func TestACLs(t *testing.T) {
	want := []string{
		"topic P_photos.resize.thumb: Read",
		"topic crm.customers: Read",
		"topic P_photos.label.dlq: Write",
		"topic P_photos.label.labels: Write",
		"group P_photos.label: Read",
	}
	user := emitted(t, environment("scram-sha-512", ""), label())["kafka/KafkaUser/p-photos.label"].(*strimzi.KafkaUser)
	var got []string
	for _, acl := range user.Spec.Authorization.ACLs {
		if acl.Resource.PatternType != "literal" {
			t.Errorf("the right to %s %s is by %s", acl.Resource.Type, acl.Resource.Name, acl.Resource.PatternType)
		}
		got = append(got, acl.Resource.Type+" "+acl.Resource.Name+": "+strings.Join(acl.Operations, " "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the rights are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if a := user.Spec.Authentication.Type; a != "scram-sha-512" {
		t.Errorf("the user authenticates by %s", a)
	}
}

// TestDelayedRetries: topics in which records wait are made, and may be read and written by their node.
func TestDelayedRetries(t *testing.T) {
	n := label()
	for _, name := range []string{"P_photos.label.retry.1", "P_photos.label.retry.2"} {
		n.Retries = append(n.Retries, &compiler.Topic{Name: name, Object: strings.ToLower(name), Managed: true, Partitions: 3})
	}
	n.Parks = []*compiler.Topic{{Name: "P_photos.label.park.resize.thumb", Object: "p_photos.label.park.resize.thumb", Managed: true, Partitions: 3}}
	objects := emitted(t, environment("scram-sha-512", ""), n)
	rights := map[string][]string{}
	for _, acl := range objects["kafka/KafkaUser/p-photos.label"].(*strimzi.KafkaUser).Spec.Authorization.ACLs {
		rights[acl.Resource.Type+" "+acl.Resource.Name] = acl.Operations
	}
	for _, topic := range slices.Concat(n.Retries, n.Parks) {
		if objects["kafka/KafkaTopic/"+topic.Object] == nil {
			t.Errorf("%s is not made", topic.Name)
		}
		if got := rights["topic "+topic.Name]; !slices.Equal(got, []string{"Read", "Write"}) {
			t.Errorf("the rights to %s are %v", topic.Name, got)
		}
	}
}

func TestACLsOfAnEndpoint(t *testing.T) {
	n := label()
	n.Inputs, n.Group, n.DeadLetters = nil, "", nil
	user := emitted(t, environment("tls", ""), n)["kafka/KafkaUser/p-photos.label"].(*strimzi.KafkaUser)
	acls := user.Spec.Authorization.ACLs
	if len(acls) != 1 || acls[0].Resource.Name != "P_photos.label.labels" || !slices.Equal(acls[0].Operations, []string{"Write"}) {
		t.Errorf("the rights are %+v, want to write one topic and no more", acls)
	}
}

func TestAccess(t *testing.T) {
	env := environment("tls", compiler.FromKafkaAccess)
	env.Kafka.Credentials.Listener = written("tls")
	got := emitted(t, env, label())["app/KafkaAccess/photos-label"].(*strimzi.KafkaAccess)
	want := strimzi.KafkaAccessSpec{
		Kafka:      strimzi.AccessKafka{Name: "main", Namespace: "kafka", Listener: "tls"},
		User:       &strimzi.AccessUser{Kind: "KafkaUser", APIGroup: "kafka.strimzi.io", Name: "p-photos.label", Namespace: "kafka"},
		SecretName: "photos-label-kafka",
	}
	if !reflect.DeepEqual(got.Spec, want) || got.Namespace != "media" {
		t.Errorf("in namespace %s: %+v, want %+v", got.Namespace, got.Spec, want)
	}
}
