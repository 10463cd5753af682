//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/chaos"
)

var wholeChaos = flag.Bool("chaos", false, "kill dozens of times, and prove the suite on planted bugs (minutes)")

// chaotic is a pipeline for chaos. Its program fails in the first attempt at some records, and always at those with a 7, so
// that there are retries and dead letters.
type chaotic struct {
	// prefix begins its names; delivery and ordering are those of the algo.
	prefix, delivery, ordering string
	// flaky is the shell's pattern of records at which the first attempt fails, onFailure the policy.
	flaky, onFailure string
}

// Policies: attempts in place, with a backoff of so much at the most; one attempt and delayed retries.
const (
	inPlace = "{inPlace: {attempts: 5, backoff: 200ms}}"
	inSlow  = "{inPlace: {attempts: 5, backoff: 1s}}"
	delayed = "{inPlace: {attempts: 1}, delayed: [{after: 300ms, times: 3}]}"
)

// write writes it into a folder of its own.
func (c chaotic) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"words.yaml": fmt.Sprintf(`
apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata: {name: words}
spec:
  endpoints:
    - {name: upload, http: {path: /upload}, outputs: [{name: out, topic: {partitions: 3}}]}
  algos:
    - name: shout
      image: acme/shout:1
      exec: {command: [./shout.sh]}
      inputs: [{name: word, from: upload}]
      outputs: [{name: loud, topic: {partitions: 3}}]
      delivery: %s
      ordering: %s
      concurrency: 4
      onFailure: %s
  hooks:
    - {name: notify, from: shout, url: "https://hooks.example.org/words"}
`, c.delivery, c.ordering, c.onFailure),
		"place.yaml": fmt.Sprintf(`
apiVersion: pipelinectl.dev/v1alpha1
kind: Environment
metadata: {name: here}
spec:
  namespace: chaos
  kafka: {cluster: main, namespace: kafka, bootstrapServers: "kafka:9092", prefix: %q}
`, c.prefix),
		"pipelinectl.yaml": "apiVersion: pipelinectl.dev/v1alpha1\nkind: Project\nspec: {}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// Making a folder succeeds once, whoever tries, and however often processes die meanwhile.
	program := fmt.Sprintf(`#!/bin/sh
read word
sleep 0.01
case $word in
*7*) exit 65 ;;
%s) mkdir "seen-$(echo "$word" | tr ' ' -)" 2>/dev/null && exit 1 ;;
esac
echo "$word" | tr a-z A-Z
`, c.flaky)
	if err := os.WriteFile(filepath.Join(dir, "shout.sh"), []byte(program), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// verdict is what chaos writes with --format json.
type verdict struct {
	Sound       bool
	Faults      []chaos.Strike
	Nodes       []chaos.NodeReport
	Differences []string
	exit        int
}

// runChaos runs chaos in the folder of a pipeline, and demands that it comes to a verdict.
func runChaos(t *testing.T, program, dir string, args ...string) verdict {
	t.Helper()
	cmd := exec.Command(program, append([]string{"chaos", "--env", "here", "--format", "json", "--verbose"}, args...)...)
	var out, talk bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &talk
	err := cmd.Run()
	var v verdict
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		v.exit = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s\n%s", out.String(), talk.String())
		}
	})
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		t.Fatalf("exit code %d without a verdict: %v", v.exit, err)
	}
	for line := range strings.Lines(talk.String()) {
		if strings.HasPrefix(line, "chaos: fault ") {
			t.Log(strings.TrimSpace(line))
		}
	}
	return v
}

// demandSound demands that all was as promised, and that each kind of fault struck, as often as was asked for.
func demandSound(t *testing.T, v verdict, faults int, kinds ...chaos.Kind) {
	t.Helper()
	if !v.Sound || v.exit != 0 || len(v.Differences) > 0 {
		t.Errorf("exit code %d, differences %q", v.exit, v.Differences)
	}
	if len(v.Faults) != faults {
		t.Errorf("%d faults struck, want %d", len(v.Faults), faults)
	}
	for _, k := range kinds {
		if !slices.ContainsFunc(v.Faults, func(s chaos.Strike) bool { return s.Kind == k }) {
			t.Errorf("no fault of the kind %s struck", k)
		}
	}
	for _, n := range v.Nodes {
		if n.Read == 0 || n.Lost > 0 || n.Delivery == "exactly-once" && n.Duplicated > 0 {
			t.Errorf("node %s: %+v", n.Node, n)
		}
	}
}

