package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// maxAnswer bounds what is read of a runner's answer, in bytes.
const maxAnswer = 8 << 20

// admin asks runners for their metrics and health, as Prometheus and the kubelet do.
type admin struct {
	client http.Client
}

func newAdmin() *admin {
	return &admin{client: http.Client{Timeout: time.Second}}
}

// counts are a runner's metrics: counters since its start, then gauges.
type counts struct {
	In, Out, Failures, DeadLetters float64
	Lag, InFlight                  float64
	// Born is when the runner's process started, in seconds of Unix time.
	Born float64
}

// metricBorn is the name under which a process collector tells its start (prometheus/client_golang).
const metricBorn = "process_start_time_seconds"

// scrape asks the runner at an address for its counts.
func (a *admin) scrape(ctx context.Context, address string) (counts, error) {
	body, _, err := a.get(ctx, address, contract.PathMetrics)
	if err != nil {
		return counts{}, err
	}
	defer func() { _ = body.Close() }() // it was only read
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(io.LimitReader(body, maxAnswer))
	if err != nil {
		return counts{}, fmt.Errorf("metrics: %w", err)
	}
	return counts{
		In:          sum(families[contract.MetricRecordsIn]),
		Out:         sum(families[contract.MetricRecordsOut]),
		Failures:    sum(families[contract.MetricFailures]),
		DeadLetters: sum(families[contract.MetricDeadLetters]),
		Lag:         sum(families[contract.MetricLag]),
		InFlight:    sum(families[contract.MetricInFlight]),
		Born:        sum(families[metricBorn]),
	}, nil
}

// sum adds up a family over its labels.
func sum(family *dto.MetricFamily) float64 {
	var total float64
	for _, m := range family.GetMetric() {
		total += m.GetCounter().GetValue() + m.GetGauge().GetValue()
	}
	return total
}

// ready asks whether the runner at an address is ready; the error says why it is not.
func (a *admin) ready(ctx context.Context, address string) error {
	body, status, err := a.get(ctx, address, contract.PathReady)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // it was only read
	var answer struct{ Status string }
	if err := json.NewDecoder(io.LimitReader(body, maxAnswer)).Decode(&answer); err != nil {
		return fmt.Errorf("health: %w", err)
	}
	if status != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}

func (a *admin) get(ctx context.Context, address, path string) (io.ReadCloser, int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return nil, 0, err
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	return resp.Body, resp.StatusCode, nil
}

// totals are counts over the lives of a node's runner.
type totals struct {
	counts
	last counts
}

// add takes in a later scrape. Counters of another life of the runner began anew; what the life before counted after
// its last scrape is lost.
func (t *totals) add(now counts) {
	if now.Born != t.last.Born {
		t.last = counts{}
	}
	t.In += now.In - t.last.In
	t.Out += now.Out - t.last.Out
	t.Failures += now.Failures - t.last.Failures
	t.DeadLetters += now.DeadLetters - t.last.DeadLetters
	t.Lag, t.InFlight, t.last = now.Lag, now.InFlight, now
}
