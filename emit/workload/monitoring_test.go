package workload_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/monitoring"
	"github.com/pipelinectl/pipelinectl/emit/workload"
	"github.com/pipelinectl/pipelinectl/schema"
)

// TestComponents: what belongs to a component is there with no environment, and as the environment says.
func TestComponents(t *testing.T) {
	const budget, monitor, rule = "PodDisruptionBudget of disruption", "PodMonitor of monitoring", "PrometheusRule of monitoring"
	with := func(c compiler.ComponentsSpec) *compiler.Environment {
		return environment(func(env *compiler.Environment) { env.Components = c })
	}
	for name, test := range map[string]struct {
		env      *compiler.Environment
		replicas int32
		want     []string
	}{
		"no environment":    {nil, 1, []string{budget, monitor, rule}},
		"nothing said":      {with(compiler.ComponentsSpec{}), 2, []string{budget}},
		"one pod":           {with(compiler.ComponentsSpec{}), 1, nil},
		"no budgets":        {with(compiler.ComponentsSpec{Disruption: written(false)}), 2, nil},
		"monitoring":        {with(compiler.ComponentsSpec{Monitoring: &compiler.MonitoringSpec{}}), 1, []string{monitor}},
		"alerts":            {with(compiler.ComponentsSpec{Monitoring: &compiler.MonitoringSpec{Alerts: written(true)}}), 1, []string{monitor, rule}},
		"monitoring is off": {with(compiler.ComponentsSpec{Monitoring: &compiler.MonitoringSpec{Enabled: written(false), Alerts: written(true)}}), 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, r := range resources(t, test.env, test.replicas) {
				if r.Component != "" {
					got = append(got, r.ID().Kind+" of "+string(r.Component))
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestMonitoringIsTheEnvironments: the labels and the interval stand in the PodMonitor, ours stay, and its selector is of
// every pod of the pipeline.
func TestMonitoringIsTheEnvironments(t *testing.T) {
	env := environment(func(env *compiler.Environment) {
		env.Components.Monitoring = &compiler.MonitoringSpec{
			Interval: written(compiler.Duration(90 * time.Second)),
			Labels: schema.Entries[schema.Value[string]]{
				{Key: written("release"), Value: written("prometheus")},
				{Key: written(workload.LabelManagedBy), Value: written("mine")},
			},
		}
	})
	for _, r := range resources(t, env, 1) {
		m, ok := r.Object.(*monitoring.PodMonitor)
		if !ok {
			continue
		}
		if m.Name != "photos" || m.Namespace != "media" || m.Labels["release"] != "prometheus" || m.Labels[workload.LabelManagedBy] != workload.ManagedBy {
			t.Errorf("the metadata is %+v", m.ObjectMeta)
		}
		if got := m.Spec.Selector.MatchLabels; !maps.Equal(got, map[string]string{workload.LabelName: "photos"}) {
			t.Errorf("the selector is %v", got)
		}
		if got := m.Spec.PodMetricsEndpoints; len(got) != 1 || got[0].Port != workload.PortAdmin || got[0].Interval != "1m30s" {
			t.Errorf("the endpoints are %+v", got)
		}
		return
	}
	t.Error("there is no PodMonitor")
}

// resources gives what is emitted for a node with some pods.
func resources(t *testing.T, env *compiler.Environment, replicas int32) []emit.Resource {
	t.Helper()
	g, n := graph(env)
	b := emit.NewBuilder(g)
	pod := workload.Pod{Runner: workload.Runner(g, n, "runner:v1", "runner:v1")}
	if err := workload.Emit(b, n, &workload.Spec{Replicas: written(replicas)}, pod); err != nil {
		t.Fatal(err)
	}
	bundle, err := b.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	return bundle.Resources
}
