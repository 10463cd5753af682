package compilertest

import (
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Step is a kind of node for tests of the compiler alone: it has any inputs and outputs, and its runner copies. With
// broken it plans a runner that the contract forbids.
func Step(broken bool) compiler.Kind {
	return compiler.Kind{
		Name:    "step",
		Section: "steps",
		Schema: []byte(`{
	  "description": "A step.", "type": "object", "additionalProperties": false, "required": ["name"],
	  "properties": {
	    "name": {"$ref": "#/$defs/name"},
	    "inputs": {"description": "What it reads.", "type": "array", "items": {"$ref": "#/$defs/input"}},
	    "outputs": {"description": "What it writes.", "type": "array", "items": {"$ref": "#/$defs/output"}},
	    "ordering": {"$ref": "#/$defs/ordering"},
	    "concurrency": {"$ref": "#/$defs/concurrency"},
	    "timeout": {"$ref": "#/$defs/timeout"},
	    "onFailure": {"$ref": "#/$defs/onFailure"}
	  }
	}`),
		Decode: func(n *schema.Node) (compiler.Component, diag.List) {
			c := &step{broken: broken}
			return c, schema.Decode(n, &c.spec)
		},
	}
}

type step struct {
	spec   stepSpec
	broken bool
}

type stepSpec struct {
	Name    schema.Value[string]  `yaml:"name"`
	Inputs  []compiler.InputSpec  `yaml:"inputs"`
	Outputs []compiler.OutputSpec `yaml:"outputs"`
	compiler.ConsumerSpec
}

func (c *step) Name() schema.Value[string] { return c.spec.Name }

// Consumption implements compiler.Consuming.
func (c *step) Consumption() *compiler.ConsumerSpec { return &c.spec.ConsumerSpec }

func (c *step) Ports() compiler.Ports {
	return compiler.Ports{Inputs: c.spec.Inputs, Outputs: compiler.NameOutputs(c.spec.Outputs, false)}
}

func (c *step) Plan(g *compiler.Graph, n *compiler.Node) (*contract.Node, diag.List) {
	if len(n.Inputs) == 0 {
		return nil, nil
	}
	runner, findings := c.spec.Consumer(g, n)
	if len(runner.Outputs) != 1 {
		runner.Exec = &contract.Exec{Command: []string{"true"}, Input: contract.InputStdin, Output: contract.OutputStdout}
	}
	if c.broken {
		runner.Drain = 0
	}
	return runner, findings
}
