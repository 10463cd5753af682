// Package metrics owns every collector of a runner. Counters are resolved to their labels once, at start, so that a
// record costs a few atomic additions; what can be computed (lag, records in flight) is computed when it is scraped.
// The package must not know how the numbers come about. Start at Set.
package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// Names of the metrics that only people and dashboards read; contract/names.go has the others.
const (
	metricAttempts    = "runner_attempt_duration_seconds"
	metricRetries     = "runner_retries_total"
	metricOverload    = "runner_overload_waits_total"
	metricFiltered    = "runner_records_filtered_total"
	metricIngest      = "runner_ingest_responses_total"
	metricClient      = "runner_client_errors_total"
	metricClaims      = "runner_partitions_claimed_total"
	metricReleases    = "runner_partitions_released_total"
	labelTopic        = "topic"
	labelPartition    = "partition"
	labelClass        = "class"
	labelInput        = "input"
	labelOutput       = "output"
	labelCode         = "code"
	labelStage        = "stage"
	labelImage        = "image"
	labelConfig       = "config"
	labelPipeline     = "pipeline"
	labelNode         = "node"
	labelAttemptClass = "outcome"
)

// attemptBuckets reach from a local call to the longest timeouts people set, in seconds.
var attemptBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}

// Partition is the state of one owned partition at the time of a scrape.
type Partition struct {
	Topic     string
	Partition int32
	// Lag is how many offsets lie between the first unfinished record and the end of the partition.
	Lag int64
	// InFlight is how many records are started and not finished.
	InFlight int
}

// Set is the metrics of one runner, in a registry of its own.
type Set struct {
	registry *prometheus.Registry
	ingest   *prometheus.CounterVec
	client   *prometheus.CounterVec
	failures map[record.Class]prometheus.Counter
	attempts map[record.Class]prometheus.Observer
	in       map[string]prometheus.Counter
	out      map[string]prometheus.Counter

	// DeadLetters counts records written to dead letters; Retries attempts after a counted failure; Overload waits for
	// an overloaded algo; Filtered records whose code gave no result; Stalled is how many dead letters the broker rejects
	// now.
	DeadLetters, Retries, Overload, Filtered prometheus.Counter
	Claims, Releases                         prometheus.Counter
	Stalled                                  prometheus.Gauge
}

// success labels attempts that gave a result.
const success record.Class = "success"

// New makes the metrics of a node, with pipeline and node as constant labels. State is asked at each scrape.
func New(n *contract.Node, image, hash string, state func() []Partition) *Set {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	own := prometheus.WrapRegistererWith(prometheus.Labels{labelPipeline: n.Pipeline, labelNode: n.Node}, registry)
	s := &Set{registry: registry}

	info := prometheus.NewGaugeVec(gauge(contract.MetricInfo, "What runs: always 1."), []string{labelImage, labelConfig})
	info.WithLabelValues(image, hash).Set(1)
	in := prometheus.NewCounterVec(counter(contract.MetricRecordsIn, "Records read, or taken by the endpoint."), []string{labelInput, labelTopic})
	out := prometheus.NewCounterVec(counter(contract.MetricRecordsOut, "Results that the broker acknowledged."), []string{labelOutput, labelTopic})
	failures := prometheus.NewCounterVec(counter(contract.MetricFailures, "Attempts that failed, by class."), []string{labelClass})
	attempts := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: metricAttempts, Help: "Time in the user's code, per attempt.", Buckets: attemptBuckets,
	}, []string{labelAttemptClass})
	s.ingest = prometheus.NewCounterVec(counter(metricIngest, "Answers of the endpoint, by HTTP status."), []string{labelCode})
	s.client = prometheus.NewCounterVec(counter(metricClient, "Errors of the Kafka client, by what it was doing."), []string{labelStage})
	s.DeadLetters = prometheus.NewCounter(counter(contract.MetricDeadLetters, "Records given up, as the broker acknowledged."))
	s.Retries = prometheus.NewCounter(counter(metricRetries, "Attempts that followed a counted failure."))
	s.Overload = prometheus.NewCounter(counter(metricOverload, "Waits for an overloaded algo, not counted as attempts."))
	s.Filtered = prometheus.NewCounter(counter(metricFiltered, "Records whose code gave no result."))
	s.Claims = prometheus.NewCounter(counter(metricClaims, "Partitions handed to this runner."))
	s.Releases = prometheus.NewCounter(counter(metricReleases, "Partitions taken from this runner."))
	s.Stalled = prometheus.NewGauge(gauge(contract.MetricStalled, "Dead letters that the broker rejects now; they hold their partitions."))
	own.MustRegister(info, in, out, failures, attempts, s.ingest, s.client, s.DeadLetters, s.Retries, s.Overload,
		s.Filtered, s.Claims, s.Releases, s.Stalled, newPartitions(state))
	s.resolve(n, in, out, failures, attempts)
	return s
}

// resolve looks the labels up once, which also shows every series as zero from the start.
func (s *Set) resolve(n *contract.Node, in, out, failures *prometheus.CounterVec, attempts *prometheus.HistogramVec) {
	s.in, s.out = map[string]prometheus.Counter{}, map[string]prometheus.Counter{}
	for _, i := range n.Inputs {
		s.in[i.Topic] = in.WithLabelValues(i.Name, i.Topic)
	}
	if n.Ingest != nil {
		s.in[n.Ingest.Path] = in.WithLabelValues("ingest", "")
	}
	for _, o := range n.Outputs {
		s.out[o.Name] = out.WithLabelValues(o.Name, o.Topic)
	}
	s.failures, s.attempts = map[record.Class]prometheus.Counter{}, map[record.Class]prometheus.Observer{}
	for _, c := range []record.Class{record.Transient, record.Permanent, record.Overload, record.Poison} {
		s.failures[c] = failures.WithLabelValues(string(c))
		s.attempts[c] = attempts.WithLabelValues(string(c))
	}
	s.attempts[success] = attempts.WithLabelValues(string(success))
}

// In gives the counter of records that came from an input's topic, or in at the endpoint's path.
func (s *Set) In(source string) prometheus.Counter { return s.in[source] }

// Out gives the counter of results written to an output, by its name.
func (s *Set) Out(output string) prometheus.Counter { return s.out[output] }

// Succeeded observes an attempt that gave a result.
func (s *Set) Succeeded(took time.Duration) { s.attempts[success].Observe(took.Seconds()) }

// FailedAttempt observes an attempt that failed.
func (s *Set) FailedAttempt(class record.Class, took time.Duration) {
	s.failures[class].Inc()
	s.attempts[class].Observe(took.Seconds())
}

// Answered counts an answer of the endpoint.
func (s *Set) Answered(status int) { s.ingest.WithLabelValues(strconv.Itoa(status)).Inc() }

// ClientFailed counts an error of the Kafka client.
func (s *Set) ClientFailed(stage string) { s.client.WithLabelValues(stage).Inc() }

// Handler serves the registry in the formats of Prometheus.
func (s *Set) Handler() http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
}

func counter(name, help string) prometheus.CounterOpts {
	return prometheus.CounterOpts{Name: name, Help: help}
}

func gauge(name, help string) prometheus.GaugeOpts {
	return prometheus.GaugeOpts{Name: name, Help: help}
}
