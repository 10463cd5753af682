package monitoring

import (
	"fmt"
	"strings"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// metricStart is when a process began, in seconds since 1970. Every Prometheus client exports it
// (github.com/prometheus/client_golang/prometheus.NewProcessCollector).
const metricStart = "process_start_time_seconds"

// Severities, by the names that Alertmanager is usually told to route by.
const (
	warning  = "warning"
	critical = "critical"
)

// node is what alerts are grouped by.
const node = "namespace, pipeline, node"

// alerts are those that somebody must act on. None names an object of Kubernetes', since a team may rename them all; what
// tells pipelines of one name apart is the namespace.
func (t Target) alerts() []Alert {
	return []Alert{
		t.alert("PipelineDeadLetters", warning, "",
			fmt.Sprintf("sum by (%s) (increase(%s%s[10m])) > 0", node, contract.MetricDeadLetters, t.series()),
			"{{ $labels.pipeline }}.{{ $labels.node }} gives records up",
			"About {{ $value | humanize }} records went to the dead letters of node {{ $labels.node }} within 10 minutes. Their headers say why."),
		t.alert("PipelineStalled", critical, "5m",
			fmt.Sprintf("sum by (%s) (%s%s) > 0", node, contract.MetricStalled, t.series()),
			"{{ $labels.pipeline }}.{{ $labels.node }} cannot write its dead letters",
			"Kafka rejects {{ $value }} dead letters of node {{ $labels.node }}, and the partitions that they came from wait. The runner's log says why."),
		t.alert("PipelineOverloaded", warning, "10m",
			fmt.Sprintf("max by (%s) (%s%s) > 0", node, contract.MetricBreaker, t.series()),
			"{{ $labels.pipeline }}.{{ $labels.node }} takes no records",
			"The code of node {{ $labels.node }} has said for 10 minutes that it is overloaded (429, 503, rising latency). Its records wait, and run out of time where their policy bounds it."),
		// What waits, by what is taken each second: how long a new record waits for its turn, and without end where none
		// is taken. A lag of one is the record in hand, or the mark that a transaction leaves at the end of a partition.
		t.alert("PipelineBehind", warning, "10m",
			fmt.Sprintf("sum by (%s) (%s%s > 1) / sum by (%s) (rate(%s%s[10m])) > 600",
				node, contract.MetricLag, t.series(), node, contract.MetricRecordsIn, t.series()),
			"{{ $labels.pipeline }}.{{ $labels.node }} does not keep up",
			"A record that arrives at node {{ $labels.node }} waits more than 10 minutes for its turn, or none is taken at all. More replicas help as long as there are more partitions; else see whether the node's code is slow or fails."),
		// The process knows neither pipeline nor node: those stand in another metric of the same target.
		t.alert("PipelineRestarting", warning, "",
			fmt.Sprintf("sum by (%s) (changes(%s%s[30m]) * on (job, instance) group_left (pipeline, node) max by (job, instance, pipeline, node) (max_over_time(%s%s[30m]))) > 2",
				node, metricStart, t.selector(""), contract.MetricInfo, t.series()),
			"{{ $labels.pipeline }}.{{ $labels.node }} restarts again and again",
			"Runners of node {{ $labels.node }} have begun anew {{ $value }} times within 30 minutes. See the last state of their containers: memory, probes, the log of the one before."),
	}
}

func (t Target) alert(name, severity, hold, expr, summary, description string) Alert {
	return Alert{
		Name: name, Expr: expr, For: hold,
		Labels:      map[string]string{"severity": severity},
		Annotations: map[string]string{"summary": summary, "description": description},
	}
}

// series selects the series of the target's runners.
func (t Target) series() string { return t.selector(t.Pipeline) }

// selector gives a selector of PromQL, nothing where it would select everything.
func (t Target) selector(pipeline string) string {
	var matchers []string
	for _, m := range [][2]string{{"namespace", t.Namespace}, {"pipeline", pipeline}} {
		if m[1] != "" {
			matchers = append(matchers, fmt.Sprintf("%s=%q", m[0], m[1]))
		}
	}
	if matchers == nil {
		return ""
	}
	return "{" + strings.Join(matchers, ",") + "}"
}
