package monitoring

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// known are the metrics that runners export, as far as alerts may need them; internal/local's TestAlertsKnowTheirMetrics
// holds the names of the tree's rules to what a runner really serves.
var known = []string{
	contract.MetricDeadLetters, contract.MetricStalled, contract.MetricBreaker, contract.MetricLag, contract.MetricRecordsIn,
	contract.MetricInfo, metricStart,
}

func target(namespace string) Target {
	return Target{
		Pipeline: "photos", Namespace: namespace, Meta: metav1.ObjectMeta{Name: "photos"},
		Pods: map[string]string{"app.kubernetes.io/name": "photos"}, Port: "admin", Alerts: true,
	}
}

// TestExpressions reads every expression with Prometheus' own parser: each is one, each selects metrics of runners, and all
// of them in the target's namespace.
func TestExpressions(t *testing.T) {
	for _, namespace := range []string{"", "media"} {
		for _, a := range target(namespace).alerts() {
			expr, err := parser.ParseExpr(a.Expr)
			if err != nil {
				t.Errorf("%s: %v", a.Name, err)
				continue
			}
			if expr.Type() != parser.ValueTypeVector {
				t.Errorf("%s gives a %s", a.Name, expr.Type())
			}
			for _, selector := range parser.ExtractSelectors(expr) {
				checkSelector(t, a, selector, namespace)
			}
			if a.For != "" {
				if _, err := parser.ParseExpr("x[" + a.For + "]"); err != nil {
					t.Errorf("%s: for: %v", a.Name, err)
				}
			}
		}
	}
	if _, err := parser.ParseExpr("sum by (a) (x) >"); err == nil {
		t.Error("the parser takes anything")
	}
}

func checkSelector(t *testing.T, a Alert, selector []*labels.Matcher, namespace string) {
	t.Helper()
	values := map[string]string{}
	for _, m := range selector {
		values[m.Name] = m.Value
	}
	name := values[model.MetricNameLabel]
	if !slices.Contains(known, name) {
		t.Errorf("%s asks for %s, which no runner exports", a.Name, name)
	}
	if values["namespace"] != namespace {
		t.Errorf("%s: %s is selected in namespace %q, want %q", a.Name, name, values["namespace"], namespace)
	}
	if want := map[bool]string{true: "", false: "photos"}[name == metricStart]; values["pipeline"] != want {
		t.Errorf("%s: %s is selected of pipeline %q, want %q", a.Name, name, values["pipeline"], want)
	}
}

// TestAnnotations fills the texts in as Prometheus does (prometheus/template, rules/alerting.go).
func TestAnnotations(t *testing.T) {
	const defs = "{{ $labels := .Labels }}{{ $value := .Value }}"
	data := struct {
		Labels map[string]string
		Value  float64
	}{map[string]string{"namespace": "media", "pipeline": "photos", "node": "resize"}, 3}
	functions := template.FuncMap{"humanize": func(v float64) float64 { return v }}
	for _, a := range target("media").alerts() {
		if a.Labels["severity"] == "" || a.Annotations["summary"] == "" || a.Annotations["description"] == "" {
			t.Errorf("%s: %v %v", a.Name, a.Labels, a.Annotations)
		}
		for kind, text := range a.Annotations {
			var out bytes.Buffer
			parsed, err := template.New(a.Name).Funcs(functions).Option("missingkey=error").Parse(defs + text)
			if err == nil {
				err = parsed.Execute(&out, data)
			}
			if err != nil || !strings.Contains(out.String(), "resize") || strings.Contains(out.String(), "{{") {
				t.Errorf("%s: %s: %q %v", a.Name, kind, &out, err)
			}
			if strings.Contains(text, "${") {
				t.Errorf("%s: %s: Flux would replace what looks like its variables", a.Name, kind)
			}
		}
	}
}

func TestObjects(t *testing.T) {
	kinds := func(objects []emit.Object) string {
		var out []string
		for _, obj := range objects {
			out = append(out, obj.GetObjectKind().GroupVersionKind().String())
		}
		return strings.Join(out, "; ")
	}
	with := target("media")
	if got := kinds(Objects(with)); got != "monitoring.coreos.com/v1, Kind=PodMonitor; monitoring.coreos.com/v1, Kind=PrometheusRule" {
		t.Error(got)
	}
	with.Alerts, with.Interval = false, "15s"
	objects := Objects(with)
	if got := kinds(objects); got != "monitoring.coreos.com/v1, Kind=PodMonitor" {
		t.Fatal(got)
	}
	monitor := objects[0].(*PodMonitor)
	if got := monitor.Spec.PodMetricsEndpoints[0]; got != (PodMetricsEndpoint{Port: "admin", Path: "/metrics", Interval: "15s"}) {
		t.Errorf("%+v", got)
	}
}
