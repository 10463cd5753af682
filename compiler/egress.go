package compiler

import (
	"net/netip"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// EgressSpec is one destination that pods may reach: the word "internet", a block of addresses, or pods of a namespace.
type EgressSpec struct {
	// Internet is every public address: 0.0.0.0/0 and ::/0 less the private ranges.
	Internet bool `yaml:"-"`
	// CIDR is a block of addresses.
	CIDR schema.Value[string] `yaml:"cidr"`
	// Namespace is a namespace by name, narrowed by PodLabels.
	Namespace schema.Value[string]                 `yaml:"namespace"`
	PodLabels schema.Entries[schema.Value[string]] `yaml:"podLabels"`
	// Ports are TCP ports; none means all.
	Ports []schema.Value[int32] `yaml:"ports"`
}

// CodeEgressCIDR is reported for a block of addresses that is none, or whose address has bits beyond the mask.
const CodeEgressCIDR diag.Code = "egress-cidr"

// CheckEgress reports blocks of addresses that the API server would refuse or rewrite.
func CheckEgress(egress []EgressSpec) diag.List {
	var findings diag.List
	for _, e := range egress {
		if !e.CIDR.IsSet() {
			continue
		}
		prefix, err := netip.ParsePrefix(e.CIDR.V)
		switch {
		case err != nil || prefix.Addr().Is4In6():
			findings.Errorf(CodeEgressCIDR, e.CIDR.Pos, "`%s` is not a block of addresses", e.CIDR.V).
				WithHint("write the first address and the number of its fixed bits, as in `10.0.0.0/8` or `2001:db8::/32`")
		case prefix.Masked().String() != e.CIDR.V:
			d := findings.Errorf(CodeEgressCIDR, e.CIDR.Pos, "`%s` is not how its block of addresses is written", e.CIDR.V).
				WithHint("write `%s`, or a longer mask for fewer addresses", prefix.Masked())
			e.CIDR.Rewrite(d, prefix.Masked().String())
		}
	}
	return findings
}

// EgressInternet is the word for every public address.
const EgressInternet = "internet"

// DecodeNode implements schema.NodeDecoder.
func (e *EgressSpec) DecodeNode(n *schema.Node) diag.List {
	if n.Kind == schema.String {
		e.Internet = true // the schema accepts no other word
		return nil
	}
	type fields EgressSpec
	return schema.Decode(n, (*fields)(e))
}
