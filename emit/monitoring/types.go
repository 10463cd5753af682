// Package monitoring owns the objects by which Prometheus, run by its operator, watches the runners of a pipeline: a
// PodMonitor, which has it read their metrics, and a PrometheusRule with alerts (monitoring.coreos.com/v1). The operator's
// Go types bring a tree of dependencies, so the structs here have the fields that we set, and no others.
//
// It must not know how pods come about: whose they are stands in a Target. Start reading at Objects.
package monitoring

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// apiVersion is the version of both kinds.
const apiVersion = "monitoring.coreos.com/v1"

// PodMonitor has Prometheus read metrics from pods (CRD podmonitors.monitoring.coreos.com).
type PodMonitor struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec PodMonitorSpec `json:"spec"`
}

// PodMonitorSpec says which pods of its namespace, and where they have metrics.
type PodMonitorSpec struct {
	Selector            metav1.LabelSelector `json:"selector"`
	PodMetricsEndpoints []PodMetricsEndpoint `json:"podMetricsEndpoints"`
}

// PodMetricsEndpoint is a port of the pods, by name.
type PodMetricsEndpoint struct {
	Port string `json:"port"`
	Path string `json:"path"`
	// Interval is absent where Prometheus' own holds.
	Interval string `json:"interval,omitempty"`
}

// PrometheusRule holds rules (CRD prometheusrules.monitoring.coreos.com).
type PrometheusRule struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec PrometheusRuleSpec `json:"spec"`
}

// PrometheusRuleSpec are groups of rules; those of a group are evaluated together.
type PrometheusRuleSpec struct {
	Groups []RuleGroup `json:"groups"`
}

// RuleGroup is one group.
type RuleGroup struct {
	Name  string  `json:"name"`
	Rules []Alert `json:"rules"`
}

// Alert is a rule that alerts while its expression, in PromQL, gives something.
type Alert struct {
	Name string `json:"alert"`
	Expr string `json:"expr"`
	// For is how long that must be so, in Prometheus' notation; absent: no time.
	For         string            `json:"for,omitempty"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}
