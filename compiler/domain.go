package compiler

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// DomainChoice is one domain of an environment as a pipeline sees it.
type DomainChoice struct {
	Domain *Domain
	// Lacking are the labels that the domain selects on and the pipeline does not have; none where it may be chosen.
	Lacking schema.Entries[schema.Value[string]]
}

// RankDomains gives the domains as Koalja's rule ranks them for a pipeline: those whose selector its labels fulfil, the one
// that asks for most labels first, a tie by suffix; then the others in the order written. A domain without selector is
// the default. The first one is chosen, unless it lacks labels.
func RankDomains(domains []Domain, pl *Pipeline) []DomainChoice {
	out := make([]DomainChoice, len(domains))
	for i := range domains {
		out[i].Domain = &domains[i]
		for _, want := range domains[i].Selector {
			if !selects(schema.Entries[schema.Value[string]]{want}, pl.Labels) {
				out[i].Lacking = append(out[i].Lacking, want)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b DomainChoice) int {
		switch fitsA, fitsB := len(a.Lacking) == 0, len(b.Lacking) == 0; {
		case fitsA && fitsB:
			return cmp.Or(cmp.Compare(len(b.Domain.Selector), len(a.Domain.Selector)), cmp.Compare(a.Domain.Suffix.V, b.Domain.Suffix.V))
		case fitsA:
			return -1
		case fitsB:
			return 1
		default:
			return 0
		}
	})
	return out
}

// selectDomain gives the domain that a pipeline is served under, nil for none.
func selectDomain(domains []Domain, pl *Pipeline) *Domain {
	ranked := RankDomains(domains, pl)
	if len(ranked) == 0 || len(ranked[0].Lacking) > 0 {
		return nil
	}
	return ranked[0].Domain
}

// checkRivals reports domains that no pipeline is ever served under, since another asks for the same labels and sorts
// before it, and that hold no host that an endpoint names itself.
func checkRivals(p *Project, graphs []*Graph, findings *diag.List) {
	hosts := map[*Environment][]string{}
	for _, g := range graphs {
		for _, n := range g.Nodes {
			if address, ok := g.address(n); ok {
				hosts[g.Environment] = append(hosts[g.Environment], address.Host)
			}
		}
	}
	for _, env := range p.Environments {
		for i := range env.Domains {
			d := &env.Domains[i]
			holds := func(host string) bool { return d == narrowest(env.Domains, host) }
			rival := slices.IndexFunc(env.Domains, d.losesTo)
			if rival < 0 || slices.ContainsFunc(hosts[env], holds) {
				continue
			}
			findings.Warnf(CodeDomainUnmatched, d.Suffix.Pos, "no pipeline is served under domain `%s` of environment `%s`: `%s` asks for the same labels and sorts before it", d.Suffix.V, env.Name.V, env.Domains[rival].Suffix.V).
				WithHint("give it a `selector` that tells the two apart, or remove it").
				WithRelated(env.Domains[rival].Suffix.Pos, "the other domain")
		}
	}
}

// narrowest gives the domain with the longest suffix that a host lies in, nil for none.
func narrowest(domains []Domain, host string) *Domain {
	var out *Domain
	for i := range domains {
		suffix := domains[i].Suffix.V
		if strings.HasSuffix("."+host, "."+suffix) && (out == nil || len(suffix) > len(out.Suffix.V)) {
			out = &domains[i]
		}
	}
	return out
}

// losesTo says whether another domain is chosen wherever this one could be.
func (d *Domain) losesTo(other Domain) bool {
	return other.Suffix.V < d.Suffix.V && len(other.Selector) == len(d.Selector) && selects(other.Selector, d.Selector)
}