func list(kinds []chaos.Kind) string {
	var out []string
	for _, k := range kinds {
		out = append(out, string(k))
	}
	return strings.Join(out, ",")
}

// needWholeChaos skips what takes minutes unless it is asked for.
func needWholeChaos(t *testing.T) {
	t.Helper()
	if !*wholeChaos {
		t.Skip("this takes minutes: `make chaos` asks for it with the flag -chaos")
	}
}

// TestChaosKills kills with SIGKILL 50 times, and disturbs in every other way that the embedded broker knows, with either
// delivery; and while records wait in parks and tiers.
func TestChaosKills(t *testing.T) {
	needWholeChaos(t)
	for _, c := range []struct {
		name   string
		of     chaotic
		faults int
		kinds  []chaos.Kind
	}{
		{"at-least-once/key", chaotic{"", "at-least-once", "key", "*33*", inPlace}, 50, []chaos.Kind{
			chaos.KillRunner, chaos.RefuseWrites, chaos.KillAlgo, chaos.KillBroker,
		}},
		{"at-least-once/none", chaotic{"", "at-least-once", "none", "*33*", inPlace}, 6, []chaos.Kind{chaos.TerminateRunner, chaos.Members, chaos.Roll}},
		{"exactly-once/partition", chaotic{"", "exactly-once", "partition", "*33*", inPlace}, 12, []chaos.Kind{
			chaos.KillRunner, chaos.RefuseWrites, chaos.KillAlgo, chaos.TerminateRunner, chaos.Members, chaos.Roll,
		}},
		{"at-least-once/parks", chaotic{"", "at-least-once", "key", "*3*", delayed}, 8, []chaos.Kind{
			chaos.KillRunner, chaos.RefuseWrites, chaos.TerminateRunner, chaos.KillBroker,
		}},
		{"at-least-once/tiers", chaotic{"", "at-least-once", "none", "*3*", delayed}, 8, []chaos.Kind{
			chaos.KillRunner, chaos.RefuseWrites, chaos.Roll, chaos.KillBroker,
		}},
		{"exactly-once/parks", chaotic{"", "exactly-once", "key", "*3*", delayed}, 6, []chaos.Kind{chaos.KillRunner, chaos.RefuseWrites, chaos.Members}},
	} {
		if runtime.GOOS != "linux" {
			c.kinds = slices.DeleteFunc(c.kinds, func(k chaos.Kind) bool { return k == chaos.KillAlgo })
		}
		t.Run(c.name, func(t *testing.T) {
			v := runChaos(t, build(t), c.of.write(t), "--kills", strconv.Itoa(c.faults), "--records", strconv.Itoa(20*c.faults), "--faults", list(c.kinds))
			demandSound(t, v, c.faults, c.kinds...)
		})
	}
}

// TestChaosReal disturbs a real Kafka in every way that it allows: its brokers are killed where KAFKA_CONTROL names who
// does that, and leaders move where there are several.
func TestChaosReal(t *testing.T) {
	bootstrap, control := os.Getenv("KAFKA_BOOTSTRAP"), os.Getenv("KAFKA_CONTROL")
	if bootstrap == "" {
		t.Skip("KAFKA_BOOTSTRAP is not set: no real Kafka to test against")
	}
	kinds := slices.DeleteFunc(chaos.Kinds(), func(k chaos.Kind) bool {
		return k == chaos.KillAlgo && runtime.GOOS != "linux" || k == chaos.KillBroker && control == "" ||
			k == chaos.MoveLeaders && !strings.Contains(bootstrap, ",")
	})
	for _, c := range []struct{ delivery, ordering string }{{"at-least-once", "key"}, {"exactly-once", "partition"}} {
		t.Run(c.delivery, func(t *testing.T) {
			prefix := fmt.Sprintf("chaos-%d-%d-", os.Getpid(), time.Now().Unix())
			faults := len(kinds)
			v := runChaos(t, build(t), chaotic{prefix, c.delivery, c.ordering, "*33*", inPlace}.write(t), "--bootstrap", bootstrap,
				"--plaintext", "--kills", strconv.Itoa(faults), "--records", strconv.Itoa(40*faults), "--faults", list(kinds))
			demandSound(t, v, faults, kinds...)
		})
	}
}

