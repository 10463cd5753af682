// Package hook is the kind of node that posts each record to somebody else's server. Start reading at Component.
package hook

import (
	_ "embed"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/workload"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

//go:embed hook.schema.json
var fragment []byte

// Kind is the kind `hook`, listed under spec.hooks.
func Kind() compiler.Kind {
	return compiler.Kind{Name: "hook", Section: "hooks", Schema: fragment, Decode: decode, Merge: workload.Merges()}
}

var (
	_ compiler.Component  = (*Component)(nil)
	_ compiler.Local      = (*Component)(nil)
	_ compiler.Replicated = (*Component)(nil)
)

func decode(n *schema.Node) (compiler.Component, diag.List) {
	c := &Component{}
	findings := schema.Decode(n, &c.Spec)
	findings = append(findings, c.check()...)
	return c, append(findings, c.Check()...)
}

// Component is one hook as written.
type Component struct {
	Spec
}

// Spec are the fields of a hook.
type Spec struct {
	NodeName  schema.Value[string]                 `yaml:"name"`
	From      compiler.Refs                        `yaml:"from"`
	Type      schema.Value[string]                 `yaml:"type"`
	URL       schema.Value[string]                 `yaml:"url"`
	Headers   schema.Entries[schema.Value[string]] `yaml:"headers"`
	Outputs   []compiler.OutputSpec                `yaml:"outputs"`
	LocalSpec *compiler.LocalSpec                  `yaml:"local"`
	compiler.ConsumerSpec
	workload.Spec
}

// inputName is the name of a hook's only input.
const inputName = "in"

// CodeURL is reported when a hook's url is not one that a request can be sent to.
const CodeURL diag.Code = "hook-url"

// CodeHeader is reported when a hook's header is one that every request has already.
const CodeHeader diag.Code = "hook-header"

// reserved says whether a header describes the request or the record, which only the runner can.
func reserved(header string) bool {
	name := strings.ToLower(header)
	own := []string{
		"connection", "content-length", "host", "trailer", "transfer-encoding", "upgrade",
		contract.HeaderContentType, contract.HeaderTraceParent,
	}
	return slices.Contains(own, name) || strings.HasPrefix(name, "pipelinectl-")
}

func (c *Component) check() diag.List {
	findings := c.checkOutputs()
	u, err := url.Parse(c.URL.V)
	switch {
	case strings.ContainsAny(c.URL.V, "\u2018\u2019\u201C\u201D\u201E"):
		findings.Errorf(CodeURL, c.URL.Pos, "`%s` of hook `%s` is not the URL of a server", c.URL.V, c.NodeName.V).
			WithHint("write straight quotes, or none: to YAML these are letters")
	case err != nil || !isHost(u.Hostname()) || (u.Scheme != "http" && u.Scheme != "https"):
		findings.Errorf(CodeURL, c.URL.Pos, "`%s` of hook `%s` is not the URL of a server", c.URL.V, c.NodeName.V).
			WithHint("write http:// or https://, a host and a path, as in https://example.org/hooks/labels")
	case !isPort(u.Port()):
		findings.Errorf(CodeURL, c.URL.Pos, "the url of hook `%s` has no port of TCP: `%s`", c.NodeName.V, u.Port()).
			WithHint("write a number from 1 to 65535, or none for the scheme's own")
	case u.User != nil && !hasPassword(u.User): // a password is a secret: compiler.CheckSecrets reports it
		findings.Errorf(CodeURL, c.URL.Pos, "the url of hook `%s` holds a user name, `%s`", c.NodeName.V, u.User.Username()).
			WithHint("remove `%s@`: hooks do not authenticate", u.User.Username())
	}
	for _, h := range c.Headers {
		if reserved(h.Key.V) {
			findings.Errorf(CodeHeader, h.Key.Pos, "header `%s` of hook `%s` is set by the runner for each request", h.Key.V, c.NodeName.V).
				WithHint("remove it, or choose another name")
		}
	}
	return findings
}

// checkOutputs reports outputs to which nothing would be written: a hook has no results.
func (c *Component) checkOutputs() diag.List {
	var findings diag.List
	routed := c.RoutedOutputs(nil)
	for _, o := range c.Ports().Outputs {
		if routed[o.Name.V] {
			continue
		}
		pos := o.Name.Pos
		if !pos.IsValid() {
			pos = c.NodeName.Pos
		}
		findings.Errorf(compiler.CodeFailureRoute, pos, "nothing would be written to the output `%s` of hook `%s`: no route leads there", o.Name.V, c.NodeName.V).
			WithHint("route a class of failures to it, as in `onFailure: {routes: {permanent: {output: %s}}}`, or remove it", o.Name.V)
	}
	return findings
}

func hasPassword(u *url.Userinfo) bool {
	_, set := u.Password()
	return set
}

// isHost says whether a text is an address, or a name without empty labels.
func isHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return !strings.ContainsAny(host, ":%") && !slices.Contains(strings.Split(strings.TrimSuffix(host, "."), "."), "")
}

// isPort says whether a text is a port of TCP; none is the scheme's own.
func isPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

// Name implements compiler.Component.
func (c *Component) Name() schema.Value[string] { return c.NodeName }

// Ports implements compiler.Component: one input, and outputs for what fails.
func (c *Component) Ports() compiler.Ports {
	return compiler.Ports{
		Inputs:  []compiler.InputSpec{{Name: schema.Value[string]{V: inputName}, From: c.From, Type: c.Type}},
		Outputs: compiler.NameOutputs(c.Outputs, false),
	}
}

// Local implements compiler.Local.
func (c *Component) Local() *compiler.LocalSpec { return c.LocalSpec }

// Plan implements compiler.Component.
func (c *Component) Plan(g *compiler.Graph, n *compiler.Node) (*contract.Node, diag.List) {
	runner, findings := c.Consumer(g, n)
	runner.Webhook = &contract.Webhook{URL: c.URL.V}
	if len(c.Headers) > 0 {
		runner.Webhook.Headers = make(map[string]string, len(c.Headers))
		for _, h := range c.Headers {
			runner.Webhook.Headers[h.Key.V] = h.Value.V
		}
	}
	findings = append(findings, c.CheckClasses(runner)...)
	return runner, append(findings, c.CheckPod(g, n, runner, c.pod)...)
}
