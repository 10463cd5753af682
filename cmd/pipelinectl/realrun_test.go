package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// chain has topics with transactions between its nodes: the markers that these leave are no records, and nobody may wait
// for them.
const chain = `
apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata: {name: quickstart}
spec:
  endpoints: [{name: lines, http: {path: /lines}}]
  algos:
    - {name: shout, image: "acme/shout:1", exec: {command: [tr, a-z, A-Z]}, inputs: [{name: line, from: lines}], outputs: [{name: out}], delivery: exactly-once}
    - {name: copy, image: "acme/copy:1", exec: {command: [cat]}, inputs: [{name: line, from: shout}], outputs: [{name: out}], delivery: exactly-once}
  hooks: [{name: notify, from: copy, url: "https://hooks.example.org/chain"}]
`

// TestRun runs pipelines on the broker that comes with it, TestRealRun on a real Kafka: both must do the same.
func TestRun(t *testing.T) {
	t.Parallel()
	runBoth(t, func(*testing.T) (string, []string) { return "", nil })
}

// TestRealRun is TestRun with --bootstrap.
func TestRealRun(t *testing.T) {
	t.Parallel()
	runBoth(t, func(t *testing.T) (string, []string) {
		k := newRealKafka(t)
		t.Cleanup(k.sweep)
		return k.open(), []string{"--env", "real", "--bootstrap", k.plain}
	})
}

// open is an environment of the Kafka that asks nobody who they are.
func (k *realKafka) open() string {
	return fmt.Sprintf("\n---\napiVersion: pipelinectl.dev/v1alpha1\nkind: Environment\nmetadata: {name: real}\n"+
		"spec: {namespace: real, kafka: {cluster: real, bootstrapServers: %q, prefix: %s}}\n", k.plain, k.unique)
}

// sweep removes the topics of this test.
func (k *realKafka) sweep() {
	topics, err := k.admin.ListTopics(context.Background())
	if err != nil {
		return
	}
	ours := slices.DeleteFunc(topics.Names(), func(name string) bool { return !strings.HasPrefix(name, k.unique) })
	_, _ = k.admin.DeleteTopics(context.Background(), ours...)
}

// runBoth runs the quickstart and a chain of transactions; where says what is added to the pipeline, and to the command.
func runBoth(t *testing.T, where func(*testing.T) (string, []string)) {
	quickstart, err := os.ReadFile(filepath.Join(examples(t)["quickstart"], "pipeline.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		pipeline string
		want     []string
	}{
		"quickstart":   {string(quickstart), []string{"HELLO THERE", "BYE", "2", "1"}},
		"exactly-once": {chain, []string{"HELLO THERE", "BYE"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			more, args := where(t)
			file := filepath.Join(t.TempDir(), "pipeline.yaml")
			if err := os.WriteFile(file, []byte(c.pipeline+more), 0o600); err != nil {
				t.Fatal(err)
			}
			runOnce(t, append([]string{"run", file}, args...), c.want)
		})
	}
}

// runOnce runs a command until its hook has delivered what is wanted, and demands that it then ends, with nothing left.
func runOnce(t *testing.T, args, want []string) {
	t.Helper()
	p := startProcess(t, args...)
	for _, line := range []string{"hello there", "bye"} {
		p.post(line, "")
	}
	for _, line := range want {
		p.until(line, func() bool { return regexp.MustCompile(`(?m)^notify\t` + line + `\s*$`).MatchString(p.out.String()) })
	}
	p.end()
}

// process is a `run` in a process of its own, with an endpoint called lines.
type process struct {
	t         *testing.T
	command   *exec.Cmd
	out, talk *synced
	ended     chan error
}

// startProcess starts a command and waits until its pipeline takes records.
func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t, command: exec.CommandContext(t.Context(), "pipelinectl", args...), out: &synced{}, talk: &synced{}, ended: make(chan error, 1)}
	p.command.Stdout, p.command.Stderr = p.out, p.talk
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.command.Wait() }()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("it says:\n%s\nand prints:\n%s", p.talk, p.out)
		}
	})
	p.said(`(?m)^(ready)`)
	return p
}

// until waits for a condition.
func (p *process) until(what string, met func() bool) {
	p.t.Helper()
	for end := time.Now().Add(realPatience); !met(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("timed out waiting for %s", what)
		}
	}
}

// said waits for talk that matches, and gives the first group of it.
func (p *process) said(pattern string) string {
	p.t.Helper()
	var found []string
	p.until(pattern, func() bool {
		found = regexp.MustCompile(pattern).FindStringSubmatch(p.talk.String())
		return found != nil
	})
	return found[1]
}

// post hands the endpoint a record, with a key unless that is empty.
func (p *process) post(value, key string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.said(`(?m)^node lines takes records on (\S+)$`), strings.NewReader(value))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "text/plain")
	if key != "" {
		req.Header.Set(contract.HeaderKey, key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusAccepted {
		p.t.Fatalf("%s: %s", value, resp.Status)
	}
}

// drainTime is how long a run may take to end: far less than its budget, which it uses up where it waits for what never
// comes.
const drainTime = 15 * time.Second

// end interrupts it, and demands that it ends with nothing left.
func (p *process) end() {
	p.t.Helper()
	if err := p.command.Process.Signal(os.Interrupt); err != nil {
		p.t.Fatal(err)
	}
	select {
	case err := <-p.ended:
		if err != nil || strings.Contains(p.talk.String(), "has not finished") {
			p.t.Errorf("it ends with %v", err)
		}
	case <-time.After(drainTime):
		p.t.Errorf("it has not ended after %s", drainTime)
	}
}
