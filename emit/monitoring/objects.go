package monitoring

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// Target is what is watched: the runners of one pipeline, in one namespace.
type Target struct {
	Pipeline string
	// Namespace is that of the pods, empty where it is not known.
	Namespace string
	// Meta is the metadata of the objects, without a namespace.
	Meta metav1.ObjectMeta
	// Pods are the labels of the pods, Port the name of the runners' port for metrics.
	Pods map[string]string
	Port string
	// Interval is how often the metrics are read, in Prometheus' notation; empty: as often as it does by itself.
	Interval string
	Alerts   bool
}

// Objects gives the objects for a target.
func Objects(t Target) []emit.Object {
	objects := []emit.Object{&PodMonitor{
		TypeMeta:   metav1.TypeMeta{APIVersion: apiVersion, Kind: "PodMonitor"},
		ObjectMeta: *t.Meta.DeepCopy(),
		Spec: PodMonitorSpec{
			Selector:            metav1.LabelSelector{MatchLabels: t.Pods},
			PodMetricsEndpoints: []PodMetricsEndpoint{{Port: t.Port, Path: contract.PathMetrics, Interval: t.Interval}},
		},
	}}
	if t.Alerts {
		objects = append(objects, &PrometheusRule{
			TypeMeta:   metav1.TypeMeta{APIVersion: apiVersion, Kind: "PrometheusRule"},
			ObjectMeta: *t.Meta.DeepCopy(),
			Spec:       PrometheusRuleSpec{Groups: []RuleGroup{{Name: t.Meta.Name, Rules: t.alerts()}}},
		})
	}
	return objects
}
