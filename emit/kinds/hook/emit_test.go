package hook

import (
	"reflect"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/emit/workload"
)

func TestTarget(t *testing.T) {
	beside := networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{}}
	tests := map[string]networkingv1.NetworkPolicyEgressRule{
		"https://example.org/hooks":                          workload.EgressInternet(443),
		"http://example.org/hooks":                           workload.EgressInternet(80),
		"https://example.org:8443/hooks":                     workload.EgressInternet(8443),
		"http://receiver.tools.svc:8080/":                    workload.Egress(workload.Namespace("tools", nil)),
		"http://receiver.tools.svc.cluster.local/":           workload.Egress(workload.Namespace("tools", nil)),
		"http://receiver:8080/":                              workload.Egress(beside),
		"http://10.1.2.3:8080/":                              workload.Egress(workload.Block("10.1.2.3/32"), 8080),
		"http://[2001:db8::1]/":                              workload.Egress(workload.Block("2001:db8::1/128"), 80),
		"http://[::ffff:10.1.2.3]/":                          workload.Egress(workload.Block("10.1.2.3/32"), 80),
		"http://[fe80::1%25eth0]/":                           workload.Egress(workload.Block("fe80::1/128"), 80),
		"https://user-service.example.svc.example.org/hooks": workload.EgressInternet(443),
	}
	for url, want := range tests {
		got, err := target(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s may be reached by %+v, want %+v", url, got, want)
		}
	}
}

func TestTargetRefuses(t *testing.T) {
	for _, url := range []string{"http://example.org:99999/", "ftp://example.org/", "http://[::1/", ""} {
		if rule, err := target(url); err == nil {
			t.Errorf("%q gives %+v, want an error", url, rule)
		}
	}
}
