package local

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const shout = `
apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata: {name: words}
spec:
  endpoints:
    - {name: upload, http: {path: /upload}}
  algos:
    - name: shout
      image: acme/shout:1
      exec: {command: [tr, a-z, A-Z]}
      inputs: [{name: word, from: upload}]
      outputs: [{name: loud}]
  hooks:
    - {name: notify, from: shout, url: "https://hooks.example.org/words"}
`

func TestRunsAPipeline(t *testing.T) {
	t.Parallel()
	r := launch(t, t.TempDir(), shout, Options{})
	url := r.url("upload")
	if want := "curl -H 'content-type: text/plain' --data-binary 'hello' '" + url + "'"; !strings.Contains(r.talk.String(), want) {
		t.Errorf("no curl line %q in:\n%s", want, r.talk.String())
	}
	r.said(`nothing is sent to https://hooks\.example\.org/words`)
	for _, word := range []string{"one", "two", "three"} {
		post(t, http.DefaultClient, url, word)
	}
	r.drained() // at once: what is under way must still arrive
	got := r.lines("notify")
	slices.Sort(got)
	if want := []string{"ONE", "THREE", "TWO"}; !slices.Equal(got, want) {
		t.Errorf("the hook was sent %q, want %q", got, want)
	}
	for _, want := range []string{
		`(?m)^NODE +IN +OUT +ERRORS +DEAD LETTERS +LAG$`,
		`(?m)^upload +3 +3 +0 +- +-$`, `(?m)^shout +3 +3 +0 +0 +0$`, `(?m)^notify +3 +- +0 +0 +0$`,
	} {
		if !regexp.MustCompile(want).MatchString(r.talk.String()) {
			t.Errorf("the totals lack %s:\n%s", want, r.talk.String())
		}
	}
}

func TestCommandsRunInThePipelinesFolder(t *testing.T) {
	t.Parallel()
	for _, isolate := range []bool{false, true} {
		t.Run(fmt.Sprintf("isolate=%v", isolate), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "a folder with $(odd) 'name'")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			script(t, dir, "greet.sh", "#!/bin/sh\nprintf '%s, ' \"$1\"; cat greeting; printf %s \"$PIPELINECTL_LISTENERS\"\n")
			if err := os.WriteFile(filepath.Join(dir, "greeting"), []byte("hello"), 0o600); err != nil {
				t.Fatal(err)
			}
			text := strings.Replace(shout, "exec:", "local: {command: [./greet.sh, it's me]}\n      exec:", 1)
			r := launch(t, dir, text, Options{Isolate: isolate})
			post(t, http.DefaultClient, r.url("upload"), "x")
			r.drained()
			if got := r.lines("notify"); !slices.Equal(got, []string{"it's me, hello"}) {
				t.Errorf("the hook was sent %q", got)
			}
		})
	}
}

func TestHookPostsToLocalURL(t *testing.T) {
	t.Parallel()
	taken := make(chan string, 1)
	server := newTarget(t, taken)
	text := strings.Replace(shout, `url: "https`, `local: {url: "`+server+`"}, url: "https`, 1)
	r := launch(t, t.TempDir(), text, Options{})
	post(t, http.DefaultClient, r.url("upload"), "x")
	select {
	case got := <-taken:
		if got != "POST /here X" {
			t.Errorf("the local target was sent %q", got)
		}
	case <-time.After(deadline):
		t.Error("the local target was sent nothing")
	}
	r.drained()
	if got := r.results.String(); got != "" {
		t.Errorf("results are printed too: %q", got)
	}
}

// stuck is a pipeline whose algo never finishes a record; it leaves its process id in the file pid.
func stuck(t *testing.T, dir string) string {
	t.Helper()
	script(t, dir, "slow.sh", "#!/bin/sh\necho $$ > pid\necho begun >&2\nexec sleep 600\n")
	// Without its runner nobody ends the process any more: in a program's life that is the end of the program.
	t.Cleanup(func() {
		pid, err := os.ReadFile(filepath.Join(dir, "pid"))
		if err != nil {
			t.Fatal(err)
		}
		kill(t, strings.TrimSpace(string(pid)))
	})
	return strings.Replace(shout, "exec: {command: [tr, a-z, A-Z]}", "exec: {command: [./slow.sh]}\n      timeout: 20m", 1)
}

func TestForceEndsAtOnce(t *testing.T) {
	t.Parallel()
	for _, isolate := range []bool{false, true} {
		t.Run(fmt.Sprintf("isolate=%v", isolate), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			r := launch(t, dir, stuck(t, dir), Options{Isolate: isolate})
			post(t, http.DefaultClient, r.url("upload"), "x")
			r.said(`shout: begun`)
			r.interrupt()
			r.said(`draining`)
			begun := time.Now()
			r.force()
			select {
			case err := <-r.ended:
				if !errors.Is(err, ErrForced) {
					t.Errorf("the run ended with %v", err)
				}
			case <-time.After(deadline):
				t.Fatal("the run does not end")
			}
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("it took %v to end at once", took)
			}
		})
	}
}

