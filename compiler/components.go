package compiler

import (
	"time"

	"github.com/prometheus/common/model"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	// CodeMonitoringInterval is reported when runners are to be asked for their metrics so seldom that Prometheus would
	// forget them in between, or more often than once a second.
	CodeMonitoringInterval diag.Code = "monitoring-interval"
	// CodeMonitoringUnreachable is reported when runners are to be monitored where no namespace may call in.
	CodeMonitoringUnreachable diag.Code = "monitoring-unreachable"
)

// The bounds of MonitoringSpec.Interval. Prometheus forgets a sample after five minutes (its default of
// query.lookback-delta): a series that is asked for less often has gaps.
const (
	minInterval = Duration(time.Second)
	maxInterval = Duration(5 * time.Minute)
)

// ComponentsSpec says which of the optional objects of a pipeline an environment has.
type ComponentsSpec struct {
	// Disruption is whether nodes of several pods have a disruption budget.
	Disruption schema.Value[bool] `yaml:"disruption"`
	// Monitoring is nil where nothing is monitored.
	Monitoring *MonitoringSpec `yaml:"monitoring"`
}

// MonitoringSpec is how Prometheus, run by its operator, watches the runners of an environment.
type MonitoringSpec struct {
	Enabled schema.Value[bool] `yaml:"enabled"`
	// Interval is how often it asks, unset for its own choice.
	Interval schema.Value[Duration] `yaml:"interval"`
	// Labels are what it selects its objects by.
	Labels schema.Entries[schema.Value[string]] `yaml:"labels"`
	Alerts schema.Value[bool]                   `yaml:"alerts"`
}

// HasDisruptionBudgets says whether nodes of several pods have a disruption budget: yes unless said otherwise.
func (e *Environment) HasDisruptionBudgets() bool { return e.Components.Disruption.Or(true) }

// Monitoring is how the environment's runners are watched, nil where they are not.
func (e *Environment) Monitoring() *MonitoringSpec {
	if m := e.Components.Monitoring; m != nil && m.Enabled.Or(true) {
		return m
	}
	return nil
}

// ScrapeInterval is Interval as Prometheus writes it, empty where it is not set.
func (m *MonitoringSpec) ScrapeInterval() string {
	if !m.Interval.IsSet() {
		return ""
	}
	return model.Duration(m.Interval.V).String()
}

// checkMonitoring reports runners whose metrics would not be had.
func (e *Environment) checkMonitoring(findings *diag.List) {
	m := e.Monitoring()
	if m == nil {
		return
	}
	if i := m.Interval; i.IsSet() && (i.V < minInterval || i.V > maxInterval) {
		why := "it forgets after five minutes what it has read"
		if i.V < minInterval {
			why = "that costs more than it tells"
		}
		findings.Errorf(CodeMonitoringInterval, i.Pos, "Prometheus should not read metrics every %s: %s", m.ScrapeInterval(), why).
			WithHint("write an interval from 1s to 5m, or none for Prometheus' own")
	}
	if e.Ingress != nil && len(e.Ingress) == 0 {
		findings.Errorf(CodeMonitoringUnreachable, e.IngressPos, "environment `%s` monitors its runners, but lets no namespace call in", e.Name.V).
			WithHint("name Prometheus' namespace in `ingressFrom`, or leave `ingressFrom` out if it is `monitoring`")
	}
}
