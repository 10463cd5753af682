package compiler

import (
	"strings"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Consumer is the part of a runner's contract that every node with inputs shares; the kind adds what handles a record.
func (s ConsumerSpec) Consumer(g *Graph, n *Node) (*contract.Node, diag.List) {
	timeout := time.Duration(s.Timeout.Or(Duration(defaultTimeout)))
	var findings diag.List
	onFailure := s.OnFailure.plan(n, &findings)
	inputs := s.OnFailure.inputs(n, &findings)
	return &contract.Node{
		Version:     contract.Version,
		Pipeline:    g.Pipeline.Name.V,
		Node:        n.Name,
		Group:       n.Group,
		Inputs:      inputs,
		Outputs:     ContractOutputs(n),
		DeadLetters: n.DeadLetters.Name,
		Retries:     namesOf(n.Retries),
		Ordering:    s.ordering(),
		Delivery:    contract.AtLeastOnce,
		Concurrency: int(s.Concurrency.Or(defaultConcurrency)),
		Timeout:     contract.Duration(timeout),
		OnFailure:   onFailure,
		Drain:       contract.Duration(timeout + drainMargin),
	}, findings
}

// Consumption implements Consuming.
func (s *ConsumerSpec) Consumption() *ConsumerSpec { return s }

func (s *ConsumerSpec) ordering() contract.Ordering {
	return contract.Ordering(s.Ordering.Or(string(contract.OrderKey)))
}

// ContractOutputs are the outputs of a node as its runner's contract has them.
func ContractOutputs(n *Node) []contract.Output {
	out := make([]contract.Output, len(n.Outputs))
	for i, o := range n.Outputs {
		out[i] = contract.Output{Name: o.Name, Topic: o.Topic.Name, ContentType: concrete(o.Topic.ContentType)}
	}
	return out
}

// concrete is a content type that a record can carry: one without wildcard.
func concrete(contentType string) string {
	if strings.Contains(contentType, "*") {
		return ""
	}
	return contentType
}

// NameOutputs gives the outputs as written with a sole one named OutputDefault; required adds one where there is none.
func NameOutputs(outputs []OutputSpec, required bool) []OutputSpec {
	if len(outputs) == 0 && required {
		outputs = []OutputSpec{{}}
	}
	named := make([]OutputSpec, len(outputs))
	for i, o := range outputs {
		if !o.Name.IsSet() {
			o.Name = schema.Value[string]{V: OutputDefault}
		}
		named[i] = o
	}
	return named
}
