package compiler_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/compiler/compilertest"
)

const orders = `
apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata: {name: orders}
spec:
  steps:
    - {name: upload, outputs: [{topic: {partitions: 4, maxMessageBytes: 128Mi}}]}
    - {name: other, outputs: [{name: left, topic: {partitions: 9}}, {name: right}]}
    - name: loose
      inputs:
        - {name: a, from: upload}
        - {name: b, from: other.left, onFailure: {delayed: [{after: 2d, times: 5}, {after: 1h}, {after: 1m}]}}
        - {name: c, from: other.right, onFailure: {delayed: []}}
      ordering: none
      onFailure: {delayed: [{after: 30s, times: 2}, {after: 3d}]}
    - name: keyed
      inputs:
        - {name: a, from: [upload, other.left]}
        - {name: c, from: other.right, onFailure: {delayed: []}}
      onFailure: {delayed: [{after: 30s}]}
---
apiVersion: pipelinectl.dev/v1alpha1
kind: Environment
metadata: {name: prod}
spec:
  namespace: shop
  kafka:
    bootstrapServers: kafka:9092
    prefix: prod.
    topicDefaults: {replicationFactor: 3, minInSyncReplicas: 2}
`

// nodeOf is a node of a pipeline in an environment.
func nodeOf(t *testing.T, p *compiler.Program, environment, node string) *compiler.Node {
	t.Helper()
	for _, g := range p.Graphs {
		if g.Environment == nil || g.Environment.Name.V != environment {
			continue
		}
		for _, n := range g.Nodes {
			if n.Name == node {
				return n
			}
		}
	}
	t.Fatalf("no node %s in %s", node, environment)
	return nil
}

// TestTiers: as many topics as any input has tiers, each with as many partitions as the widest input, keeping what waits the
// longest in it.
func TestTiers(t *testing.T) {
	n := nodeOf(t, mustCompile(t, orders), "prod", "loose")
	var got []string
	for i, keep := range []string{"1382400000", "1468800000", "1209660000"} { // 14 days and: 2 days, 3 days, a minute
		topic := n.Retries[i]
		got = append(got, topic.Name)
		want := map[string]string{
			"cleanup.policy": "delete", "retention.bytes": "-1", "retention.ms": keep, "min.insync.replicas": "2", "max.message.bytes": "134283264",
		}
		if topic.Partitions != 9 || topic.ReplicationFactor != 3 || !topic.Managed || !reflect.DeepEqual(topic.Config, want) {
			t.Errorf("%s: %d partitions, %v", topic.Name, topic.Partitions, topic.Config)
		}
	}
	want := []string{"prod.orders.loose.retry.1", "prod.orders.loose.retry.2", "prod.orders.loose.retry.3"}
	if !slices.Equal(got, want) || !slices.Equal(n.Runner.Retries, want) || len(n.Parks) > 0 {
		t.Errorf("topics %q, in the contract %q", got, n.Runner.Retries)
	}
	policy := n.Runner.OnFailure.Delayed
	if len(policy) != 2 || policy[0].Times != 2 || policy[1].Times != 1 || len(n.Runner.Inputs[1].OnFailure.Delayed) != 3 || len(n.Runner.Inputs[2].OnFailure.Delayed) != 0 {
		t.Errorf("policies %+v, %+v", policy, n.Runner.Inputs)
	}
}

// TestParks: a topic for each topic whose records are put off, with its partitions, and small.
func TestParks(t *testing.T) {
	n := nodeOf(t, mustCompile(t, orders), "prod", "keyed")
	want := map[string]int32{"prod.orders.keyed.park.other.left": 9, "prod.orders.keyed.park.upload.out": 4}
	if len(n.Parks) != len(want) || len(n.Retries) > 0 || len(n.Runner.Retries) > 0 {
		t.Errorf("%d parks, %d tiers", len(n.Parks), len(n.Retries))
	}
	for _, topic := range n.Parks {
		if topic.Partitions != want[topic.Name] || topic.Config["cleanup.policy"] != "compact" || topic.Config["retention.ms"] != "" {
			t.Errorf("%s: %d partitions, %v", topic.Name, topic.Partitions, topic.Config)
		}
		if topic.Config["segment.bytes"] != "134283264" { // no less than its largest record
			t.Errorf("%s: segments of %s bytes", topic.Name, topic.Config["segment.bytes"])
		}
	}
	parks := map[string]string{}
	for _, in := range n.Runner.Inputs {
		parks[in.Topic] = in.Park
	}
	if !reflect.DeepEqual(parks, map[string]string{
		"prod.orders.upload.out": "prod.orders.keyed.park.upload.out", "prod.orders.other.left": "prod.orders.keyed.park.other.left", "prod.orders.other.right": "",
	}) {
		t.Errorf("parks %v", parks)
	}
}

// TestTiersWithinLimits: a Kafka that keeps nothing long keeps what waits as long as it can, and a wait that is too long
// for it is refused.
func TestTiersWithinLimits(t *testing.T) {
	p := mustCompile(t, orders+"    limits: {maxRetention: 7d}\n")
	if got := nodeOf(t, p, "prod", "loose").Retries[0].Config["retention.ms"]; got != "604800000" {
		t.Errorf("kept for %s ms, want 7 days", got)
	}
	_, findings := compile(t, orders+"    limits: {maxRetention: 5d}\n", compilertest.Step(false))
	if findings[0].Code != compiler.CodeTopicLimits || findings[0].Pos.Line != 15 {
		t.Errorf("a wait of 3 days where records are kept for 5: %v", findings)
	}
}
