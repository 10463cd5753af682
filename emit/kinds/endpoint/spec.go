// Package endpoint is the kind of node that takes records over HTTP from outside and writes them to a topic. Start
// reading at Component.
package endpoint

import (
	_ "embed"
	"time"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/workload"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

//go:embed endpoint.schema.json
var fragment []byte

// Kind is the kind `endpoint`, listed under spec.endpoints.
func Kind() compiler.Kind {
	return compiler.Kind{Name: "endpoint", Section: "endpoints", Schema: fragment, Decode: decode, Merge: workload.Merges()}
}

var (
	_ compiler.Component = (*Component)(nil)
	_ compiler.Addressed = (*Component)(nil)
)

func decode(n *schema.Node) (compiler.Component, diag.List) {
	c := &Component{}
	findings := schema.Decode(n, &c.Spec)
	c.checkMaxBytes(&findings)
	c.checkPath(&findings)
	return c, append(findings, c.Check()...)
}

// Component is one endpoint as written.
type Component struct {
	Spec
}

// Spec are the fields of an endpoint.
type Spec struct {
	NodeName schema.Value[string]  `yaml:"name"`
	HTTP     HTTPSpec              `yaml:"http"`
	Outputs  []compiler.OutputSpec `yaml:"outputs"`
	workload.Spec
}

// HTTPSpec is how requests come in.
type HTTPSpec struct {
	// Path is the exact path of requests, on the endpoint's host.
	Path     schema.Value[string]         `yaml:"path"`
	MaxBytes schema.Value[compiler.Bytes] `yaml:"maxBytes"`
	// Timeout bounds the wait for Kafka's acknowledgement.
	Timeout schema.Value[compiler.Duration] `yaml:"timeout"`
	// Host takes the place of the pipeline's host in the environment's domain.
	Host schema.Value[string] `yaml:"host"`
}

// What holds where a document says nothing.
const (
	// defaultMaxBytes leaves room for headers below Kafka's default max.message.bytes.
	defaultMaxBytes = 960 << 10
	// headroom is what headers may add to a body.
	headroom       = 64 << 10
	defaultTimeout = 10 * time.Second
	drainMargin    = 10 * time.Second
)

// Name implements compiler.Component.
func (c *Component) Name() schema.Value[string] { return c.NodeName }

// Ports implements compiler.Component: one output, there even when it is not written. Its topic takes the largest body
// that the endpoint accepts, unless it says otherwise.
func (c *Component) Ports() compiler.Ports {
	outputs := compiler.NameOutputs(c.Outputs, true)
	limit := &outputs[0].Topic.MaxMessageBytes
	if needed := c.maxBytes() + headroom; !limit.IsSet() && needed > compiler.DefaultMaxMessageBytes {
		*limit = schema.Value[compiler.Bytes]{V: needed, Pos: c.HTTP.MaxBytes.Pos}
	}
	return compiler.Ports{Outputs: outputs}
}

// Address implements compiler.Addressed. Nothing leads to an endpoint where the environment has no domain for it.
func (c *Component) Address(g *compiler.Graph) compiler.Address {
	if g.Domain == nil {
		return compiler.Address{}
	}
	h := c.host(g)
	return compiler.Address{Host: h.name, Path: c.HTTP.Path.V, TLS: h.tls, Pos: c.HTTP.Path.Pos}
}

func (c *Component) maxBytes() compiler.Bytes { return c.HTTP.MaxBytes.Or(defaultMaxBytes) }

// CodeMaxBytes is reported when an endpoint accepts bodies that its topic would refuse.
const CodeMaxBytes diag.Code = "endpoint-max-bytes"

// checkMaxBytes compares the largest body with what the topic takes.
func (c *Component) checkMaxBytes(findings *diag.List) {
	limit := c.Ports().Outputs[0].Topic.MaxMessageBytes
	if taken := limit.Or(compiler.DefaultMaxMessageBytes); c.maxBytes()+headroom > taken {
		pos := limit.Pos
		if c.HTTP.MaxBytes.IsSet() {
			pos = c.HTTP.MaxBytes.Pos
		}
		findings.Errorf(CodeMaxBytes, pos, "endpoint `%s` accepts bodies of %d bytes, but its topic takes records of %d, headers included", c.NodeName.V, c.maxBytes(), taken).
			WithHint("raise `maxMessageBytes` of the topic to %d or more, remove it, or lower `http.maxBytes`", c.maxBytes()+headroom).
			WithRelated(limit.Pos, "what the topic takes")
	}
}

// Timeout is the bound on one request's wait.
func (c *Component) Timeout() time.Duration {
	return time.Duration(c.HTTP.Timeout.Or(compiler.Duration(defaultTimeout)))
}

// Plan implements compiler.Component.
func (c *Component) Plan(g *compiler.Graph, n *compiler.Node) (*contract.Node, diag.List) {
	var findings diag.List
	if g.Environment != nil {
		for _, d := range g.Environment.Domains {
			if d.Issuer != nil {
				findings = append(findings, CheckIssuer(d.Issuer)...)
			}
		}
	}
	if g.Domain != nil && !findings.HasErrors() {
		c.checkHost(g, &findings)
		c.checkCertificate(g, &findings)
	}
	runner := &contract.Node{
		Version:  contract.Version,
		Pipeline: g.Pipeline.Name.V,
		Node:     n.Name,
		Outputs:  compiler.ContractOutputs(n),
		Ingest: &contract.Ingest{
			Path:        c.HTTP.Path.V,
			MaxBytes:    int64(c.maxBytes()),
			ContentType: n.Outputs[0].Topic.ContentType,
		},
		Timeout: contract.Duration(c.Timeout()),
		Drain:   contract.Duration(c.Timeout() + drainMargin),
	}
	return runner, append(findings, c.CheckPod(g, n, runner, c.pod)...)
}