func TestDrainGivesUp(t *testing.T) {
	t.Parallel()
	for _, isolate := range []bool{false, true} {
		t.Run(fmt.Sprintf("isolate=%v", isolate), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			r := launch(t, dir, stuck(t, dir), Options{Isolate: isolate, Budget: 200 * time.Millisecond})
			post(t, http.DefaultClient, r.url("upload"), "x")
			r.said(`shout: begun`)
			r.drained()
			if text := r.talk.String(); !strings.Contains(text, "\nnode shout has not finished: 1 record left\n") {
				t.Errorf("what was left is not said:\n%s", text)
			}
		})
	}
}

// TestDrainLeavesWhatWaits: a delayed retry may be due in an hour; the run ends without it, and says that it is left.
func TestDrainLeavesWhatWaits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := strings.Replace(shout, "exec: {command: [tr, a-z, A-Z]}", fmt.Sprintf("exec: {command: [%q]}", script(t, dir, "fail.sh", "#!/bin/sh\nexit 1\n")), 1)
	text = strings.Replace(text, "outputs: [{name: loud}]", `outputs: [{name: loud}]
      ordering: none
      onFailure: {inPlace: {attempts: 1}, delayed: [{after: 1h}]}`, 1)
	r := launch(t, dir, text, Options{Budget: 2 * deadline})
	post(t, http.DefaultClient, r.url("upload"), "x")
	r.said(`shout: .*record put off`)
	r.drained()
	if text := r.talk.String(); !strings.Contains(text, "\nnode shout has not finished: 1 record left\n") {
		t.Errorf("what was left is not said:\n%s", text)
	}
}

func TestIsolatedRunnerIsStartedAgain(t *testing.T) {
	t.Parallel()
	r := launch(t, t.TempDir(), shout, Options{Isolate: true})
	url := r.url("upload")
	for _, node := range []string{"upload", "shout", "notify"} {
		kill(t, r.said(`node `+node+`: runner pid (\d+)`))
		r.said(`node ` + node + `: runner died \(signal: killed\), starting it again in 200ms`)
		r.until("a new life of "+node, func() bool {
			return strings.Count(r.talk.String(), "node "+node+": runner pid") == 2
		})
	}
	post(t, http.DefaultClient, url, "again") // the same address
	r.until("the delivery", func() bool { return len(r.lines("notify")) > 0 })
	r.drained()
}

func TestTableOnATerminal(t *testing.T) {
	t.Parallel()
	r := launch(t, t.TempDir(), shout, Options{Width: func() int { return 20 }, ResultsShareTerminal: true})
	r.url("upload")
	r.said(`\x1b\[A\x1b\[A\x1b\[A\x1b\[A\r\x1b\[J`) // the table's four lines are drawn over
	r.drained()
	if text := r.talk.String(); !strings.Contains(text, "\nNODE    IN  OUT  ERR\n") {
		t.Errorf("no table cut to 20 columns in:\n%s", text)
	}
}

// TestTenThousandRecords posts from many clients at once and demands that each record arrives where it should and
// nowhere else.
func TestTenThousandRecords(t *testing.T) {
	t.Parallel()
	const records, clients = 10_000, 16
	text := `
apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata: {name: many}
spec:
  endpoints:
    - {name: left, http: {path: /left}, outputs: [{name: out, topic: {partitions: 4}}]}
    - {name: right, http: {path: /right}, outputs: [{name: out, topic: {partitions: 2}}]}
  algos:
    - name: mark
      image: acme/mark:1
      http: {port: 8080, path: /mark}
      health: {tcp: {}}
      local: {url: "` + newMarker(t) + `"}
      inputs: [{name: record, from: [left, right]}]
      outputs: [{name: out, topic: {partitions: 4}}]
      concurrency: 8
  hooks:
    - {name: raw, from: left, url: "https://hooks.example.org/raw", concurrency: 8}
    - {name: marked, from: mark, url: "https://hooks.example.org/marked", concurrency: 8}
`
	r := launch(t, t.TempDir(), text, Options{})
	urls := []string{r.url("left"), r.url("right")}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for i := c; i < records; i += clients {
				post(t, client, urls[i%2], fmt.Sprintf("record-%05d", i))
			}
		})
	}
	all.Wait()
	r.drained()
	var raw, marked []string
	for i := range records {
		body := fmt.Sprintf("record-%05d", i)
		if i%2 == 0 {
			raw = append(raw, body)
		}
		marked = append(marked, body+" marked")
	}
	for hook, want := range map[string][]string{"raw": raw, "marked": marked} {
		got := r.lines(hook)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("hook %s was sent %d records, want exactly these %d; missing: %v, unexpected: %v",
				hook, len(got), len(want), head(without(want, got)), head(without(got, want)))
		}
	}
	r.said(`(?m)^mark +10000 +10000 +0 +0 +0$`)
}
