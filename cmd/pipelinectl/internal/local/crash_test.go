//go:build unix

package local

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// crashing is a pipeline whose algo leaves a line when it begins with a record and takes its time.
const crashing = `
apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata: {name: crash}
spec:
  endpoints:
    - {name: upload, http: {path: /upload}, outputs: [{name: out, topic: {partitions: 3}}]}
  algos:
    - name: work
      image: acme/work:1
      exec: {command: [./work.sh]}
      inputs: [{name: record, from: upload}]
      outputs: [{name: done}]
      concurrency: 3
  hooks:
    - {name: notify, from: work, url: "https://hooks.example.org/done"}
`

// The audit line is one write to a file opened for appending, so lines never mix.
const work = `#!/bin/sh
record=$(cat)
echo "$record" >> audit
sleep 0.03
printf '%s done' "$record"
`

// TestNothingIsLostWhenARunnerIsKilled kills the runner of an algo while a record is in its hands and at least 30 % of
// the input is unread, lets it be started again and demands that every record arrives. Ten times in a row.
func TestNothingIsLostWhenARunnerIsKilled(t *testing.T) {
	t.Parallel()
	for round := range 10 {
		t.Run(fmt.Sprintf("round=%d", round), crashRound)
	}
}

func crashRound(t *testing.T) {
	const records, killAt = 90, 20
	dir := t.TempDir()
	script(t, dir, "work.sh", work)
	r := launch(t, dir, crashing, Options{Isolate: true})
	url, pid := r.url("upload"), r.said(`node work: runner pid (\d+)`)
	var all sync.WaitGroup
	for i := range records {
		all.Go(func() { post(t, http.DefaultClient, url, fmt.Sprintf("record-%02d", i)) })
	}
	all.Wait()

	begun := func() []string { return audit(t, dir) }
	r.until("records in hand", func() bool { return len(begun()) >= killAt })
	kill(t, pid)
	r.said(`node work: runner died \(signal: killed\)`)
	before := begun()
	arrived := len(r.lines("notify"))
	if len(before) > records*7/10 {
		t.Fatalf("the runner was killed with %d of %d records begun: more than 70 %%", len(before), records)
	}
	if arrived >= len(before) {
		t.Fatalf("the runner was killed with %d records begun and %d arrived: none was in its hands", len(before), arrived)
	}
	r.drained()

	got := r.lines("notify")
	slices.Sort(got)
	again := len(got)
	got = slices.Compact(got) // at least once: what was in hand, or not yet committed, comes again
	var want []string
	for i := range records {
		want = append(want, fmt.Sprintf("record-%02d done", i))
	}
	if !slices.Equal(got, want) {
		t.Errorf("missing: %v, unexpected: %v", without(want, got), without(got, want))
	}
	t.Logf("killed with %d records begun and %d arrived; %d deliveries of %d records", len(before), arrived, again, records)
}

// bomb is work that ends its runner over one record, as running out of memory would.
const bomb = `#!/bin/sh
record=$(cat)
echo "$record" >> audit
[ "$record" = record-10 ] && kill -9 $PPID
sleep 0.03
printf '%s done' "$record"
`

// TestWhatKillsItsRunnerIsSetAside: a record that ends the process goes to the dead letters at the third death, and all
// others arrive.
func TestWhatKillsItsRunnerIsSetAside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script(t, dir, "work.sh", bomb)
	r := launch(t, dir, crashing, Options{Isolate: true})
	url := r.url("upload")
	var all sync.WaitGroup
	for i := range 30 {
		all.Go(func() { post(t, http.DefaultClient, url, fmt.Sprintf("record-%02d", i)) })
	}
	all.Wait()
	r.said(`record given up.*three processes died over it`)
	r.drained()
	got := r.lines("notify")
	slices.Sort(got)
	var want []string
	for i := range 30 {
		if i != 10 {
			want = append(want, fmt.Sprintf("record-%02d done", i))
		}
	}
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("missing: %v, unexpected: %v", without(want, got), without(got, want))
	}
	tries := 0
	for _, record := range audit(t, dir) {
		if record == "record-10" {
			tries++
		}
	}
	// Beside the three deaths that are counted, the first one met records that ran side by side.
	if tries != 4 {
		t.Errorf("the record was begun %d times, want 4", tries)
	}
}

// audit are the records that the algo has begun with, in order.
func audit(t *testing.T, dir string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "audit"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Fields(string(text))
}
