package algo

import (
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	// CodeAction is reported when an algo says nothing, or two things, of how it is handed its records.
	//
	// Example:
	//
	//	algos: [{name: resize, image: "acme/resize:1", inputs: [{name: in, from: upload}]}]
	CodeAction diag.Code = "algo-action"
	// CodeExecOutputs is reported when an algo that runs a process per record has several outputs: a process writes one
	// result.
	//
	// Example:
	//
	//	algos: [{name: split, image: "acme/split:1", exec: {command: [split]}, outputs: [{name: a}, {name: b}]}]
	CodeExecOutputs diag.Code = "algo-exec-outputs"
	// CodePort is reported when an algo's server would listen on a port of the runner beside it.
	//
	// Example:
	//
	//	algos: [{name: label, image: "acme/label:1", http: {port: 9404, path: /}, inputs: [{name: in, from: upload}]}]
	CodePort diag.Code = "algo-port"
	// CodeHealth is reported when a server's health is not stated (a warning), stated twice, or stated of an algo that
	// has no server.
	//
	// Example:
	//
	//	algos: [{name: label, image: "acme/label:1", http: {port: 8080, path: /}, inputs: [{name: in, from: upload}]}]
	CodeHealth diag.Code = "algo-health"
	// CodeLocal is reported when `local` says both what to run and what to call, or neither, or what cannot be used.
	//
	// Example:
	//
	//	algos: [{name: label, image: "acme/label:1", http: {port: 8080, path: /}, local: {command: [x], url: "http://127.0.0.1:1"}}]
	CodeLocal diag.Code = "algo-local"
)

func (c *Component) check() diag.List {
	var findings diag.List
	c.checkAction(&findings)
	c.checkHealth(&findings)
	c.checkLocal(&findings)
	c.checkSecrets(&findings)
	return findings
}

func (c *Component) checkAction(findings *diag.List) {
	name := c.NodeName.V
	switch {
	case c.Exec == nil && c.HTTP == nil:
		findings.Errorf(CodeAction, c.pos, "algo `%s` does not say how it is handed its records", name).
			WithHint("add `exec: {command: [...]}` for a process per record, or `http: {port: 8080, path: /}` for a server")
	case c.Exec != nil && c.HTTP != nil:
		findings.Errorf(CodeAction, c.NodeName.Pos, "algo `%s` has both `exec` and `http`", name).
			WithHint("keep the one by which the image takes its records")
	}
	if c.Exec != nil && c.HTTP == nil && len(c.Outputs) > 1 {
		findings.Errorf(CodeExecOutputs, c.Outputs[1].Name.Pos, "algo `%s` has %d outputs, but a process writes one result", name, len(c.Outputs)).
			WithHint("keep one output, or use `http`, whose answer names the output in the header `%s`", contract.HeaderOutput)
	}
	if c.HTTP != nil && (c.HTTP.Port.V == contract.AdminPort) {
		findings.Errorf(CodePort, c.HTTP.Port.Pos, "port %d of algo `%s` is taken by the runner beside it, for its metrics and health", c.HTTP.Port.V, name).
			WithHint("have the server listen on another port, 8080 for one")
	}
}

func (c *Component) checkHealth(findings *diag.List) {
	name, h := c.NodeName.V, c.Health
	switch {
	case h == nil && c.HTTP != nil:
		findings.Warnf(CodeHealth, c.NodeName.Pos, "algo `%s` does not say how a hang of its server is noticed: one will show only as overload", name).
			WithHint("add `health: {http: {path: /healthz}}`, or `health: {tcp: {}}` for a server without such a path")
	case h != nil && c.HTTP == nil:
		findings.Errorf(CodeHealth, c.NodeName.Pos, "algo `%s` has `health`, but no server of its own", name).
			WithHint("remove it: a process that hangs is ended by `timeout`")
	case h != nil && (h.HTTP == nil) == (h.TCP == nil):
		findings.Errorf(CodeHealth, c.NodeName.Pos, "`health` of algo `%s` needs exactly one of `http` and `tcp`", name)
	}
}

// checkSecrets looks at what ends up in a ConfigMap: the command and what parameters put into it.
func (c *Component) checkSecrets(findings *diag.List) {
	const mend = "put it into a Secret, and name that in a variable: `env: [{name: TOKEN, secretKeyRef: {name: NAME, key: KEY}}]`"
	for _, p := range c.Parameters {
		value := schema.Value[string]{V: p.Value.Text, Pos: p.Value.Pos}
		*findings = append(*findings, compiler.CheckSecret("parameter `"+p.Key.V+"` of algo `"+c.NodeName.V+"`", p.Key.V, value, mend)...)
	}
	if c.Exec == nil {
		return
	}
	for _, word := range c.Exec.Command {
		*findings = append(*findings, compiler.CheckSecret("the command of algo `"+c.NodeName.V+"`", "", word, mend)...)
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
		findings.Errorf(CodeLocal, c.NodeName.Pos, "`local` of algo `%s` needs exactly one of `command` and `url`", name)
	case l.URL.IsSet() && c.HTTP == nil:
		findings.Errorf(CodeLocal, l.URL.Pos, "algo `%s` runs a process per record: there is no server that `url` could stand for", name).
			WithHint("use `local: {command: [...]}`")
	}
}
