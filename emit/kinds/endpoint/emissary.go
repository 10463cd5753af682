package endpoint

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Emissary-ingress publishes its Go types in a module that pulls in Envoy's; these have the fields that we set, and no
// others (CRDs hosts.getambassador.io and mappings.getambassador.io, emissary/crds.yaml).

// apiVersionEmissary is the version of Emissary's objects.
const apiVersionEmissary = "getambassador.io/v3alpha1"

// Host is one host name that Emissary answers to.
type Host struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec HostSpec `json:"spec"`
}

// HostSpec says how the host is served.
type HostSpec struct {
	Hostname string `json:"hostname"`
	// ACMEProvider is always none: cert-manager gets the certificates, where there are any.
	ACMEProvider ACMEProvider `json:"acmeProvider"`
	// TLSSecret is nil for a host without certificate.
	TLSSecret     *TLSSecret    `json:"tlsSecret,omitempty"`
	RequestPolicy RequestPolicy `json:"requestPolicy"`
}

// ACMEProvider says whom Emissary asks for certificates.
type ACMEProvider struct {
	Authority string `json:"authority"`
}

// TLSSecret names the Secret of a certificate, in the Host's namespace.
type TLSSecret struct {
	Name string `json:"name"`
}

// RequestPolicy says what becomes of requests without TLS.
type RequestPolicy struct {
	Insecure InsecurePolicy `json:"insecure"`
}

// InsecurePolicy is Redirect (to https) or Route. Emissary's own default is Redirect, even for a Host without TLS.
type InsecurePolicy struct {
	Action string `json:"action"`
}

// Mapping leads requests to a Service.
type Mapping struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec MappingSpec `json:"spec"`
}

// MappingSpec says which requests, and where to.
type MappingSpec struct {
	Hostname string `json:"hostname"`
	// Prefix is the whole path, since PrefixExact is true.
	Prefix      string `json:"prefix"`
	PrefixExact bool   `json:"prefix_exact"`
	// Rewrite is empty and always written: without it Emissary replaces the prefix by a slash.
	Rewrite string `json:"rewrite"`
	// Service is the name of a Service in the Mapping's namespace, whose port is Emissary's default, 80. It is a bare
	// name, so that kustomize can follow a renamed Service.
	Service string `json:"service"`
	// TimeoutMS bounds a request; Emissary's default is 3,000.
	TimeoutMS int64 `json:"timeout_ms"`
}
