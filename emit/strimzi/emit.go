package strimzi

import (
	"cmp"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
	"github.com/pipelinectl/pipelinectl/emit/workload"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// Emit adds what a node needs in Kafka: the topics it owns, and for a node that runs, its user. It adds nothing in base,
// and nothing where the environment names no Kafka object of Strimzi's.
func Emit(b *emit.Builder, n *compiler.Node) {
	env := b.Graph().Environment
	if env == nil || env.Kafka.Cluster.V == "" {
		return
	}
	emitOps(b, n)
	for _, t := range ownTopics(n) {
		b.Add(emit.Kafka, gitops.Decorate(env, topic(b.Graph(), n, t)))
	}
	if n.Runner == nil {
		return
	}
	if env.Kafka.ManagesUsers() {
		b.Add(emit.Kafka, gitops.Decorate(env, user(b.Graph(), n)))
	}
	if env.Kafka.CredentialsFrom() == compiler.FromKafkaAccess {
		b.Add(emit.App, gitops.Decorate(env, access(b.Graph(), n)))
	}
}

// ownTopics are the topics that the pipeline makes for a node.
func ownTopics(n *compiler.Node) []*compiler.Topic {
	var out []*compiler.Topic
	for _, t := range slices.Concat(written(n), n.Retries, n.Parks) {
		if t.Managed {
			out = append(out, t)
		}
	}
	return out
}

// written are the topics that a node writes, dead letters included.
func written(n *compiler.Node) []*compiler.Topic {
	var out []*compiler.Topic
	for _, o := range n.Outputs {
		out = append(out, o.Topic)
	}
	if n.DeadLetters != nil {
		out = append(out, n.DeadLetters)
	}
	return out
}

func topic(g *compiler.Graph, n *compiler.Node, t *compiler.Topic) *KafkaTopic {
	return &KafkaTopic{
		TypeMeta:   metav1.TypeMeta{APIVersion: apiVersion, Kind: "KafkaTopic"},
		ObjectMeta: kafkaMeta(g, n, t.Object),
		Spec: KafkaTopicSpec{
			TopicName:  t.Name,
			Partitions: t.Partitions,
			Replicas:   t.ReplicationFactor,
			Config:     maps.Clone(t.Config),
		},
	}
}

func user(g *compiler.Graph, n *compiler.Node) *KafkaUser {
	return &KafkaUser{
		TypeMeta:   metav1.TypeMeta{APIVersion: apiVersion, Kind: "KafkaUser"},
		ObjectMeta: kafkaMeta(g, n, n.User),
		Spec: KafkaUserSpec{
			Authentication: Authentication{Type: g.Environment.Kafka.AuthType()},
			Authorization:  Authorization{Type: "simple", ACLs: acls(n)},
		},
	}
}

// acls are the rights of a node's runner and no others: to read its inputs in its group, to write its outputs and dead
// letters, to do both with the topics where its records wait for a delayed retry. Transactions have the group's name with
// topic and partition behind it (runner/kafka). Each right to read or write holds that to describe
// (org.apache.kafka.metadata.authorizer.StandardAuthorizerData), so none says so. An idempotent producer needs none on the
// cluster: Write on any topic is enough since Kafka 2.8 (KIP-679).
func acls(n *compiler.Node) []ACL {
	var out []ACL
	allow := func(kind, name string, operations ...string) {
		out = append(out, ACL{
			Resource:   ACLResource{Type: kind, Name: name, PatternType: "literal"},
			Operations: operations,
		})
	}
	var read []string
	for _, in := range n.Inputs {
		for _, t := range in.Topics {
			read = append(read, t.Name)
		}
	}
	slices.Sort(read)
	for _, name := range slices.Compact(read) {
		allow("topic", name, "Read")
	}
	topics := slices.SortedFunc(slices.Values(written(n)), func(x, y *compiler.Topic) int { return cmp.Compare(x.Name, y.Name) })
	for _, t := range topics {
		allow("topic", t.Name, "Write")
	}
	for _, t := range slices.Concat(n.Retries, n.Parks) {
		allow("topic", t.Name, "Read", "Write")
	}
	if n.Group != "" {
		allow("group", n.Group, "Read")
	}
	if n.Runner != nil && n.Runner.Delivery == contract.ExactlyOnce {
		out = append(out, ACL{
			Resource:   ACLResource{Type: "transactionalId", Name: n.Group + ".", PatternType: "prefix"},
			Operations: []string{"Write"},
		})
	}
	return out
}

func access(g *compiler.Graph, n *compiler.Node) *KafkaAccess {
	kafka := &g.Environment.Kafka
	namespace := g.Environment.KafkaNamespace()
	a := &KafkaAccess{
		TypeMeta:   metav1.TypeMeta{APIVersion: apiVersionAccess, Kind: "KafkaAccess"},
		ObjectMeta: workload.Meta(g, n),
		Spec: KafkaAccessSpec{
			Kafka:      AccessKafka{Name: kafka.Cluster.V, Namespace: namespace, Listener: kafka.Credentials.Listener.V},
			SecretName: workload.AccessSecret(n),
		},
	}
	if kafka.ManagesUsers() {
		a.Spec.User = &AccessUser{Kind: "KafkaUser", APIGroup: "kafka.strimzi.io", Name: n.User, Namespace: namespace}
	}
	return a
}

// kafkaMeta is the metadata of an object in Kafka's namespace, which is named as Kafka names it.
func kafkaMeta(g *compiler.Graph, n *compiler.Node, name string) metav1.ObjectMeta {
	labels := workload.Labels(g, n)
	labels[LabelCluster] = g.Environment.Kafka.Cluster.V
	return metav1.ObjectMeta{Name: name, Labels: labels}
}
