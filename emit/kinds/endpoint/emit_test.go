package endpoint

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/workload"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

func written[T any](v T) schema.Value[T] {
	return schema.Value[T]{V: v, Pos: diag.Pos{File: "pipeline.yaml", Line: 1, Col: 1}}
}

// outside gives the objects that lead to endpoints from outside, by kind and name; each endpoint is given by its host,
// which may be empty.
func outside(t *testing.T, domain *compiler.Domain, hosts ...string) map[string]emit.Object {
	t.Helper()
	g := &compiler.Graph{
		Pipeline:    &compiler.Pipeline{Name: written("photos")},
		Environment: &compiler.Environment{Name: written("prod"), Namespace: written("media")},
		Domain:      domain,
		Names:       compiler.Names{Pipeline: "photos"},
	}
	for i, host := range hosts {
		name := string(rune('a' + i))
		c := &Component{}
		if host != "" {
			c.HTTP.Host = written(host)
		}
		g.Nodes = append(g.Nodes, &compiler.Node{
			Name:      name,
			Object:    "photos-" + name,
			Component: c,
			Runner: &contract.Node{
				Ingest:  &contract.Ingest{Path: "/" + name},
				Timeout: contract.Duration(10 * time.Second),
				Drain:   contract.Duration(20 * time.Second),
			},
		})
	}
	bundle, err := emit.Emit(g)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]emit.Object{}
	for _, r := range bundle.Resources {
		switch r.Object.(type) {
		case *Host, *Mapping, *certmanagerv1.Certificate, *certmanagerv1.Issuer:
			out[r.ID().Kind+"/"+r.ID().Name] = r.Object
		}
	}
	return out
}

func TestWayIn(t *testing.T) {
	issuerRef := &compiler.Domain{
		Suffix:    written("example.org"),
		IssuerRef: &compiler.IssuerRef{Kind: written("ClusterIssuer"), Name: written("letsencrypt")},
	}
	tests := []struct {
		name   string
		domain *compiler.Domain
		hosts  []string
		want   []string
	}{
		{"no domain", nil, []string{""}, nil},
		{"no certificate", &compiler.Domain{Suffix: written("example.org")}, []string{""}, []string{"Host/photos", "Mapping/photos-a"}},
		{"certificate", issuerRef, []string{""}, []string{"Certificate/photos", "Host/photos", "Mapping/photos-a"}},
		{
			"issuer of its own",
			&compiler.Domain{Suffix: written("example.org"), Issuer: issuerNode(t, "selfSigned: {}")},
			[]string{"", ""},
			[]string{"Certificate/photos", "Host/photos", "Issuer/photos", "Mapping/photos-a", "Mapping/photos-b"},
		},
		{
			"a host of its own", issuerRef, []string{"photos.example.org", "up.example.net"},
			[]string{
				"Certificate/photos", "Certificate/photos-up-example-net-101c9a7a", "Host/photos", "Host/photos-up-example-net-101c9a7a",
				"Mapping/photos-a", "Mapping/photos-b",
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := slices.Sorted(maps.Keys(outside(t, test.domain, test.hosts...))); !slices.Equal(got, test.want) {
				t.Errorf("objects are %v, want %v", got, test.want)
			}
		})
	}
}

func TestWayInWithCertificate(t *testing.T) {
	domain := &compiler.Domain{Suffix: written("example.org"), Issuer: issuerNode(t, "selfSigned: {}")}
	objects := outside(t, domain, "")
	wantHost := HostSpec{
		Hostname:      "photos.example.org",
		ACMEProvider:  ACMEProvider{Authority: "none"},
		TLSSecret:     &TLSSecret{Name: "photos-tls"},
		RequestPolicy: RequestPolicy{Insecure: InsecurePolicy{Action: "Redirect"}},
	}
	if got := objects["Host/photos"].(*Host).Spec; !reflect.DeepEqual(got, wantHost) {
		t.Errorf("the Host is %+v, want %+v", got, wantHost)
	}
	wantMapping := MappingSpec{
		Hostname: "photos.example.org", Prefix: "/a", PrefixExact: true, Service: "photos-a", TimeoutMS: 11_000,
	}
	if workload.ServicePort != 80 {
		t.Errorf("the Service's port is %d, which the Mapping would have to name", workload.ServicePort)
	}
	if got := objects["Mapping/photos-a"].(*Mapping).Spec; got != wantMapping {
		t.Errorf("the Mapping is %+v, want %+v", got, wantMapping)
	}
	cert := objects["Certificate/photos"].(*certmanagerv1.Certificate).Spec
	if cert.SecretName != "photos-tls" || !slices.Equal(cert.DNSNames, []string{"photos.example.org"}) ||
		cert.IssuerRef.Kind != "Issuer" || cert.IssuerRef.Name != "photos" {
		t.Errorf("the Certificate is %+v", cert)
	}
	if objects["Issuer/photos"].(*certmanagerv1.Issuer).Spec.SelfSigned == nil {
		t.Error("the Issuer is not what the domain spells out")
	}
}

func TestWayInWithoutCertificate(t *testing.T) {
	host := outside(t, &compiler.Domain{Suffix: written("example.org")}, "")["Host/photos"].(*Host).Spec
	if host.TLSSecret != nil || host.RequestPolicy.Insecure.Action != "Route" {
		t.Errorf("the Host is %+v: a redirect to https would lead nowhere", host)
	}
}
