package strimzi_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/strimzi"
)

// operated gives the objects of two nodes, of which one feeds the other, where operators have a user.
func operated(t *testing.T, env *compiler.Environment) map[string]emit.Object {
	t.Helper()
	env.Kafka.OpsUser = written(true)
	first, second := label(), label()
	first.Retries = []*compiler.Topic{{Name: "P_photos.label.retry.1", Object: "retry", Managed: true, Partitions: 1}}
	first.Parks = []*compiler.Topic{{Name: "P_photos.label.park.legacy", Object: "park", Managed: true, Partitions: 1}}
	second.Name, second.Object, second.User, second.Group = "next", "photos-next", "p-photos.next", "P_photos.next"
	second.Inputs = []compiler.Input{{Name: "in", Topics: []*compiler.Topic{first.Outputs[0].Topic}}}
	second.Outputs, second.DeadLetters = nil, &compiler.Topic{Name: "P_photos.next.dlq", Object: "p-photos.next.dlq", Managed: true, Partitions: 1}
	g := &compiler.Graph{
		Pipeline: &compiler.Pipeline{Name: written("photos")}, Environment: env,
		Names: compiler.Names{Prefix: "P_", Pipeline: "photos"}, Nodes: []*compiler.Node{first, second},
	}
	b := emit.NewBuilder(g)
	for _, n := range g.Nodes {
		strimzi.Emit(b, n)
	}
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

// TestOpsUser holds the rights of the operators' user to what their commands do, one by one; that each is needed, and none
// is missing, a real Kafka says.
func TestOpsUser(t *testing.T) {
	objects := operated(t, environment("tls", compiler.FromKafkaAccess))
	var user *strimzi.KafkaUser
	for _, name := range slices.Sorted(maps.Keys(objects)) {
		if strings.Contains(name, "KafkaUser") && strings.Contains(name, "ops") {
			user = objects[name].(*strimzi.KafkaUser)
		}
	}
	if user == nil {
		t.Fatalf("no user among %v", slices.Sorted(maps.Keys(objects)))
	}
	want := []string{
		"topic P_photos.label.dlq: Delete Read",
		"topic P_photos.label.labels: Read Write",
		"topic P_photos.label.park.legacy: Delete",
		"topic P_photos.label.retry.1: Delete Read",
		"topic P_photos.next.dlq: Delete Read",
		"topic P_photos.resize.thumb: Read Write",
		"topic crm.customers: Read Write",
		"group P_photos.label: Delete Read",
		"group P_photos.next: Delete Read",
		"group P_photos.ops: Delete Read",
	}
	var got []string
	for _, acl := range user.Spec.Authorization.ACLs {
		got = append(got, acl.Resource.Type+" "+acl.Resource.Name+": "+strings.Join(acl.Operations, " "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the rights are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if user.Spec.Authentication.Type != "tls" || user.Namespace != "kafka" || user.Labels[strimzi.LabelCluster] != "main" {
		t.Errorf("the user is %+v", user)
	}
	access, ok := objects["app/KafkaAccess/photos-ops"].(*strimzi.KafkaAccess)
	if !ok || access.Spec.SecretName != "photos-ops-kafka" || access.Spec.User.Name != user.Name {
		t.Errorf("the copy of its credentials is %+v", access)
	}
}

// Where no users are made there is none for operators either, and none unless it is asked for.
func TestNoOpsUser(t *testing.T) {
	for name, objects := range map[string]map[string]emit.Object{
		"no authentication": operated(t, environment("", "")),
		"users of the team": operated(t, environment("tls", compiler.FromSecretRef)),
		"not asked for":     emitted(t, environment("tls", compiler.FromKafkaAccess), label()),
	} {
		for id := range objects {
			if strings.Contains(id, "ops") {
				t.Errorf("%s: there is %s", name, id)
			}
		}
	}
}
