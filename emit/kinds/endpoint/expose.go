package endpoint

import (
	"time"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
	"github.com/pipelinectl/pipelinectl/emit/workload"
)

// host is one host name of a pipeline. Endpoints that have the same share its objects.
type host struct {
	name string
	// object is the name of the host's Host and Certificate.
	object string
	// tls says that there is a Certificate.
	tls bool
}

// defaultHost is the pipeline's host in the domain that its labels select.
func defaultHost(g *compiler.Graph) string { return g.Pipeline.Name.V + "." + g.Domain.Suffix.V }

// host is the endpoint's own host, else the pipeline's in the environment's domain.
func (c *Component) host(g *compiler.Graph) host {
	h := host{
		name:   defaultHost(g),
		object: g.Names.Shared(),
		tls:    g.Domain.IssuerRef != nil || g.Domain.Issuer != nil,
	}
	if c.ownHost(g) {
		h.name = c.HTTP.Host.V
		h.object = g.Names.Label(g.Pipeline.Name.V + "-" + h.name)
	}
	return h
}

// secret is where cert-manager puts the certificate and Emissary finds it.
func (h host) secret() string { return h.object + "-tls" }

func (h host) meta(g *compiler.Graph) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: h.object, Labels: workload.Labels(g, nil)}
}

func (h host) emissary(g *compiler.Graph) *Host {
	out := &Host{
		TypeMeta:   metav1.TypeMeta{APIVersion: apiVersionEmissary, Kind: "Host"},
		ObjectMeta: h.meta(g),
		Spec: HostSpec{
			Hostname:      h.name,
			ACMEProvider:  ACMEProvider{Authority: "none"},
			RequestPolicy: RequestPolicy{Insecure: InsecurePolicy{Action: "Route"}},
		},
	}
	if h.tls {
		out.Spec.TLSSecret = &TLSSecret{Name: h.secret()}
		out.Spec.RequestPolicy.Insecure.Action = "Redirect"
	}
	return out
}

// timeoutMargin lets the runner's own answer (503, with Retry-After) arrive before Emissary gives up on it.
const timeoutMargin = time.Second

func (h host) mapping(g *compiler.Graph, n *compiler.Node) *Mapping {
	return &Mapping{
		TypeMeta:   metav1.TypeMeta{APIVersion: apiVersionEmissary, Kind: "Mapping"},
		ObjectMeta: workload.Meta(g, n),
		Spec: MappingSpec{
			Hostname:    h.name,
			Prefix:      n.Runner.Ingest.Path,
			PrefixExact: true,
			Service:     n.Object,
			TimeoutMS:   (n.Runner.Timeout.D() + timeoutMargin).Milliseconds(),
		},
	}
}

// certify adds the host's Certificate, and the Issuer that the domain spells out.
func (h host) certify(b *emit.Builder) error {
	if !h.tls {
		return nil
	}
	g := b.Graph()
	var ref cmmeta.IssuerReference
	if r := g.Domain.IssuerRef; r != nil {
		ref = cmmeta.IssuerReference{Kind: r.Kind.V, Name: r.Name.V}
	} else {
		issuer, err := issuer(g)
		if err != nil {
			return err
		}
		b.Share(emit.App, gitops.Decorate(g.Environment, issuer))
		ref = cmmeta.IssuerReference{Kind: issuer.Kind, Name: issuer.Name}
	}
	b.Share(emit.App, gitops.Decorate(g.Environment, &certmanagerv1.Certificate{
		TypeMeta:   metav1.TypeMeta{APIVersion: certmanagerv1.SchemeGroupVersion.String(), Kind: certmanagerv1.CertificateKind},
		ObjectMeta: h.meta(g),
		Spec:       certmanagerv1.CertificateSpec{DNSNames: []string{h.name}, SecretName: h.secret(), IssuerRef: ref},
	}))
	return nil
}
