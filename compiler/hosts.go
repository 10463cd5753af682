package compiler

import (
	"fmt"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// CodeHostShared is a warning about one host that two pipelines serve in a cluster, not both without a certificate.
const CodeHostShared diag.Code = "host-shared"

// address is where callers outside the cluster reach a node, if anything leads to it.
func (g *Graph) address(n *Node) (Address, bool) {
	component, ok := n.Component.(Addressed)
	if !ok || g.Environment == nil {
		return Address{}, false
	}
	address := component.Address(g)
	return address, address != Address{}
}

// checkHosts reports hosts that two pipelines serve: each makes a Host of Emissary's for it, with a Secret of its own.
// Emissary takes the certificate and the policy of one of them for both, and reports the other (V3Chain.add_host in
// python/ambassador/envoy/v3/v3listener.py). Of one pipeline in two environments the paths meet too (CodeAddressTaken).
func checkHosts(graphs []*Graph, findings *diag.List) {
	type claim struct {
		owner
		tls bool
	}
	first := map[[2]string]claim{}
	for _, g := range graphs {
		for _, n := range g.Nodes {
			address, ok := g.address(n)
			if !ok {
				continue
			}
			key := [2]string{g.Environment.ClusterName(), address.Host}
			by := claim{owner{g, fmt.Sprintf("%s `%s`", n.Kind, n.Name), address.Pos}, address.TLS}
			earlier, taken := first[key]
			switch {
			case !taken:
				first[key] = by
				continue
			case earlier.graph.Pipeline.Name.V == g.Pipeline.Name.V || !earlier.tls && !by.tls:
				continue
			}
			findings.Warnf(CodeHostShared, by.pos, "%v and %v share the host `%s`: Emissary takes the certificate and the redirect of one of them for both", by.owner, earlier.owner, address.Host).
				WithHint("serve both from one pipeline, or give one of them a host of its own by `http.host`").
				WithRelated(earlier.pos, "%v", earlier.owner)
		}
	}
}
