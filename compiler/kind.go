package compiler

import (
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Kind is one kind of node: what the compiler asks of a folder under emit/kinds. The compiler knows kinds only through
// this type; the list of them is handed in.
type Kind struct {
	// Name is the kind in the singular, as in an override's match: algo.
	Name string
	// Section is the key under a Pipeline's spec that lists nodes of the kind: algos.
	Section string
	// Schema is the JSON Schema of one node of the kind; it may refer to the envelope's $defs.
	Schema []byte
	// Decode makes a Component of a node that the schema has accepted, and reports what no schema can see in it.
	Decode func(*schema.Node) (Component, diag.List)
	// Merge says of fields that have rules of their own how one value, of a default or of the node, lies under another.
	// Of other fields, maps are merged key by key and lists of named items by name; all else is replaced.
	Merge map[string]func(under, over *schema.Node) *schema.Node
}

// Component is one node as it was written, with its kind's own fields. It is never changed once decoded.
type Component interface {
	// Name is the node's name, unique in its pipeline.
	Name() schema.Value[string]
	// Ports are the node's inputs and outputs, in the order written, each output named.
	Ports() Ports
	// Plan gives what the node's runner executes, nil when the node has none. The Node has its names and topics; of the
	// Graph only Pipeline and Environment are set.
	Plan(*Graph, *Node) (*contract.Node, diag.List)
}

// Consuming is implemented by a Component that works on the records of its inputs: by those that embed ConsumerSpec.
type Consuming interface {
	// Consumption is how it does so.
	Consumption() *ConsumerSpec
}

// Local is implemented by a Component whose work can be done otherwise on a laptop.
type Local interface {
	// Local gives what `run` uses in place of the node's image; nil when nothing was said.
	Local() *LocalSpec
}

// Addressed is implemented by a Component that callers outside the cluster reach.
type Addressed interface {
	// Address is the zero value where nothing leads to the node.
	Address(*Graph) Address
}

// Address is where callers outside the cluster reach a node. No other node of the Kubernetes cluster has the same host
// and path.
type Address struct {
	// Host is a DNS name in lower case, Path the whole path of a request.
	Host, Path string
	// TLS says that the host has a certificate.
	TLS bool
	// Pos is where the path is written.
	Pos diag.Pos
}

// LocalSpec is the `local` block of a node: at most one of Command and URL is set.
type LocalSpec struct {
	// Command is run in Dir; for a node that serves HTTP it is a server, told its port in the variable PORT.
	Command []schema.Value[string] `yaml:"command"`
	// URL is called in place of the node's own server or target.
	URL schema.Value[string] `yaml:"url"`
}

// Ports are the ends that edges meet.
type Ports struct {
	Inputs  []InputSpec
	Outputs []OutputSpec
}
