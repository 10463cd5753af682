package compiler_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/compiler/compilertest"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const photos = `
apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata: {name: photos, labels: {team: media, tier: gold}}
spec:
  types: {photo: {contentType: image/png}, any: {contentType: image/*}}
  steps:
    - {name: upload, outputs: [{type: photo, topic: {retention: 7d, maxMessageBytes: 2Mi, config: {segment.ms: 1000}}}]}
    - name: resize
      inputs: [{name: photo, from: upload, type: any}]
      outputs: [{name: thumb, type: any}]
      ordering: none
      concurrency: 8
      timeout: 5s
      onFailure: {inPlace: {attempts: 2, backoff: 1s, max: 2s}}
    - {name: store, inputs: [{name: in, from: [resize.thumb, upload]}]}
`

const environments = `
---
apiVersion: pipelinectl.dev/v1alpha1
kind: Environment
metadata: {name: prod}
spec:
  namespace: media
  kafka:
    bootstrapServers: kafka:9092
    prefix: prod.
    topicDefaults: {partitions: 6, replicationFactor: 3, minInSyncReplicas: 2}
  domains:
    - {suffix: z.example.org}
    - {suffix: b.example.org, selector: {team: media}}
    - {suffix: a.example.org, selector: {team: media}}
    - {suffix: best.example.org, selector: {team: media, tier: gold}}
    - {suffix: no.example.org, selector: {team: media, tier: gold, other: x}}
  overrides:
    - {match: {node: resize}, set: {concurrency: 16, outputs: [{name: thumb, topic: {partitions: 12}}]}}
    - {match: {node: resize}, set: {concurrency: 32}}
    - {match: {node: upload}, set: {outputs: [{topic: {cleanupPolicy: compact}}]}}
---
apiVersion: pipelinectl.dev/v1alpha1
kind: Environment
metadata: {name: dev}
spec:
  namespace: media-dev
  kafka: {bootstrapServers: "kafka:9092", prefix: dev.}
`

func compile(t *testing.T, text string, kind compiler.Kind) (*compiler.Program, diag.List) {
	t.Helper()
	docs, findings := schema.Parse("photos.yaml", []byte(text))
	if findings.HasErrors() {
		t.Fatal(findings)
	}
	return compiler.Compile(docs, []compiler.Kind{kind})
}

func mustCompile(t *testing.T, text string) *compiler.Program {
	t.Helper()
	p, findings := compile(t, text, compilertest.Step(false))
	if findings.HasErrors() {
		t.Fatal(findings)
	}
	return p
}

// graph gives the plan of the pipeline in an environment; "" is none.
func graph(t *testing.T, p *compiler.Program, environment string) *compiler.Graph {
	t.Helper()
	for _, g := range p.Graphs {
		if (g.Environment == nil && environment == "") || (g.Environment != nil && g.Environment.Name.V == environment) {
			return g
		}
	}
	t.Fatalf("no graph of environment %q", environment)
	return nil
}

func node(t *testing.T, g *compiler.Graph, name string) *compiler.Node {
	t.Helper()
	for _, n := range g.Nodes {
		if n.Name == name {
			return n
		}
	}
	t.Fatalf("no node %q", name)
	return nil
}

func TestPlanWithNoEnvironmentInventsNothing(t *testing.T) {
	g := graph(t, mustCompile(t, photos+environments), "")
	if g.Names.Prefix != "" || g.Domain != nil {
		t.Errorf("prefix %q, domain %v: want none", g.Names.Prefix, g.Domain)
	}
	resize := node(t, g, "resize")
	if got := resize.Runner.Group; got != "photos.resize" {
		t.Errorf("group %q", got)
	}
	if topic := resize.Outputs[0].Topic; topic.Partitions != 1 || topic.ReplicationFactor != 0 {
		t.Errorf("topic %+v: want one partition and the broker's replication", topic)
	}
}

func TestPlanInAnEnvironment(t *testing.T) {
	g := graph(t, mustCompile(t, photos+environments), "prod")
	want := &contract.Node{
		Version: contract.Version, Pipeline: "photos", Node: "resize", Group: "prod.photos.resize",
		Inputs:      []contract.Input{{Name: "photo", Topic: "prod.photos.upload.out", ContentType: "image/png"}},
		Outputs:     []contract.Output{{Name: "thumb", Topic: "prod.photos.resize.thumb"}}, // image/* is no record's type
		DeadLetters: "prod.photos.resize.dlq",
		Ordering:    contract.OrderNone, Delivery: contract.AtLeastOnce, Concurrency: 32, // the later override wins
		Timeout: contract.Duration(5e9), Drain: contract.Duration(15e9),
		OnFailure: &contract.OnFailure{FailurePolicy: contract.FailurePolicy{
			InPlace: contract.InPlace{Attempts: 2, Backoff: contract.Duration(1e9), Max: contract.Duration(2e9)},
			Routes: map[contract.Class]contract.Route{
				contract.Transient: {To: contract.RouteDeadLetters}, contract.Permanent: {To: contract.RouteDeadLetters},
				contract.Overload: {To: contract.RouteDeadLetters}, contract.Poison: {To: contract.RouteDeadLetters},
			},
		}},
	}
	wantBytes, err := contract.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	resize := node(t, g, "resize")
	if !bytes.Equal(resize.Contract, wantBytes) {
		t.Errorf("got %s\nwant %s", resize.Contract, wantBytes)
	}
	if resize.Hash != contract.Hash(wantBytes) {
		t.Errorf("hash %q is not that of the bytes", resize.Hash)
	}
	if topic := resize.Outputs[0].Topic; topic.Partitions != 12 || topic.ReplicationFactor != 3 || topic.Config["min.insync.replicas"] != "2" {
		t.Errorf("topic %+v: want the override's partitions and the environment's defaults", topic)
	}
	upload := node(t, g, "upload").Outputs[0].Topic
	for key, value := range map[string]string{"retention.ms": "604800000", "max.message.bytes": "2097152", "segment.ms": "1000", "cleanup.policy": "compact"} {
		if upload.Config[key] != value {
			t.Errorf("%s is %q, want %q", key, upload.Config[key], value)
		}
	}
	if upload.Partitions != 6 {
		t.Errorf("%d partitions, want the environment's 6", upload.Partitions)
	}
	if len(g.Edges) != 3 || len(g.Topics) != 4 {
		t.Errorf("%d edges and %d topics, want 3 and 4", len(g.Edges), len(g.Topics))
	}
}

func TestOverridesChangeOneEnvironmentOnly(t *testing.T) {
	p := mustCompile(t, photos+environments)
	for environment, want := range map[string]int{"": 8, "dev": 8, "prod": 32} {
		if got := node(t, graph(t, p, environment), "resize").Runner.Concurrency; got != want {
			t.Errorf("environment %q: concurrency %d, want %d", environment, got, want)
		}
	}
}

func TestDomainWithMostLabelsWins(t *testing.T) {
	rules := "    - {suffix: best.example.org, selector: {team: media, tier: gold}}\n"
	for _, test := range []struct{ text, want string }{
		{photos + environments, "best.example.org"},
		{photos + strings.Replace(environments, rules, "", 1), "a.example.org"}, // a tie goes by suffix
		{strings.Replace(photos, ", labels: {team: media, tier: gold}", "", 1) + environments, "z.example.org"},
	} {
		g := graph(t, mustCompile(t, test.text), "prod")
		if g.Domain == nil || g.Domain.Suffix.V != test.want {
			t.Errorf("domain %+v, want %s", g.Domain, test.want)
		}
	}
}

func TestPlanRefusesImpossibleRunner(t *testing.T) {
	_, findings := compile(t, photos, compilertest.Step(true))
	if len(findings) == 0 || findings[0].Code != compiler.CodeContract {
		t.Errorf("got %v, want %s", findings, compiler.CodeContract)
	}
}

func TestCompileChangesNoDocument(t *testing.T) {
	text := photos + environments
	docs, _ := schema.Parse("photos.yaml", []byte(text))
	defer func() {
		if fresh, _ := schema.Parse("photos.yaml", []byte(text)); !reflect.DeepEqual(docs, fresh) {
			t.Error("the documents are not what they were")
		}
	}()
	first, _ := compiler.Compile(docs, []compiler.Kind{compilertest.Step(false)})
	second, _ := compiler.Compile(docs, []compiler.Kind{compilertest.Step(false)})
	for i, g := range first.Graphs {
		for j, n := range g.Nodes {
			if !bytes.Equal(n.Contract, second.Graphs[i].Nodes[j].Contract) {
				t.Errorf("the second compilation of one document gives another contract of %s", n.Name)
			}
		}
	}
}
