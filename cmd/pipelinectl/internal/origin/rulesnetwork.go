package origin

// networkRules are about who may speak with a node's pods.
var networkRules = []ruling{
	{"NetworkPolicy", "spec.policyTypes[*]", "both directions are closed but for what the policy names"},
	{"NetworkPolicy", "spec.egress[0].**", "names must be looked up: the cluster's DNS, and the address of NodeLocal DNSCache"},
	{"NetworkPolicy", "spec.egress[*].to[*].ipBlock.**", "every public address: the internet less private, carrier-grade and link-local ranges"},
	{"NetworkPolicy", "spec.egress[*].to[*].podSelector.matchExpressions[*].**", "the `podLabels` of the destination as expressions, which labels that an overlay adds leave alone"},
	{"NetworkPolicy", "spec.egress[*].ports[*].protocol", "the protocol is written though it is the default, for those who read the policy"},
	{"NetworkPolicy", "spec.egress[*].ports[*].port", "the port of the URL's scheme, since the URL names none"},
	{"NetworkPolicy", "spec.ingress[*].ports[*].protocol", "the protocol is written though it is the default, for those who read the policy"},
	{"NetworkPolicy", "spec.ingress[*].ports[*].port", "callers may reach the ports of the runner: that for metrics and probes, and where it takes requests, that one"},
}
