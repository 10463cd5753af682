package compiler

import (
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Graph is the plan of one pipeline in one environment, or in none: everything that emission prints, names and
// defaults included. Lists are sorted by name. Nobody changes it once Plan has returned it.
type Graph struct {
	Pipeline *Pipeline
	// Environment is nil for the plan with none, which knows no addresses, prefix, namespaces, hosts or credentials.
	Environment *Environment
	// Domain is the environment's domain that the pipeline's labels select; nil when there is none.
	Domain *Domain
	Names  Names
	Nodes  []*Node
	Edges  []Edge
	// Topics are all that the pipeline reads or writes, those of dead letters, retries and parks included.
	Topics []*Topic
}

// Node is one node of a Graph.
type Node struct {
	// Name is the node's name in the pipeline, Kind its Kind's name.
	Name string
	Kind string
	// Component is the node as written; its dynamic type is the kind's own.
	Component Component
	// Object is the Kubernetes name of the node's objects: unique in the namespace, at most 63 characters.
	Object string
	// Inputs and Outputs are sorted by name.
	Inputs  []Input
	Outputs []Output
	// Group is the consumer group, empty for a node without inputs.
	Group string
	// User is the KafkaUser's name and so the principal, at most 64 characters.
	User string
	// DeadLetters is nil for a node without inputs.
	DeadLetters *Topic
	// Retries are the topics of its tiers of delayed retries, tier 1 first; Parks those in which it parks records, by name.
	Retries, Parks []*Topic
	// Runner is nil when the node has no runner.
	Runner *contract.Node
	// Contract is Runner as its ConfigMap holds it, Hash the hash of those bytes.
	Contract []byte
	Hash     string
	Pos      diag.Pos
}

// Input is one input of a Node with the topics that it reads, sorted by name.
type Input struct {
	Name   string
	Topics []*Topic
	// ContentType is that of the input's own type, for topics that have none; empty when untyped.
	ContentType string
}

// Output is one output of a Node.
type Output struct {
	Name  string
	Topic *Topic
}

// Edge is one connection: a topic from an output to an input.
type Edge struct {
	From, To PortRef
	Topic    *Topic
}

// PortRef is a port of a node.
type PortRef struct {
	Node, Port string
}

// Topic is one Kafka topic as planned.
type Topic struct {
	// Name is Kafka's name for it, prefix included, at most 249 characters.
	Name string
	// Object is the KafkaTopic's metadata.name; empty when not Managed.
	Object string
	// Managed says that the pipeline owns the topic; others own the rest, and it is only read.
	Managed bool
	// Partitions is 1 or more; ReplicationFactor is 0 where the broker's default holds.
	Partitions        int32
	ReplicationFactor int32
	// Config is the topic's configuration by Kafka's names (retention.ms).
	Config map[string]string
	// ContentType is that of the records, from the output's type; empty when untyped.
	ContentType string
	// Node and Output say who writes it; Output is "dlq" for dead letters, "retry.<n>" for a tier of retries and
	// "park.<node>.<output>" for what is parked of an output.
	Node, Output string
	Pos          diag.Pos
}
