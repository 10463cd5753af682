package endpoint

import (
	"slices"
	"strings"

	acmev1 "github.com/cert-manager/cert-manager/pkg/apis/acme/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/workload"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	// CodePath is reported for a path that no request has, since every party resolves it into another.
	CodePath diag.Code = "endpoint-path"
	// CodeHost is reported for a host that is an address rather than a name.
	CodeHost diag.Code = "host-invalid"
	// CodeCertificate is reported when the issuer of a domain will not give the certificate of a host; as a warning, when
	// it is doubtful that it does.
	CodeCertificate diag.Code = "certificate-host"
)

// checkPath reports the segments . and .., which clients and Emissary (normalize_path in
// python/ambassador/envoy/v3/v3listener.py) resolve before a Mapping is looked for. A Mapping takes exactly its path
// (prefix_exact), so that /upload neither takes from /upload/ nor from /uploads.
func (c *Component) checkPath(findings *diag.List) {
	for segment := range strings.SplitSeq(c.HTTP.Path.V, "/") {
		if segment == "." || segment == ".." {
			findings.Errorf(CodePath, c.HTTP.Path.Pos, "`http.path` of endpoint `%s` is one that no request has: `%s` is resolved before it is looked for", c.NodeName.V, segment).
				WithHint("write the path without `%s`", segment)
			return
		}
	}
}

// checkHost reports a host whose last label is a number: it is an IPv4 address to every client (RFC 1123 section 2.1,
// WHATWG URL section 3.5), for which there is neither routing by name nor a certificate. All else that Emissary must not
// be given, since one bad string stops its configuration (emissary#4361), the schema refuses: a host has lower case labels
// of at most 63 characters, and a pipeline's name with a suffix at most 253.
func (c *Component) checkHost(g *compiler.Graph, findings *diag.List) {
	name, field := c.host(g).name, g.Domain.Suffix
	if c.ownHost(g) {
		field = c.HTTP.Host
	}
	if last := name[strings.LastIndexByte(name, '.')+1:]; strings.Trim(last, "0123456789") == "" {
		findings.Errorf(CodeHost, field.Pos, "`%s` is no host: a name that ends in the number %s is an address to every client", field.V, last).
			WithHint("write a DNS name, such as `upload.example.org`")
	}
}

// ownHost says whether the endpoint's host is one that it names itself.
func (c *Component) ownHost(g *compiler.Graph) bool {
	return c.HTTP.Host.IsSet() && c.HTTP.Host.V != defaultHost(g)
}

// within says whether a host is a domain or lies in it.
func within(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}

// checkCertificate compares the host with the issuer that its certificate is asked of: the one of the domain that the
// pipeline's labels select, whatever the host. There are no wildcards: neither a host nor a suffix can be one.
func (c *Component) checkCertificate(g *compiler.Graph, findings *diag.List) {
	h, d := c.host(g), g.Domain
	switch own := c.HTTP.Host; {
	case d.Issuer != nil && d.Issuer.Get("acme") != nil:
		c.checkSolvers(g, h.name, findings)
	case h.tls && !signsAny(d.Issuer) && !within(h.name, d.Suffix.V):
		findings.Warnf(CodeCertificate, own.Pos, "`http.host` of endpoint `%s`, `%s`, is outside `%s`, whose issuer is asked for its certificate", c.NodeName.V, h.name, d.Suffix.V).
			WithHint("use a host in `%s`, or have the pipeline's labels select a domain that `%s` is in", d.Suffix.V, h.name).
			WithRelated(d.Suffix.Pos, "the domain that the pipeline's labels select")
	case !h.tls && c.ownHost(g):
		for _, other := range g.Environment.Domains {
			if within(h.name, other.Suffix.V) && (other.IssuerRef != nil || other.Issuer != nil) {
				findings.Warnf(CodeCertificate, own.Pos, "`http.host` of endpoint `%s`, `%s`, gets no certificate: the pipeline's labels select `%s`, which has no issuer", c.NodeName.V, h.name, d.Suffix.V).
					WithHint("have the labels select `%s`, or give `%s` an issuer", other.Suffix.V, d.Suffix.V).
					WithRelated(other.Suffix.Pos, "the domain that the host is in").
					WithRelated(d.Suffix.Pos, "the domain that the labels select")
				return
			}
		}
	}
}

// signsAny says whether an issuer signs whatever it is asked for: it has the key.
func signsAny(issuer *schema.Node) bool {
	return issuer.Get("ca") != nil || issuer.Get("selfSigned") != nil
}

// checkSolvers reports a host that none of an ACME issuer's solvers is for: its order would fail for ever.
func (c *Component) checkSolvers(g *compiler.Graph, host string, findings *diag.List) {
	spec, _, err := decodeIssuer(g.Domain.Issuer)
	if err != nil || spec.ACME == nil || len(spec.ACME.Solvers) == 0 { // none are needed where the account is authorized
		return
	}
	labels := workload.Labels(g, nil)
	if slices.ContainsFunc(spec.ACME.Solvers, func(s acmev1.ACMEChallengeSolver) bool { return solves(s.Selector, host, labels) }) {
		return
	}
	pos := g.Domain.Suffix.Pos
	if c.ownHost(g) {
		pos = c.HTTP.Host.Pos
	}
	findings.Errorf(CodeCertificate, pos, "no solver of the issuer is for `%s`, the host of endpoint `%s`: its certificate would never come", host, c.NodeName.V).
		WithHint("add a zone that the host is in to `dnsZones` of a solver, or a solver without `selector`").
		WithRelated(locate(g.Domain.Issuer, "acme.solvers"), "the solvers of the issuer")
}

// solves says whether a solver's selector matches a certificate for a host (cert-manager's pkg/controller/acmeorders,
// challengeSpecForAuthorization): every label, and one of the names or zones where there are some.
func solves(selector *acmev1.CertificateDNSNameSelector, host string, labels map[string]string) bool {
	if selector == nil {
		return true
	}
	for key, value := range selector.MatchLabels {
		if have, ok := labels[key]; !ok || have != value {
			return false
		}
	}
	if len(selector.DNSNames) == 0 && len(selector.DNSZones) == 0 {
		return true
	}
	return slices.Contains(selector.DNSNames, host) ||
		slices.ContainsFunc(selector.DNSZones, func(zone string) bool { return within(host, zone) })
}
