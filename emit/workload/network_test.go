package workload_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/workload"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
)

func TestNetworkPolicy(t *testing.T) {
	internet := "0.0.0.0/0 less 10.0.0.0/8 100.64.0.0/10 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16|::/0 less fc00::/7 fe80::/10"
	const dns = "namespace kube-system pods k8s-app in (kube-dns)|169.254.20.10/32 : UDP/53 TCP/53"
	tests := []struct {
		name    string
		env     *compiler.Environment
		egress  string
		serves  bool
		ingress []string
		want    []string
	}{
		{"base", nil, "egress: []", true, nil, []string{dns}},
		{
			"Kafka in the cluster", environment(nil), "egress: []", false,
			[]string{"namespace emissary|namespace monitoring : TCP/9404"},
			[]string{dns, "namespace kafka pods strimzi.io/cluster in (main) : TCP/9093"},
		},
		{
			"a node that serves edge", environment(func(env *compiler.Environment) {
				env.Ingress = []schema.Value[string]{written("edge")}
			}), "egress: []", true,
			[]string{"namespace edge : TCP/8080 TCP/9404"},
			[]string{dns, "namespace kafka pods strimzi.io/cluster in (main) : TCP/9093"},
		},
		{
			"nobody may call", environment(func(env *compiler.Environment) {
				env.Ingress = []schema.Value[string]{}
			}), "egress: []", true, nil,
			[]string{dns, "namespace kafka pods strimzi.io/cluster in (main) : TCP/9093"},
		},
		{
			"Kafka outside", environment(func(env *compiler.Environment) {
				env.Ingress = []schema.Value[string]{}
				env.Kafka.BootstrapServers = written("a.example.org:9094, b.example.org:9094")
			}), "egress: []", false, nil,
			[]string{dns, internet + " : TCP/9094"},
		},
		{
			"Kafka outside, by its block", environment(func(env *compiler.Environment) {
				env.Ingress = []schema.Value[string]{}
				env.Kafka.BootstrapServers = written("a.example.org:9094")
				env.Kafka.Egress = []compiler.EgressSpec{{CIDR: written("10.9.0.0/16"), Ports: []schema.Value[int32]{written(int32(9094))}}}
			}), "egress: []", false, nil,
			[]string{dns, "10.9.0.0/16 : TCP/9094"},
		},
		{
			"the node's own", nil,
			"egress: [internet, {cidr: 10.0.0.0/8, ports: [80, 443]}, {namespace: models, podLabels: {app: store}}]", false, nil,
			[]string{dns, "10.0.0.0/8 : TCP/80 TCP/443", internet + " :", "namespace models pods app in (store) :"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g, n := graph(test.env)
			if test.serves {
				n.Runner.Ingest = &contract.Ingest{Path: "/"}
			}
			pod := workload.Pod{Runner: workload.Runner(g, n, "runner:v1", "runner:v1")}
			p := emitted(t, g, n, decode(t, test.egress), pod)["NetworkPolicy"].(*networkingv1.NetworkPolicy)
			if !slices.Equal(p.Spec.PolicyTypes, []networkingv1.PolicyType{"Ingress", "Egress"}) {
				t.Errorf("the policy is for %v: what it does not name is open", p.Spec.PolicyTypes)
			}
			var ingress, egress []string
			for _, r := range p.Spec.Ingress {
				ingress = append(ingress, describe(r.From, r.Ports))
			}
			for _, r := range p.Spec.Egress {
				egress = append(egress, describe(r.To, r.Ports))
			}
			if !slices.Equal(ingress, test.ingress) {
				t.Errorf("ingress is\n%s\nwant\n%s", strings.Join(ingress, "\n"), strings.Join(test.ingress, "\n"))
			}
			if !slices.Equal(egress, test.want) {
				t.Errorf("egress is\n%s\nwant\n%s", strings.Join(egress, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// describe gives a rule of a policy in one line: peers, a colon, ports.
func describe(peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) string {
	var who []string
	for _, p := range peers {
		var words []string
		if b := p.IPBlock; b != nil {
			words = append(words, b.CIDR)
			if len(b.Except) > 0 {
				words = append(words, "less", strings.Join(b.Except, " "))
			}
		}
		if s := p.NamespaceSelector; s != nil {
			words = append(words, "namespace", s.MatchLabels[corev1.LabelMetadataName])
		}
		if s := p.PodSelector; s != nil {
			words = append(words, "pods", metav1.FormatLabelSelector(s))
		}
		who = append(who, strings.Join(words, " "))
	}
	words := []string{strings.Join(who, "|"), ":"}
	for _, p := range ports {
		words = append(words, fmt.Sprintf("%s/%s", *p.Protocol, p.Port))
	}
	return strings.Join(words, " ")
}
