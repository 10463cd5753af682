package hook

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/strimzi"
	"github.com/pipelinectl/pipelinectl/emit/workload"
)

var _ emit.Emitter = (*Component)(nil)

// Emit implements emit.Emitter: a runner that may reach the hook's URL.
func (c *Component) Emit(b *emit.Builder, n *compiler.Node) error {
	egress, err := target(c.URL.V)
	if err != nil {
		return err
	}
	strimzi.Emit(b, n)
	pod := c.pod(b.Graph(), n)
	pod.Egress = []networkingv1.NetworkPolicyEgressRule{egress}
	return workload.Emit(b, n, &c.Spec.Spec, pod)
}

// pod is what runs a node that has its runner.
func (c *Component) pod(g *compiler.Graph, n *compiler.Node) workload.Pod {
	image := workload.RunnerImage(g)
	pod := workload.Pod{Runner: workload.Runner(g, n, image, image)}
	c.Configure(&pod.Runner)
	return pod
}

// target lets the runner reach a URL: an address by itself, a Service of the cluster by its namespace, any other host
// through the internet. A Service may lead to another port than its own, so its pods are open on all of theirs.
func target(text string) (networkingv1.NetworkPolicyEgressRule, error) {
	u, err := url.Parse(text)
	if err != nil {
		return networkingv1.NetworkPolicyEgressRule{}, fmt.Errorf("hook: %w", err)
	}
	scheme := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	number, err := strconv.ParseUint(cmp.Or(u.Port(), scheme), 10, 16)
	if err != nil {
		return networkingv1.NetworkPolicyEgressRule{}, fmt.Errorf("hook: port of %s: %w", text, err)
	}
	port := int32(number)
	server := compiler.Server{Host: u.Hostname(), Port: port}
	address, err := netip.ParseAddr(server.Host)
	switch {
	case err == nil:
		address = address.Unmap().WithZone("")
		return workload.Egress(workload.Block(netip.PrefixFrom(address, address.BitLen()).String()), port), nil
	case server.InCluster():
		return workload.Egress(workload.Namespace(server.Namespace(), nil)), nil
	case !strings.Contains(server.Host, "."): // a Service beside the hook
		return workload.Egress(networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{}}), nil
	default:
		return workload.EgressInternet(port), nil
	}
}
