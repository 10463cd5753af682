package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// spoken writes results and dead letters in transactions.
const spoken = `
apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata: {name: spoken}
spec:
  endpoints: [{name: lines, http: {path: /lines}}]
  algos:
    - name: check
      image: acme/check:1
      exec: {command: [grep, -v, bad]}
      inputs: [{name: line, from: lines}]
      outputs: [{name: out}]
      delivery: exactly-once
      onFailure: {inPlace: {attempts: 1}}
  hooks: [{name: notify, from: check, url: "https://hooks.example.org/spoken"}]
`

// TestReaders has clients that are not ours, kgo (franz-go) and kcat (librdkafka), read what runners have written to the
// broker of `run`, TestRealReaders on a real Kafka: records as they are, with keys and headers, and nothing of a
// transaction that came to nothing.
func TestReaders(t *testing.T) {
	t.Parallel()
	readers(t, "", "")
}

// TestRealReaders is TestReaders on a real Kafka.
func TestRealReaders(t *testing.T) {
	t.Parallel()
	k := newRealKafka(t)
	t.Cleanup(k.sweep)
	readers(t, k.open(), k.unique, "--env", "real", "--bootstrap", k.plain)
}

func readers(t *testing.T, environment, prefix string, args ...string) {
	file := filepath.Join(t.TempDir(), "pipeline.yaml")
	if err := os.WriteFile(file, []byte(spoken+environment), 0o600); err != nil {
		t.Fatal(err)
	}
	p := startProcess(t, append([]string{"run", file}, args...)...)
	address := p.said(`(?m)^kafka (?:listens on|is at) (\S+)$`)
	abort(t, address, prefix+"spoken.check.out")
	p.post("good", "Jürgen")
	p.post("bad", "7")
	p.post("better", "8")
	p.until("the last result", func() bool { return strings.Contains(p.out.String(), "notify\tbetter") })
	for topic, want := range map[string][]told{
		prefix + "spoken.check.out": {
			{"Jürgen", "good", map[string]string{contract.HeaderPipeline: "spoken", contract.HeaderNode: "check", contract.HeaderContentType: "text/plain"}},
			{"8", "better", map[string]string{contract.HeaderAttempt: "1"}},
		},
		prefix + "spoken.check.dlq": {
			{"7", "bad", map[string]string{contract.HeaderErrorTopic: prefix + "spoken.lines.out", contract.HeaderErrorClass: "transient", contract.HeaderErrorCause: "exit status 1"}},
		},
	} {
		t.Run("kgo/"+topic, func(t *testing.T) { compare(t, readKgo(t, address, topic, len(want)), want) })
		t.Run("kcat/"+topic, func(t *testing.T) { compare(t, readKcat(t, address, topic, len(want)), want) })
	}
	p.end()
}

// abort writes a record in a transaction that comes to nothing.
func abort(t *testing.T, address, topic string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(address, ",")...), kgo.TransactionalID(topic))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), realPatience)
	defer cancel()
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := client.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte("aborted")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := client.EndTransaction(ctx, kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
}

// told is a record as a reader tells it; of one that is wanted, some of the headers.
type told struct {
	key, value string
	headers    map[string]string
}

func compare(t *testing.T, got, want []told) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d: %v", len(got), len(want), got)
	}
	for i, w := range want {
		if got[i].key != w.key || strings.TrimSpace(got[i].value) != w.value {
			t.Errorf("record %d is %q with key %q, want %q with key %q", i, got[i].value, got[i].key, w.value, w.key)
		}
		for name, value := range w.headers {
			if got[i].headers[name] != value {
				t.Errorf("record %d has header %s: %q, want %q", i, name, got[i].headers[name], value)
			}
		}
	}
}

// readKgo reads what is committed of a topic, by offset.
func readKgo(t *testing.T, address, topic string, n int) []told {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(address, ",")...), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), realPatience)
	defer cancel()
	var out []told
	for len(out) < n && ctx.Err() == nil {
		for _, r := range client.PollFetches(ctx).Records() {
			one := told{string(r.Key), string(r.Value), map[string]string{}}
			for _, h := range r.Headers {
				one.headers[h.Key] = string(h.Value)
			}
			out = append(out, one)
		}
	}
	return out
}

// readKcat reads what is committed of a topic with librdkafka. Its headers are joined by commas, which ours do not hold.
func readKcat(t *testing.T, address, topic string, n int) []told {
	t.Helper()
	kcat, err := exec.LookPath("kcat")
	if err != nil {
		t.Skip("no kcat: it is the Debian package of that name")
	}
	ctx, cancel := context.WithTimeout(t.Context(), realPatience)
	defer cancel()
	// Not until the end of the partition, which is a marker that librdkafka may stop before: it waits for so many.
	command := exec.CommandContext(ctx, kcat, "-C", "-b", address, "-t", topic, "-o", "beginning", "-c", strconv.Itoa(n), "-q",
		"-X", "isolation.level=read_committed", "-f", "%k\x1f%s\x1f%h\x1e")
	text, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	var out []told
	for line := range strings.SplitSeq(strings.TrimSuffix(string(text), "\x1e"), "\x1e") {
		fields := strings.Split(line, "\x1f")
		if len(fields) != 3 {
			t.Fatalf("kcat prints %q", line)
		}
		one := told{fields[0], fields[1], map[string]string{}}
		for header := range strings.SplitSeq(fields[2], ",") {
			name, value, _ := strings.Cut(header, "=")
			one.headers[name] = value
		}
		out = append(out, one)
	}
	return out
}
