package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

var _ prometheus.Collector = (*partitions)(nil)

// partitions computes what holds for owned partitions when it is scraped, so that a partition which was taken away is
// gone from the metrics at once.
type partitions struct {
	state         func() []Partition
	lag, inFlight *prometheus.Desc
}

func newPartitions(state func() []Partition) *partitions {
	return &partitions{
		state:    state,
		lag:      prometheus.NewDesc(contract.MetricLag, "Offsets between the first unfinished record and the partition's end.", []string{labelTopic, labelPartition}, nil),
		inFlight: prometheus.NewDesc(contract.MetricInFlight, "Records started and not finished.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (p *partitions) Describe(ch chan<- *prometheus.Desc) {
	ch <- p.lag
	ch <- p.inFlight
}

// Collect implements prometheus.Collector.
func (p *partitions) Collect(ch chan<- prometheus.Metric) {
	inFlight := 0
	for _, s := range p.state() {
		inFlight += s.InFlight
		ch <- prometheus.MustNewConstMetric(p.lag, prometheus.GaugeValue, float64(s.Lag), s.Topic, strconv.Itoa(int(s.Partition)))
	}
	ch <- prometheus.MustNewConstMetric(p.inFlight, prometheus.GaugeValue, float64(inFlight))
}
