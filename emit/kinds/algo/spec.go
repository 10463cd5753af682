// Package algo is the kind of node that hands each record to the user's code: a process per record, or an HTTP server
// beside the runner. Start reading at Component.
package algo

import (
	_ "embed"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/workload"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

//go:embed algo.schema.json
var fragment []byte

// Kind is the kind `algo`, listed under spec.algos.
func Kind() compiler.Kind {
	return compiler.Kind{Name: "algo", Section: "algos", Schema: fragment, Decode: decode, Merge: workload.Merges()}
}

var (
	_ compiler.Component     = (*Component)(nil)
	_ compiler.Local         = (*Component)(nil)
	_ compiler.Replicated    = (*Component)(nil)
	_ compiler.Parameterized = (*Component)(nil)
)

func decode(n *schema.Node) (compiler.Component, diag.List) {
	c := &Component{node: n}
	findings := schema.Decode(n, &c.Spec)
	findings = append(findings, c.check()...)
	return c, append(findings, c.Check()...)
}

// Component is one algo as written.
type Component struct {
	Spec
	node *schema.Node
}

// at is where a field is written, for findings about one that is a struct.
func (c *Component) at(field string) diag.Pos {
	if e := c.node.Entry(field); e != nil {
		return e.KeyPos
	}
	return c.NodeName.Pos
}

// Spec are the fields of an algo.
type Spec struct {
	NodeName schema.Value[string] `yaml:"name"`
	Image    schema.Value[string] `yaml:"image"`
	// Exec and HTTP are the ways to hand a record over; exactly one is set.
	Exec *ExecSpec `yaml:"exec"`
	HTTP *HTTPSpec `yaml:"http"`
	// Parameters are what $(parameters.NAME) stands for; their values are scalars.
	Parameters schema.Entries[*schema.Node] `yaml:"parameters"`
	Inputs     []compiler.InputSpec         `yaml:"inputs"`
	Outputs    []compiler.OutputSpec        `yaml:"outputs"`
	Health     *HealthSpec                  `yaml:"health"`
	// Delivery is a contract.Delivery. Idempotent says that doing again what the code does outside of Kafka counts once.
	Delivery   schema.Value[string] `yaml:"delivery"`
	Idempotent schema.Value[bool]   `yaml:"idempotent"`
	LocalSpec  *compiler.LocalSpec  `yaml:"local"`
	compiler.ConsumerSpec
	workload.Spec
}

// ExecSpec runs a process per record.
type ExecSpec struct {
	Command []schema.Value[string] `yaml:"command"`
	Input   schema.Value[string]   `yaml:"input"`
	Output  schema.Value[string]   `yaml:"output"`
}

// HTTPSpec posts each record to the algo's own server.
type HTTPSpec struct {
	Port schema.Value[int32]  `yaml:"port"`
	Path schema.Value[string] `yaml:"path"`
}

// HealthSpec says how a hang of the algo's server is noticed; exactly one is set.
type HealthSpec struct {
	HTTP *HTTPHealthSpec `yaml:"http"`
	TCP  *TCPHealthSpec  `yaml:"tcp"`
}

// HTTPHealthSpec asks a path of the algo's port: 2xx means well.
type HTTPHealthSpec struct {
	Path schema.Value[string] `yaml:"path"`
}

// TCPHealthSpec opens a connection.
type TCPHealthSpec struct {
	// Port is the algo's own port unless it says otherwise.
	Port schema.Value[int32] `yaml:"port"`
}

// Name implements compiler.Component.
func (c *Component) Name() schema.Value[string] { return c.NodeName }

// Ports implements compiler.Component.
func (c *Component) Ports() compiler.Ports {
	return compiler.Ports{Inputs: c.Inputs, Outputs: compiler.NameOutputs(c.Outputs, false)}
}

// Local implements compiler.Local.
func (c *Component) Local() *compiler.LocalSpec { return c.LocalSpec }
