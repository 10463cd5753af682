package strimzi

import (
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
)

// emitOps adds what belongs to the whole pipeline, once, with its first node: the user of operators' commands, and where
// credentials are copied, the copy. No pod mounts it: the commands read it with --from-cluster.
func emitOps(b *emit.Builder, n *compiler.Node) {
	g := b.Graph()
	kafka := &g.Environment.Kafka
	if !kafka.HasOpsUser() || n != g.Nodes[0] {
		return
	}
	ops := g.Ops()
	b.Add(emit.Kafka, gitops.Decorate(g.Environment, &KafkaUser{
		TypeMeta:   metav1.TypeMeta{APIVersion: apiVersion, Kind: "KafkaUser"},
		ObjectMeta: kafkaMeta(g, ops, ops.User),
		Spec: KafkaUserSpec{
			Authentication: Authentication{Type: kafka.AuthType()},
			Authorization:  Authorization{Type: "simple", ACLs: opsACLs(g)},
		},
	}))
	if kafka.CredentialsFrom() == compiler.FromKafkaAccess {
		b.Add(emit.App, gitops.Decorate(g.Environment, access(g, ops)))
	}
}

// opsACLs are the rights that operators' commands need on a pipeline and no others. Each right to read, write or delete
// holds that to describe (org.apache.kafka.metadata.authorizer.StandardAuthorizerData).
//
//   - `dlq` reads dead letters, writes them back to the inputs of their node, deletes them, and keeps what it did in the
//     group of operators' commands, as offsets of the dead letters;
//   - `reset` commits offsets of the inputs and of the tiers of retries in the nodes' groups, for which it must be able
//     to read all of them;
//   - `clean` deletes the groups, and the topics that hold the nodes' own state.
func opsACLs(g *compiler.Graph) []ACL {
	topics, groups := map[string][]string{}, []string{g.Ops().Group}
	allow := func(topic string, operations ...string) { topics[topic] = append(topics[topic], operations...) }
	for _, n := range g.Nodes {
		for _, in := range n.Inputs {
			for _, t := range in.Topics {
				allow(t.Name, "Read", "Write")
			}
		}
		if n.Group != "" {
			groups = append(groups, n.Group)
		}
		for _, t := range n.State() {
			allow(t.Name, "Delete")
		}
		for _, t := range n.Retries {
			allow(t.Name, "Read")
		}
		if n.DeadLetters != nil {
			allow(n.DeadLetters.Name, "Read")
		}
	}
	out := make([]ACL, 0, len(topics)+len(groups))
	for _, name := range slices.Sorted(maps.Keys(topics)) {
		slices.Sort(topics[name])
		out = append(out, literal("topic", name, slices.Compact(topics[name])...))
	}
	slices.Sort(groups)
	for _, name := range groups {
		out = append(out, literal("group", name, "Delete", "Read"))
	}
	return out
}

// literal allows operations on the one resource of a name.
func literal(kind, name string, operations ...string) ACL {
	return ACL{Resource: ACLResource{Type: kind, Name: name, PatternType: "literal"}, Operations: operations}
}