// TestChaosPlanted has the suite find bugs that are planted into the runner, one line each, and tell what they did.
func TestChaosPlanted(t *testing.T) {
	needWholeChaos(t)
	const forgotten = "t.part.mu.Lock(); t.part.track.done(t.seq); t.part.mu.Unlock()"
	for _, bug := range []struct {
		name, file, line, planted string
		ordering, flaky           string
		onFailure                 string
		kinds                     []chaos.Kind
		// want, a regular expression, is in one of the differences.
		want string
	}{
		{
			name: "mark before acknowledgement", file: "write.go", line: "t.output = output", planted: forgotten + "; t.output = output",
			ordering: "key", flaky: "*33*", onFailure: inSlow, kinds: []chaos.Kind{chaos.RefuseWrites}, want: "node shout: lost",
		},
		{
			name: "mark above the watermark", file: "gate.go", line: "return kafka.Position{Next: low, Metadata: c.encode(low)}, true",
			planted:  "return kafka.Position{Next: max(low, g.started), Metadata: c.encode(max(low, g.started))}, true",
			ordering: "key", flaky: "*33*", onFailure: inSlow, kinds: []chaos.Kind{chaos.RefuseWrites}, want: "node shout: lost",
		},
		{
			name: "drop on revoke", file: "partitionend.go", line: "p.released = true",
			planted:  "for p.released = true; p.track.count > 0; p.track.done(p.track.head) {}",
			ordering: "key", flaky: "*33*", onFailure: inSlow, kinds: []chaos.Kind{chaos.TerminateRunner}, want: "lost, without result and without dead letter",
		},
		{
			name: "retry after commit", file: "task.go", line: "t.history.paused(next.wait)",
			planted:  "t.history.paused(next.wait); t.part.mu.Lock(); opened, turned := t.part.conclude(t); t.part.mu.Unlock(); t.part.pass(opened, turned)",
			ordering: "none", flaky: "*", onFailure: inSlow, kinds: []chaos.Kind{chaos.KillRunner}, want: "node shout: lost",
		},
		{ // records that nobody knows of are lost, or wait for ever where the kill came before their commit
			name: "park set not rebuilt", file: "parkopen.go", line: "k.entries, k.store = r.entries, r.store", planted: "k.store = r.store",
			ordering: "key", flaky: "*3*", onFailure: delayed, kinds: []chaos.Kind{chaos.KillRunner}, want: "node shout: lost|does not finish its input",
		},
	} {
		t.Run(bug.name, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			program := plant(t, filepath.Join("..", "..", "runner", bug.file), bug.line, bug.planted)
			v := runChaos(t, program, chaotic{"", "at-least-once", bug.ordering, bug.flaky, bug.onFailure}.write(t), "--kills", "6", "--records", "240", "--faults", list(bug.kinds))
			found := slices.ContainsFunc(v.Differences, func(d string) bool { return regexp.MustCompile(bug.want).MatchString(d) })
			if v.exit != 1 || v.Sound || !found {
				t.Errorf("exit code %d, differences %q, want 1 and one with %q", v.exit, v.Differences, bug.want)
			}
		})
	}
}

// plant builds the program with one line of a source file changed, and gives its path.
func plant(t *testing.T, file, line, planted string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	isLine := func(l string) bool { return strings.TrimSpace(l) == line }
	i := slices.IndexFunc(lines, isLine)
	if i < 0 || slices.ContainsFunc(lines[i+1:], isLine) {
		t.Fatalf("%s does not have the line %q once", file, line)
	}
	lines[i] = planted
	dir := t.TempDir()
	changed := filepath.Join(dir, "changed.go")
	if err := os.WriteFile(changed, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err = filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {file: changed}})
	if err != nil {
		t.Fatal(err)
	}
	overlayFile := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	return build(t, "-overlay", overlayFile)
}

// build builds the program, and gives its path: a test binary that goes by another name starts others as itself.
func build(t *testing.T, flags ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "pipelinectl")
	args := slices.Concat([]string{"build", "-o", out}, flags, []string{"."})
	if said, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return out
}
