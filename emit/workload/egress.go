package workload

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/pipelinectl/pipelinectl/compiler"
)

// Egress lets pods connect to one peer on TCP ports; no port means all.
func Egress(peer networkingv1.NetworkPolicyPeer, ports ...int32) networkingv1.NetworkPolicyEgressRule {
	return networkingv1.NetworkPolicyEgressRule{To: []networkingv1.NetworkPolicyPeer{peer}, Ports: tcpPorts(ports...)}
}

// EgressInternet lets pods connect to every public address on TCP ports; no port means all. What is not public is left
// out: private use (RFC 1918, RFC 4193), carrier-grade NAT (RFC 6598), and the link-local range (RFC 3927, RFC 4291),
// where clouds serve credentials of the machine.
func EgressInternet(ports ...int32) networkingv1.NetworkPolicyEgressRule {
	return networkingv1.NetworkPolicyEgressRule{
		To: []networkingv1.NetworkPolicyPeer{
			Block("0.0.0.0/0", "10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
			Block("::/0", "fc00::/7", "fe80::/10"),
		},
		Ports: tcpPorts(ports...),
	}
}

// Namespace is the pods of a namespace by its name, narrowed by labels; none means all.
func Namespace(name string, pods map[string]string) networkingv1.NetworkPolicyPeer {
	peer := networkingv1.NetworkPolicyPeer{
		NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: name}},
	}
	if len(pods) == 0 {
		return peer
	}
	// Expressions, not matchLabels: kustomize adds a team's labels to those (`labels` with includeSelectors), as if the
	// pods were ours.
	peer.PodSelector = &metav1.LabelSelector{}
	for _, key := range slices.Sorted(maps.Keys(pods)) {
		peer.PodSelector.MatchExpressions = append(peer.PodSelector.MatchExpressions, metav1.LabelSelectorRequirement{
			Key: key, Operator: metav1.LabelSelectorOpIn, Values: []string{pods[key]},
		})
	}
	return peer
}

// Block is a block of addresses less the ones excepted.
func Block(cidr string, except ...string) networkingv1.NetworkPolicyPeer {
	return networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: cidr, Except: except}}
}

// egressRules are destinations as documents write them, in an order of their own: theirs means nothing.
func egressRules(specs []compiler.EgressSpec) []networkingv1.NetworkPolicyEgressRule {
	var out []networkingv1.NetworkPolicyEgressRule
	for _, s := range specs {
		var ports []int32
		for _, p := range s.Ports {
			ports = append(ports, p.V)
		}
		slices.Sort(ports)
		switch {
		case s.Internet:
			out = append(out, EgressInternet(ports...))
		case s.CIDR.IsSet():
			out = append(out, Egress(Block(s.CIDR.V), ports...))
		default:
			pods := make(map[string]string, len(s.PodLabels))
			for _, l := range s.PodLabels {
				pods[l.Key.V] = l.Value.V
			}
			out = append(out, Egress(Namespace(s.Namespace.V, pods), ports...))
		}
	}
	slices.SortFunc(out, func(a, b networkingv1.NetworkPolicyEgressRule) int { return cmp.Compare(written(a), written(b)) })
	return out
}

// written is a rule as the cluster stores it, to sort by.
func written(rule networkingv1.NetworkPolicyEgressRule) string {
	text, err := json.Marshal(rule)
	if err != nil { // a struct of strings and numbers always marshals
		panic(err)
	}
	return string(text)
}

// tcpPorts names the protocol though it is the API's default: a policy is read by people who look for it.
func tcpPorts(numbers ...int32) []networkingv1.NetworkPolicyPort {
	var out []networkingv1.NetworkPolicyPort
	for _, number := range numbers {
		out = append(out, networkingv1.NetworkPolicyPort{Protocol: new(corev1.ProtocolTCP), Port: new(intstr.FromInt32(number))})
	}
	return out
}
