package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// TestKill ends a runner with SIGKILL while it has records in flight and most of its input unread, and starts another:
// nothing is missing.
func TestKill(t *testing.T) {
	const total = 300
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "in", "out", "dlq"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics("out"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for i := range total {
		if err := client.ProduceSync(ctx, &kgo.Record{Topic: "in", Key: fmt.Append(nil, i), Value: fmt.Append(nil, i)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	environ := environment(t, strings.Join(cluster.ListenAddrs(), ","))
	seen := map[string]bool{}
	read := func(until int) {
		for len(seen) < until {
			fetches := client.PollFetches(ctx)
			if ctx.Err() != nil {
				t.Fatalf("%d of %d results", len(seen), until)
			}
			fetches.EachRecord(func(r *kgo.Record) { seen[string(r.Value)] = true })
		}
	}
	first := process(t, environ)
	read(20)
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	if len(seen) > total*7/10 {
		t.Fatalf("%d results before the kill: too many for a proof", len(seen))
	}
	second := process(t, environ)
	read(total)
	if err := second.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := second.Wait(); err != nil {
		t.Errorf("the drain: %v", err)
	}
}

// environment is that of a runner which runs cat for each record.
func environment(t *testing.T, bootstrap string) []string {
	t.Helper()
	routes := map[contract.Class]contract.Route{}
	for _, class := range contract.Classes() {
		routes[class] = contract.Route{To: contract.RouteDeadLetters}
	}
	document, err := contract.Marshal(&contract.Node{
		Version: contract.Version, Pipeline: "p", Node: "n", Group: "p.n", DeadLetters: "dlq",
		Inputs: []contract.Input{{Name: "in", Topic: "in"}}, Outputs: []contract.Output{{Name: "out", Topic: "out"}},
		Exec:     &contract.Exec{Command: []string{"sh", "-c", "sleep 0.02; cat"}, Input: contract.InputStdin, Output: contract.OutputStdout},
		Ordering: contract.OrderKey, Delivery: contract.AtLeastOnce, Concurrency: 4, Timeout: contract.Duration(10 * time.Second), Drain: contract.Duration(5 * time.Second),
		OnFailure: &contract.OnFailure{FailurePolicy: contract.FailurePolicy{
			InPlace: contract.InPlace{Attempts: 2, Backoff: contract.Duration(time.Millisecond), Max: contract.Duration(time.Second)},
			Routes:  routes,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), contract.NodeFile)
	if err := os.WriteFile(path, document, 0o600); err != nil {
		t.Fatal(err)
	}
	out := append(os.Environ(), "RUNNER_TEST_AS=node")
	for _, v := range (contract.Environment{NodeFile: path, BootstrapServers: bootstrap}).Env() {
		out = append(out, v.Name+"="+v.Value)
	}
	return out
}

// process starts the test binary as a runner; the test's end kills it.
func process(t *testing.T, environ []string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = environ
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd
}
