package local

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/broker"
)

func TestPlanKeepsTheCompiledContract(t *testing.T) {
	t.Parallel()
	graphs := compile(t, shout)
	dir := t.TempDir()
	p, findings, err := NewPlan(graphs, dir)
	if err != nil || len(findings) > 0 {
		t.Fatalf("%v %v", findings, err)
	}
	for i, n := range p.Nodes {
		if planned := graphs[0].Nodes[i]; n.Label != planned.Name || !bytes.Equal(n.Contract, planned.Contract) || n.Runner != planned.Runner {
			t.Errorf("node %s runs with another contract than was compiled for %s", n.Label, planned.Name)
		}
		if n.Dir != dir {
			t.Errorf("node %s runs in %s, want %s", n.Label, n.Dir, dir)
		}
	}
	var names []string
	for _, topic := range p.Topics {
		names = append(names, topic.Name)
	}
	if want := []string{"words.notify.dlq", "words.shout.dlq", "words.shout.loud", "words.upload.out"}; !reflect.DeepEqual(names, want) {
		t.Errorf("the topics are %v, want %v", names, want)
	}
}

func TestPlanOfSeveralPipelines(t *testing.T) {
	t.Parallel()
	p, findings := plan(t, t.TempDir(), `
apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata: {name: first}
spec:
  endpoints:
    - {name: upload, http: {path: /upload}, outputs: [{name: out, topic: {partitions: 3, retention: 1d}}]}
  hooks:
    - {name: notify, from: upload, url: "https://hooks.example.org/first"}
---
apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata: {name: second}
spec:
  topics:
    - {name: theirs, topic: first.upload.out, managed: false}
    - {name: foreign, topic: crm.v1, managed: false, partitions: 2}
  hooks:
    - {name: notify, from: [theirs, foreign], url: "https://hooks.example.org/second"}
`)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	var labels []string
	for _, n := range p.Nodes {
		labels = append(labels, n.Label)
	}
	if want := []string{"first/notify", "first/upload", "second/notify"}; !reflect.DeepEqual(labels, want) {
		t.Errorf("the nodes are %v, want %v", labels, want)
	}
	topics := map[string]broker.Topic{}
	for _, topic := range p.Topics {
		topics[topic.Name] = topic
	}
	if topic := topics["first.upload.out"]; topic.Partitions != 3 || topic.Config["retention.ms"] != "86400000" {
		t.Errorf("a topic that one pipeline owns and another reads is made as %+v", topic)
	}
	if topic := topics["crm.v1"]; topic.Partitions != 2 {
		t.Errorf("a topic that others own is made as %+v", topic)
	}
	var members []*member
	for _, n := range p.Nodes {
		members = append(members, &member{Node: n})
	}
	var order [][]string
	for _, stage := range stages(members) {
		var names []string
		for _, m := range stage {
			names = append(names, m.Label)
		}
		order = append(order, names)
	}
	if want := [][]string{{"first/upload"}, {"first/notify", "second/notify"}}; !reflect.DeepEqual(order, want) {
		t.Errorf("the direction of flow is %v, want %v", order, want)
	}
}

func TestStagesOfARing(t *testing.T) {
	t.Parallel()
	p, _ := plan(t, t.TempDir(), strings.Join([]string{ring("a", "b"), ring("b", "a")}, "\n---\n"))
	var members []*member
	for _, n := range p.Nodes {
		members = append(members, &member{Node: n})
	}
	if got := stages(members); len(got) != 1 || len(got[0]) != 2 {
		t.Errorf("two pipelines that read one another give stages %v", got)
	}
}

func ring(name, other string) string {
	return `
apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata: {name: ` + name + `}
spec:
  topics: [{name: theirs, topic: ` + other + `.copy.out, managed: false}]
  algos:
    - {name: copy, image: "acme/copy:1", exec: {command: [cat]}, inputs: [{name: in, from: theirs}], outputs: [{name: out}]}
`
}

func TestPlanFindings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script(t, dir, "there.sh", "#!/bin/sh\n")
	if err := os.WriteFile(filepath.Join(dir, "plain.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	algo := func(fields string) string {
		return `
apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata: {name: p}
spec:
  endpoints: [{name: upload, http: {path: /}}]
  algos:
    - name: work
      image: acme/work:1
      inputs: [{name: in, from: upload}]
      ` + fields + "\n"
	}
	for name, c := range map[string]struct{ fields, want string }{
		"on PATH":                {`exec: {command: [cat]}`, ""},
		"not on PATH":            {`exec: {command: [no-such-program]}`, "run-command: node `work` runs `no-such-program`"},
		"local instead":          {"exec: {command: [no-such-program]}\n      local: {command: [cat]}", ""},
		"local not on PATH":      {"exec: {command: [cat]}\n      local: {command: [no-such-program]}", "run-command: node `work` runs `no-such-program`"},
		"a path beside the file": {"exec: {command: [cat]}\n      local: {command: [./there.sh]}", ""},
		"a path to nothing":      {"exec: {command: [cat]}\n      local: {command: [./gone.sh]}", "run-command: node `work` runs `./gone.sh`"},
		"a file that cannot run": {"exec: {command: [cat]}\n      local: {command: [./plain.txt]}", "permission denied"},
		"an unknown reference":   {"exec: {command: [cat]}\n      local: {command: [cat, $(x)]}", "unknown reference `$(x)`"},
		"a file that exec has":   {"exec: {command: [cat, $(input.file)], input: file}\n      local: {command: [cat, $(input.file)]}", ""},
		"a file that exec lacks": {"exec: {command: [cat]}\n      local: {command: [cat, $(input.file)]}", "unknown reference `$(input.file)`"},
		"no server":              {"http: {port: 8000}", "run-server: node `work` posts its records to the server in its image"},
		"a server":               {"http: {port: 8000}\n      local: {command: [./there.sh]}", ""},
		"a server not there":     {"http: {port: 8000}\n      local: {command: [./gone.sh]}", "run-server: the server of node `work` is started with `./gone.sh`"},
		"a server elsewhere":     {"http: {port: 8000}\n      local: {url: \"http://127.0.0.1:9\"}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, findings := plan(t, dir, algo(c.fields))
			var got []string
			for _, d := range findings {
				got = append(got, string(d.Code)+": "+d.Message)
				if !d.Pos.IsValid() || d.Hint == "" {
					t.Errorf("a finding without place or mend: %+v", d)
				}
			}
			if text := strings.Join(got, "\n"); (c.want == "") != (text == "") || !strings.Contains(text, c.want) {
				t.Errorf("found %q, want %q", text, c.want)
			}
			if len(p.Nodes) != 2 {
				t.Errorf("the plan has %d nodes", len(p.Nodes))
			}
		})
	}
}
