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
	metricRemedies    = "runner_stall_remedies_total"
	metricOverload    = "runner_overload_waits_total"
	metricLimit       = "runner_concurrency_limit"
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
	labelRemedy       = "remedy"
	labelTier         = "tier"
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
	// Lag is how many offsets lie between the first unfinished record and the end of the partition; where records wait for
	// a delayed retry, how many are due.
	Lag int64
	// InFlight is how many records are started and not finished, Waiting how many are not due.
	InFlight, Waiting int
	// Parked is how many of those that wait stand in the partition's park; Parks says that it has one.
	Parked int
	Parks  bool
}

// Set is the metrics of one runner, in a registry of its own.
type Set struct {
	registry *prometheus.Registry
	ingest   *prometheus.CounterVec
	client   *prometheus.CounterVec
	failures map[record.Class]prometheus.Counter
	attempts map[record.Class]prometheus.Observer
	dropped  map[record.Class]prometheus.Counter
	delayed  []prometheus.Counter // of tier 1 first
	limit    prometheus.Gauge
	breaker  prometheus.Gauge
	in       map[string]prometheus.Counter
	out      map[string]prometheus.Counter

	// DeadLetters counts records written to dead letters; Retries attempts after a counted failure; Overload waits for
	// an overloaded algo; Filtered records whose code gave no result; Stalled is how many dead letters the broker rejects
	// now.
	DeadLetters, Retries, Overload, Filtered prometheus.Counter
	Claims, Releases                         prometheus.Counter
	Stalled                                  prometheus.Gauge
	remedies                                 *prometheus.CounterVec
}

// success labels attempts that gave a result.
const success record.Class = "success"

// New makes the metrics of a node, with pipeline and node as constant labels. State is asked at each scrape.
func New(n *contract.Node, image, hash string, state func() []Partition) *Set {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	own := prometheus.WrapRegistererWith(prometheus.Labels{labelPipeline: n.Pipeline, labelNode: n.Node}, registry)
	s := &Set{registry: registry, dropped: map[record.Class]prometheus.Counter{}}

	info := prometheus.NewGaugeVec(gauge(contract.MetricInfo, "What runs: always 1."), []string{labelImage, labelConfig})
	info.WithLabelValues(image, hash).Set(1)
	in := prometheus.NewCounterVec(counter(contract.MetricRecordsIn, "Records read, or taken by the endpoint."), []string{labelInput, labelTopic})
	out := prometheus.NewCounterVec(counter(contract.MetricRecordsOut, "Results that the broker acknowledged."), []string{labelOutput, labelTopic})
	failures := prometheus.NewCounterVec(counter(contract.MetricFailures, "Attempts that failed, by class."), []string{labelClass})
	dropped := prometheus.NewCounterVec(counter(contract.MetricDropped, "Records given up and forgotten, as their routes say, by class."), []string{labelClass})
	delayed := prometheus.NewCounterVec(counter(contract.MetricDelayed, "Records put off to a delayed delivery, by its tier, as the broker acknowledged."), []string{labelTier})
	s.limit = prometheus.NewGauge(gauge(metricLimit, "How many records may be in the user's code at once: the node's concurrency, less while it is overloaded, 0 while the breaker is open."))
	s.limit.Set(float64(n.Concurrency))
	s.breaker = prometheus.NewGauge(gauge(contract.MetricBreaker, "1 while the breaker is open, or lets in one record at a time to try."))
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
	s.remedies = prometheus.NewCounterVec(counter(metricRemedies, "Partitions that stood still, by what was done about it."), []string{labelRemedy})
	own.MustRegister(s.remedies, info, in, out, failures, attempts, s.ingest, s.client, s.DeadLetters, s.Retries, s.Overload,
		s.Filtered, s.Claims, s.Releases, s.Stalled, newPartitions(state))
	own.MustRegister(dropped, delayed, s.limit, s.breaker)
	s.resolve(n, in, out, failures, attempts)
	for _, c := range contract.Classes() {
		s.dropped[c] = dropped.WithLabelValues(string(c))
	}
	for tier := range tiers(n) {
		s.delayed = append(s.delayed, delayed.WithLabelValues(strconv.Itoa(tier+1)))
	}
	return s
}

// tiers is how many tiers of delayed retries any input of a node has.
func tiers(n *contract.Node) (most int) {
	for i := range n.Inputs {
		if in := &n.Inputs[i]; in.OnFailure != nil || n.OnFailure != nil {
			most = max(most, len(n.Policy(in).Delayed))
		}
	}
	return most
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
	for _, c := range contract.Classes() {
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

// Dropped counts a record that was given up and forgotten.
func (s *Set) Dropped(class record.Class) { s.dropped[class].Inc() }

// Delayed gives the counter of records that were put off to a tier, from 1.
func (s *Set) Delayed(tier int) prometheus.Counter { return s.delayed[tier-1] }

// Limited says how many records may be in the user's code at once, and whether the breaker is not closed.
func (s *Set) Limited(limit int, breaker bool) {
	s.limit.Set(float64(limit))
	s.breaker.Set(0)
	if breaker {
		s.breaker.Set(1)
	}
}

// Answered counts an answer of the endpoint.
func (s *Set) Answered(status int) { s.ingest.WithLabelValues(strconv.Itoa(status)).Inc() }

// ClientFailed counts an error of the Kafka client.
func (s *Set) ClientFailed(stage string) { s.client.WithLabelValues(stage).Inc() }

// Healed counts what was done about a partition that stood still.
func (s *Set) Healed(remedy string) { s.remedies.WithLabelValues(remedy).Inc() }

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
