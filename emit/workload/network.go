package workload

import (
	"reflect"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// networkPolicy denies both ways by default and lets through: callers from the environment's ingressFrom; DNS, Kafka,
// the node's egress and the kind's own. In base, which knows neither Kafka nor callers, those are absent.
func networkPolicy(g *compiler.Graph, n *compiler.Node, spec *Spec, pod Pod) *networkingv1.NetworkPolicy {
	egress := []networkingv1.NetworkPolicyEgressRule{dns()}
	egress = append(egress, kafkaEgress(g.Environment)...)
	egress = append(egress, egressRules(spec.Egress)...)
	egress = append(egress, pod.Egress...)
	return &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
		ObjectMeta: Meta(g, n),
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: selector(g, n)},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
			Ingress:     ingress(g.Environment, n),
			Egress:      egress,
		},
	}
}

func ingress(env *compiler.Environment, n *compiler.Node) []networkingv1.NetworkPolicyIngressRule {
	if env == nil || len(env.IngressFrom()) == 0 {
		return nil
	}
	rule := networkingv1.NetworkPolicyIngressRule{Ports: tcpPorts(contract.AdminPort)}
	if serves(n) {
		rule.Ports = tcpPorts(contract.IngestPort, contract.AdminPort)
	}
	for _, namespace := range env.IngressFrom() {
		rule.From = append(rule.From, Namespace(namespace, nil))
	}
	return []networkingv1.NetworkPolicyIngressRule{rule}
}

// dns allows the cluster's name servers: the pods that every distribution labels k8s-app=kube-dns, and the address that
// NodeLocal DNSCache listens on (kubernetes.io/docs/tasks/administer-cluster/nodelocaldns).
func dns() networkingv1.NetworkPolicyEgressRule {
	return networkingv1.NetworkPolicyEgressRule{
		To: []networkingv1.NetworkPolicyPeer{
			Namespace(metav1.NamespaceSystem, map[string]string{"k8s-app": "kube-dns"}),
			Block("169.254.20.10/32"),
		},
		Ports: []networkingv1.NetworkPolicyPort{
			{Protocol: new(corev1.ProtocolUDP), Port: new(intstr.FromInt32(53))},
			{Protocol: new(corev1.ProtocolTCP), Port: new(intstr.FromInt32(53))},
		},
	}
}

// kafkaEgress allows the brokers. Those in the cluster are found by Strimzi's label; those outside by what the
// environment says, else anywhere public on their port.
func kafkaEgress(env *compiler.Environment) []networkingv1.NetworkPolicyEgressRule {
	if env == nil {
		return nil
	}
	out := egressRules(env.Kafka.Egress)
	for _, server := range env.Kafka.Servers() {
		var rule networkingv1.NetworkPolicyEgressRule
		switch {
		case server.InCluster():
			var pods map[string]string
			if env.Kafka.Cluster.V != "" {
				pods = map[string]string{"strimzi.io/cluster": env.Kafka.Cluster.V}
			}
			rule = Egress(Namespace(server.Namespace(), pods), server.Port)
		case len(env.Kafka.Egress) == 0:
			rule = EgressInternet(server.Port)
		default:
			continue
		}
		same := func(r networkingv1.NetworkPolicyEgressRule) bool { return reflect.DeepEqual(r, rule) }
		if !slices.ContainsFunc(out, same) { // several addresses of one Kafka give one rule
			out = append(out, rule)
		}
	}
	return out
}
