package compiler

import (
	"cmp"
	"strings"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	// CodeDelayedRetry is reported for delayed retries, which this version does not have: a record that fails is tried
	// again in place and then set aside among the dead letters.
	CodeDelayedRetry diag.Code = "failure-delayed"
	// CodeRetryRange is reported when the first pause of a retry is longer than the longest.
	CodeRetryRange diag.Code = "failure-backoff"
)

// Consumer is the part of a runner's contract that every node with inputs shares; the kind adds what handles a record.
func (s ConsumerSpec) Consumer(g *Graph, n *Node) (*contract.Node, diag.List) {
	timeout := time.Duration(s.Timeout.Or(Duration(defaultTimeout)))
	retry, findings := s.OnFailure.plan(n)
	return &contract.Node{
		Version:     contract.Version,
		Pipeline:    g.Pipeline.Name.V,
		Node:        n.Name,
		Group:       n.Group,
		Inputs:      contractInputs(n),
		Outputs:     ContractOutputs(n),
		DeadLetters: n.DeadLetters.Name,
		Ordering:    contract.Ordering(s.Ordering.Or(string(contract.OrderKey))),
		Concurrency: int(s.Concurrency.Or(defaultConcurrency)),
		Timeout:     contract.Duration(timeout),
		Retry:       retry,
		Drain:       contract.Duration(timeout + drainMargin),
	}, findings
}

func (f FailureSpec) plan(n *Node) (*contract.Retry, diag.List) {
	var findings diag.List
	if f.Delayed != nil {
		findings.Errorf(CodeDelayedRetry, f.Delayed.Pos, "`%s` asks for delayed retries, which this version does not have", n.Name).
			WithHint("remove `delayed`: a record that fails is tried again as `inPlace` says, then kept among the dead letters in `%s`", n.DeadLetters.Name)
	}
	r := f.InPlace
	backoff := r.Backoff.Or(Duration(defaultBackoff))
	longest := r.Max.Or(max(Duration(defaultMaxBackoff), backoff))
	if backoff > longest { // then max is written: the default is no shorter than any backoff
		d := findings.Errorf(CodeRetryRange, r.Max.Pos, "the first pause of `%s`, %s, is longer than the longest, %s", n.Name, time.Duration(backoff), time.Duration(longest)).
			WithHint("make `max` at least as long as `backoff`")
		if r.Backoff.IsSet() {
			d.WithRelated(r.Backoff.Pos, "the first pause stands here")
		}
	}
	return &contract.Retry{
		Attempts: int(r.Attempts.Or(defaultAttempts)),
		Backoff:  contract.Duration(backoff),
		Max:      contract.Duration(longest),
	}, findings
}

// contractInputs lists each topic under the name of its input.
func contractInputs(n *Node) []contract.Input {
	var out []contract.Input
	for _, in := range n.Inputs {
		for _, t := range in.Topics {
			contentType := cmp.Or(concrete(t.ContentType), concrete(in.ContentType))
			out = append(out, contract.Input{Name: in.Name, Topic: t.Name, ContentType: contentType})
		}
	}
	return out
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
