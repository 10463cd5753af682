package metrics

import "github.com/prometheus/client_golang/prometheus"

// metricParked is there for partitions whose input has a park.
const metricParked = "runner_parked_records"

func newParked() *prometheus.Desc {
	return prometheus.NewDesc(metricParked, "Records that wait in the park of a partition for a delayed retry, and those behind them with the same key.",
		[]string{labelTopic, labelPartition}, nil)
}
