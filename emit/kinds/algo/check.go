package algo

import (
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	// CodeAction is reported when an algo says nothing, or two things, of how it is handed its records.
	CodeAction diag.Code = "algo-action"
	// CodeExecOutputs is reported when an algo that runs a process per record has several outputs: a process writes one
	// result.
	CodeExecOutputs diag.Code = "algo-exec-outputs"
	// CodePort is reported when an algo's server would listen on a port of the runner beside it.
	CodePort diag.Code = "algo-port"
	// CodeHealth is reported when a server's health is not stated (a warning), stated twice, or stated of an algo that
	// has no server.
	CodeHealth diag.Code = "algo-health"
	// CodeResults is a warning about an algo whose outputs are all for records that failed, so that its results go nowhere.
	CodeResults diag.Code = "algo-results"
	// CodeDelivery is reported when an algo that may reach beyond Kafka is to have its effects exactly once: no transaction
	// of Kafka takes back what was done elsewhere.
	CodeDelivery diag.Code = "algo-delivery"
	// CodeLocal is reported when `local` says both what to run and what to call, or neither, or what cannot be used.
	CodeLocal diag.Code = "algo-local"
)

func (c *Component) check() diag.List {
	findings := compiler.CheckImage("`image` of algo `"+c.NodeName.V+"`", c.Image)
	c.checkAction(&findings)
	c.checkPorts(&findings)
	c.checkHealth(&findings)
	c.checkLocal(&findings)
	c.checkDelivery(&findings)
	return findings
}

func (c *Component) checkDelivery(findings *diag.List) {
	if c.Delivery.V != string(contract.ExactlyOnce) || len(c.Egress) == 0 || c.Idempotent.V {
		return
	}
	findings.Errorf(CodeDelivery, c.Delivery.Pos, "algo `%s` may do things outside of Kafka, which no transaction takes back: they may be done more than once", c.NodeName.V).
		WithHint("if the code hands on the record's id as an idempotency key, write `idempotent: true`; else remove `delivery`, or `egress` if it is not needed").
		WithRelated(c.at("egress"), "it reaches beyond Kafka by this")
}

func (c *Component) checkAction(findings *diag.List) {
	name := c.NodeName.V
	switch {
	case c.Exec == nil && c.HTTP == nil:
		findings.Errorf(CodeAction, c.node.Pos, "algo `%s` does not say how it is handed its records", name).
			WithHint("add `exec: {command: [...]}` for a process per record, or `http: {port: 8080, path: /}` for a server")
	case c.Exec != nil && c.HTTP != nil:
		findings.Errorf(CodeAction, c.NodeName.Pos, "algo `%s` has both `exec` and `http`", name).
			WithHint("keep the one by which the image takes its records").
			WithRelated(c.at("exec"), "a process per record").
			WithRelated(c.at("http"), "a server")
	}
	if results := c.resultOutputs(); c.Exec != nil && c.HTTP == nil && len(results) > 1 {
		findings.Errorf(CodeExecOutputs, c.node.Get("outputs").Items[results[1]].Pos, "algo `%s` has %d outputs, but a process writes one result", name, len(results)).
			WithHint("keep one output, name the others in `onFailure.routes`, or use `http`, whose answer names the output in the header `%s`", contract.HeaderOutput).
			WithRelated(c.at("exec"), "a process per record")
	}
}

// resultOutputs are the outputs that no route of the failure policy leads to, as indices.
func (c *Component) resultOutputs() []int {
	routed := c.RoutedOutputs(c.Inputs)
	var results []int
	for i, o := range c.Ports().Outputs {
		if !routed[o.Name.V] {
			results = append(results, i)
		}
	}
	return results
}

// checkResults warns of an algo all of whose outputs are for records that failed. It need not be a mistake: some algos have
// no results.
func (c *Component) checkResults(findings *diag.List) {
	if len(c.Outputs) > 0 && len(c.resultOutputs()) == 0 {
		findings.Warnf(CodeResults, c.node.Get("outputs").Items[0].Pos, "routes of algo `%s` lead to all of its outputs, so none takes its results", c.NodeName.V).
			WithHint("add an output for results; where the algo has none, all is well")
	}
}

// checkPorts reports ports of the runner, which shares the pod's addresses: the server could not listen there, and a probe
// would ask the runner. The runner beside an algo serves contract.AdminPort alone.
func (c *Component) checkPorts(findings *diag.List) {
	if c.HTTP == nil {
		return
	}
	if c.HTTP.Port.V == contract.AdminPort {
		findings.Errorf(CodePort, c.HTTP.Port.Pos, "`http.port` of algo `%s`, %d, is taken by the runner beside it, for its metrics and health", c.NodeName.V, contract.AdminPort).
			WithHint("have the server listen on another port, 8080 for one")
	}
	if h := c.Health; h != nil && h.TCP != nil && h.TCP.Port.V == contract.AdminPort {
		findings.Errorf(CodePort, h.TCP.Port.Pos, "`health.tcp.port` of algo `%s`, %d, is the runner's beside it: the algo would never count as started", c.NodeName.V, contract.AdminPort).
			WithHint("name a port that the algo's server listens on, or leave it out for that of `http`").
			WithRelated(c.HTTP.Port.Pos, "the port of the algo's server")
	}
}

func (c *Component) checkHealth(findings *diag.List) {
	name, h := c.NodeName.V, c.Health
	switch {
	case h == nil && c.HTTP != nil:
		findings.Warnf(CodeHealth, c.NodeName.Pos, "algo `%s` does not say how a hang of its server is noticed: one will show only as overload", name).
			WithHint("add `health: {http: {path: /healthz}}`, or `health: {tcp: {}}` for a server without such a path")
	case h != nil && c.HTTP == nil:
		findings.Errorf(CodeHealth, c.at("health"), "algo `%s` has `health`, but no server of its own", name).
			WithHint("remove it: a process that hangs is ended by `timeout`")
	case h != nil && (h.HTTP == nil) == (h.TCP == nil):
		findings.Errorf(CodeHealth, c.at("health"), "`health` of algo `%s` needs exactly one of `http` and `tcp`", name).
			WithHint("write `health: {http: {path: /healthz}}`, or `health: {tcp: {}}` for a server without such a path")
	}
}

func (c *Component) checkLocal(findings *diag.List) {
	l := c.LocalSpec
	if l == nil {
		return
	}
	name := c.NodeName.V
	switch {
	case (len(l.Command) > 0) == l.URL.IsSet():
		findings.Errorf(CodeLocal, c.at("local"), "`local` of algo `%s` needs exactly one of `command` and `url`", name).
			WithHint("keep `command` to have the program started, or `url` to have one called that runs already")
	case l.URL.IsSet() && c.HTTP == nil:
		findings.Errorf(CodeLocal, l.URL.Pos, "algo `%s` runs a process per record: there is no server that `url` could stand for", name).
			WithHint("use `local: {command: [...]}`").
			WithRelated(c.at("exec"), "a process per record")
	}
}
