package local

import (
	"net/http/httptest"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
	"github.com/pipelinectl/pipelinectl/emit/monitoring"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/metrics"
	"github.com/pipelinectl/pipelinectl/schema"
)

// TestAlertsKnowTheirMetrics holds the metrics that the compiled alerts ask for to those that a runner serves: another
// name, and the alert would be silent for ever.
func TestAlertsKnowTheirMetrics(t *testing.T) {
	served := servedMetrics(t)
	selectors := 0
	for _, alert := range compiledAlerts(t) {
		expr, err := parser.ParseExpr(alert.Expr)
		if err != nil {
			t.Fatal(err)
		}
		for _, selector := range parser.ExtractSelectors(expr) {
			selectors++
			for _, m := range selector {
				if m.Name == model.MetricNameLabel && !served[m.Value] {
					t.Errorf("%s asks for %s, which no runner serves", alert.Name, m.Value)
				}
			}
		}
	}
	if selectors < 5 {
		t.Errorf("found only %d selectors", selectors)
	}
}

// servedMetrics are the names that a scrape of a runner gives.
func servedMetrics(t *testing.T) map[string]bool {
	t.Helper()
	node := &contract.Node{Pipeline: "p", Node: "n", Inputs: []contract.Input{{Name: "in", Topic: "t"}}}
	set := metrics.New(node, "image", "hash", func() []metrics.Partition { return []metrics.Partition{{Topic: "t"}} })
	w := httptest.NewRecorder()
	set.Handler().ServeHTTP(w, httptest.NewRequest("GET", contract.PathMetrics, nil))
	text := expfmt.NewTextParser(model.UTF8Validation)
	families, err := text.TextToMetricFamilies(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for name := range families {
		out[name] = true
	}
	return out
}

// compiledAlerts are those of an example.
func compiledAlerts(t *testing.T) []monitoring.Alert {
	t.Helper()
	project, findings, err := schema.Load([]string{"../../../../examples/text-transform"})
	if err != nil || findings.HasErrors() {
		t.Fatal(err, findings)
	}
	program, findings := compiler.Compile(project.Documents, kinds.All())
	if findings.HasErrors() {
		t.Fatal(findings)
	}
	var out []monitoring.Alert
	for _, g := range program.Graphs {
		bundle, err := emit.Emit(g)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range bundle.Resources {
			if rule, ok := r.Object.(*monitoring.PrometheusRule); ok {
				for _, group := range rule.Spec.Groups {
					out = append(out, group.Rules...)
				}
			}
		}
	}
	return out
}
