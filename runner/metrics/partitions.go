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
	state                  func() []Partition
	lag, inFlight, waiting *prometheus.Desc
	parked                 *prometheus.Desc
}

func newPartitions(state func() []Partition) *partitions {
	return &partitions{
		state:    state,
		lag:      prometheus.NewDesc(contract.MetricLag, "Offsets between the first unfinished record and the partition's end; where records wait for a delayed retry, those that are due.", []string{labelTopic, labelPartition}, nil),
		inFlight: prometheus.NewDesc(contract.MetricInFlight, "Records started and not finished.", nil, nil),
		waiting:  prometheus.NewDesc(contract.MetricWaiting, "Records that were put off and wait for their time, as far as they are read.", nil, nil),
		parked:   newParked(),
	}
}

// Describe implements prometheus.Collector.
func (p *partitions) Describe(ch chan<- *prometheus.Desc) {
	ch <- p.lag
	ch <- p.inFlight
	ch <- p.waiting
	ch <- p.parked
}

// Collect implements prometheus.Collector.
func (p *partitions) Collect(ch chan<- prometheus.Metric) {
	inFlight, waiting := 0, 0
	for _, s := range p.state() {
		inFlight += s.InFlight
		waiting += s.Waiting
		if s.Parks {
			ch <- prometheus.MustNewConstMetric(p.parked, prometheus.GaugeValue, float64(s.Parked), s.Topic, strconv.Itoa(int(s.Partition)))
		}
		ch <- prometheus.MustNewConstMetric(p.lag, prometheus.GaugeValue, float64(s.Lag), s.Topic, strconv.Itoa(int(s.Partition)))
	}
	ch <- prometheus.MustNewConstMetric(p.inFlight, prometheus.GaugeValue, float64(inFlight))
	ch <- prometheus.MustNewConstMetric(p.waiting, prometheus.GaugeValue, float64(waiting))
}
