package origin

// monitoringRules are about what Prometheus watches.
var monitoringRules = []ruling{
	{"PodMonitor", "spec.podMetricsEndpoints[*].**", "every runner serves its metrics on this port, at this path"},
	{"PrometheusRule", "spec.groups[*].rules[*].for", "a state that passes by itself within this time is nobody's business"},
	{"PrometheusRule", "spec.groups[*].rules[*].labels.severity", "one node cannot go on: `critical`; somebody should look before long: `warning`"},
	{"PrometheusRule", "spec.groups[*].rules[*].**", "these alerts are the same for every pipeline: records given up, dead letters that Kafka rejects, a lag that grows, runners that restart"},
}
