package workload

import (
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/monitoring"
)

// monitor adds what has Prometheus watch the pipeline's runners, all of them. With no environment it is what any may have.
func monitor(b *emit.Builder) {
	g := b.Graph()
	t := monitoring.Target{
		Pipeline: g.Pipeline.Name.V,
		Meta:     metav1.ObjectMeta{Name: g.Names.Shared(), Labels: Labels(g, nil)},
		Pods:     map[string]string{LabelName: g.Names.Label(g.Pipeline.Name.V)},
		Port:     PortAdmin,
		Alerts:   true,
	}
	if env := g.Environment; env != nil {
		m := env.Monitoring()
		if m == nil {
			return
		}
		t.Namespace, t.Interval, t.Alerts = env.Namespace.V, m.ScrapeInterval(), m.Alerts.V
		for _, l := range m.Labels {
			t.Meta.Labels[l.Key.V] = l.Value.V
		}
		maps.Copy(t.Meta.Labels, ownLabels(g))
	}
	for _, obj := range monitoring.Objects(t) {
		b.Add(emit.App, obj)
	}
}

// budgeted says whether a node has a disruption budget. One pod alone has none: it would block the drain. With no
// environment every node has one, since any may have several pods somewhere.
func budgeted(env *compiler.Environment, spec *Spec) bool {
	return env == nil || env.HasDisruptionBudgets() && spec.scaled()
}
