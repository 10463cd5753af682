package metrics

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

func node() *contract.Node {
	return &contract.Node{
		Pipeline: "p", Node: "n",
		Inputs:  []contract.Input{{Name: "in", Topic: "t.in"}},
		Outputs: []contract.Output{{Name: "out", Topic: "t.out"}},
	}
}

func TestScrape(t *testing.T) {
	owned := []Partition{{Topic: "t.in", Partition: 3, Lag: 7, InFlight: 2, Parked: 5, Parks: true}, {Topic: "t.in", Partition: 4, InFlight: 1}}
	s := New(node(), "image", "hash", func() []Partition { return owned })
	s.In("t.in").Inc()
	s.Out("out").Add(2)
	s.FailedAttempt(record.Transient, time.Second)
	s.Succeeded(time.Second)
	s.Dropped(record.Permanent)
	s.Limited(0, true)
	s.Answered(202)
	s.ClientFailed("produce")
	text := scrape(s)
	for _, want := range []string{
		`runner_info{config="hash",image="image",node="n",pipeline="p"} 1`,
		`runner_records_in_total{input="in",node="n",pipeline="p",topic="t.in"} 1`,
		`runner_records_out_total{node="n",output="out",pipeline="p",topic="t.out"} 2`,
		`runner_failures_total{class="transient",node="n",pipeline="p"} 1`,
		`runner_failures_total{class="poison",node="n",pipeline="p"} 0`,
		`runner_dropped_total{class="permanent",node="n",pipeline="p"} 1`,
		`runner_concurrency_limit{node="n",pipeline="p"} 0`,
		`runner_breaker_open{node="n",pipeline="p"} 1`,
		`runner_dead_letters_total{node="n",pipeline="p"} 0`,
		`runner_consumer_lag_records{node="n",partition="3",pipeline="p",topic="t.in"} 7`,
		`runner_in_flight_records{node="n",pipeline="p"} 3`,
		`runner_parked_records{node="n",partition="3",pipeline="p",topic="t.in"} 5`,
		`runner_ingest_responses_total{code="202",node="n",pipeline="p"} 1`,
		`runner_client_errors_total{node="n",pipeline="p",stage="produce"} 1`,
		`runner_attempt_duration_seconds_count{node="n",outcome="success",pipeline="p"} 1`,
		"go_goroutines", "process_cpu_seconds_total",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(text, `runner_parked_records{node="n",partition="4"`) {
		t.Error("a partition without a park has parked records")
	}
	owned = owned[:1] // a partition that was taken away is gone at once
	if text = scrape(s); strings.Contains(text, `partition="4"`) {
		t.Error("a released partition is still there")
	}
}

func scrape(s *Set) string {
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest("GET", contract.PathMetrics, nil))
	return w.Body.String()
}

// TestLint holds the names to Prometheus' own rules.
func TestLint(t *testing.T) {
	s := New(node(), "image", "hash", func() []Partition { return []Partition{{Topic: "t"}} })
	problems, err := testutil.GatherAndLint(s.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
