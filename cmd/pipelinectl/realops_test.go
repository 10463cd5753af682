package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/emit/strimzi"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// TestRealOps holds the rights of the operators' user to what their commands do on a real Kafka: with all of them each
// command works, and without any one a command says which is missing.
func TestRealOps(t *testing.T) {
	t.Parallel()
	k := newRealKafka(t)
	text, err := os.ReadFile("../../testdata/real/operated.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d := k.deploy(strings.ReplaceAll(string(text), "UNIQUE", k.unique))
	if !t.Run("nodes", func(t *testing.T) { d.in(t).works() }) {
		return
	}
	o := d.operator()
	if !t.Run("dry", func(t *testing.T) { o.in(t).all("--dry-run") }) {
		return
	}
	for _, r := range rightsOf(o.user) {
		t.Run(r.String(), func(t *testing.T) { o.in(t).misses(r) })
	}
	t.Run("all", func(t *testing.T) { o.in(t).all() })
}

// operator is somebody with the operators' user.
type operator struct {
	*deployment
	user *strimzi.KafkaUser
	// project is the folder of the pipeline, credentials that of the user.
	project, credentials string
}

func (d *deployment) operator() *operator {
	d.t.Helper()
	o := &operator{deployment: d, user: d.users[d.graph.Ops().User], project: d.t.TempDir(), credentials: d.t.TempDir()}
	if o.user == nil {
		d.t.Fatalf("no user of operators' commands: %v", d.users)
	}
	ca, err := os.ReadFile(d.ca)
	if err != nil {
		d.t.Fatal(err)
	}
	for file, text := range map[string]string{
		filepath.Join(o.project, "pipeline.yaml"): d.text,
		filepath.Join(o.credentials, "ca.crt"):    string(ca),
		filepath.Join(o.credentials, "password"):  o.user.Name + "-secret",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			d.t.Fatal(err)
		}
	}
	return o
}

func (o *operator) in(t *testing.T) *operator {
	part := *o
	part.deployment = o.deployment.in(t)
	return &part
}

// commands are what operators do with a pipeline, in an order in which each finds something to do.
func (o *operator) commands() [][]string {
	var topics, groups []string
	for _, n := range o.graph.Nodes {
		for _, t := range n.State() {
			topics = append(topics, "--allow-destroy", "KafkaTopic/"+t.Name+"@real")
		}
		if n.Group != "" {
			groups = append(groups, "--allow-destroy", "ConsumerGroup/"+n.Group+"@real")
		}
	}
	groups = append(groups, "--allow-destroy", "ConsumerGroup/"+o.graph.Ops().Group+"@real")
	return [][]string{
		{"dlq", "ls"}, {"dlq", "show", "--limit", "1"}, {"dlq", "replay", "--to", "source"},
		append([]string{"dlq", "purge"}, topics...),
		append([]string{"reset", "operated", "--to", "latest"}, groups...),
		append(append([]string{"clean", "operated"}, topics...), groups...),
	}
}

// run runs one command as the user.
func (o *operator) run(words ...string) (string, error) {
	args := append(slices.Clone(words), "pipeline.yaml", "--env", "real", "--credentials", o.credentials)
	command := exec.CommandContext(o.t.Context(), "pipelinectl", args...)
	command.Dir = o.project
	out, err := command.CombinedOutput()
	return string(out), err
}

// all runs every command, with more words for those that change something, and demands that each succeeds.
func (o *operator) all(more ...string) {
	o.t.Helper()
	for _, words := range o.commands() {
		if words[1] != "ls" && words[1] != "show" {
			words = append(words, more...)
		}
		if out, err := o.run(words...); err != nil {
			o.t.Errorf("%s: %v\n%s", strings.Join(words, " "), err, out)
		}
	}
}

// misses takes one right away, and demands that a command names it. What was there to delete is written anew first.
func (o *operator) misses(missing right) {
	o.client = o.connect() // one that has not known the topics which are gone
	for _, n := range o.graph.Nodes {
		for _, t := range n.State() {
			o.topic(t.Name, t.Partitions, t.Config)
		}
		for _, topic := range topicsRead(n) {
			from := kgo.RecordHeader{Key: contract.HeaderErrorTopic, Value: []byte(topic)}
			o.produceRecords(&kgo.Record{Topic: n.DeadLetters.Name, Value: []byte("letter"), Headers: []kgo.RecordHeader{from}})
		}
	}
	o.deny(missing)
	defer o.allow(missing)
	var said []string
	for _, words := range o.commands() {
		out, err := o.run(words...)
		if _, failed := errors.AsType[*exec.ExitError](err); failed && strings.Contains(out, "do not allow "+missing.String()+":") {
			return
		}
		said = append(said, strings.Join(words, " ")+"\n"+out)
	}
	o.t.Errorf("no command misses it:\n%s", strings.Join(said, "\n"))
}
