package origin

// ingressRules are about the way in from outside.
var ingressRules = []ruling{
	{"Host", "spec.acmeProvider.authority", "cert-manager gets the certificates, where there are any; Emissary asks nobody"},
	{"Host", "spec.requestPolicy.insecure.action", "requests without TLS are sent on to https where the domain has a certificate, and served where it has none"},
	{"Mapping", "spec.prefix_exact", "an endpoint answers at its path and not below it"},
	{"Mapping", "spec.rewrite", "it is empty and always written: without it Emissary would replace the path by a slash"},
	{"Certificate", "spec.issuerRef.kind", "the domain spells out its issuer, which is emitted beside the Certificate"},
}
