package call

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

func TestExecStreams(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for name, config := range map[string]contract.Exec{
		"stdin, stdout": {Command: []string{"tr", "a-z", "A-Z"}, Input: contract.InputStdin, Output: contract.OutputStdout},
		"file, stdout":  {Command: []string{"sh", "-c", "tr a-z A-Z < $(input.file)"}, Input: contract.InputFile, Output: contract.OutputStdout},
		"stdin, file":   {Command: []string{"sh", "-c", "tr a-z A-Z > $(output.file)"}, Input: contract.InputStdin, Output: contract.OutputFile},
		"file, file": {
			Command: []string{"sh", "-c", "tr a-z A-Z < $0 > $1; echo $$(kept) $$x >&2", "$(input.file)", "$(output.file)"},
			Input:   contract.InputFile, Output: contract.OutputFile,
		},
	} {
		res, err := newExec(t, config).Call(t.Context(), request("value\nof two lines"))
		if err != nil || string(res.Value) != "VALUE\nOF TWO LINES" || string(res.Key) != "k" {
			t.Errorf("%s: %q %q %v", name, res.Key, res.Value, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestExecNoOutputFile(t *testing.T) {
	e := newExec(t, contract.Exec{Command: []string{"true", "$(output.file)"}, Input: contract.InputStdin, Output: contract.OutputFile})
	_, err := e.Call(t.Context(), request("v"))
	if classOf(t, err) != record.Permanent || !strings.Contains(err.Error(), "$(output.file)") {
		t.Errorf("%v of class %s", err, classOf(t, err))
	}
}

func TestExecVariables(t *testing.T) {
	t.Setenv("INHERITED", "yes")
	e := newExec(t, contract.Exec{
		Command: []string{"sh", "-c", `echo "$INHERITED $PIPELINECTL_ID $PIPELINECTL_KEY $PIPELINECTL_INPUT $PIPELINECTL_CONTENT_TYPE $TRACEPARENT"`},
		Input:   contract.InputStdin, Output: contract.OutputStdout,
	})
	req := request("v")
	req.Record.Key = []byte("a\x00%\n")
	res, err := e.Call(t.Context(), req)
	if want := "yes id a%00%25%0A in text/plain trace\n"; err != nil || string(res.Value) != want {
		t.Errorf("%q %v, want %q", res.Value, err, want)
	}
}

// TestExecKeepsOwnVariables checks that a process inherits the environment but for what the runner itself is told.
func TestExecKeepsOwnVariables(t *testing.T) {
	t.Setenv("RUNNER_OF_THE_USER", "yes")
	for _, name := range contract.VariableNames() {
		t.Setenv(name, "mine")
	}
	e := newExec(t, contract.Exec{Command: []string{"env"}, Input: contract.InputStdin, Output: contract.OutputStdout})
	res, err := e.Call(t.Context(), request("v"))
	if err != nil {
		t.Fatal(err)
	}
	if said := string(res.Value); !strings.Contains(said, "RUNNER_OF_THE_USER=yes\n") || strings.Contains(said, "=mine") {
		t.Errorf("the process finds:\n%s", said)
	}
}

// TestExecIgnoresStdin checks that a process which does not read its input fails nobody, whatever its size.
func TestExecIgnoresStdin(t *testing.T) {
	e := newExec(t, contract.Exec{Command: []string{"echo", "done"}, Input: contract.InputStdin, Output: contract.OutputStdout})
	if res, err := e.Call(t.Context(), request(strings.Repeat("x", 1<<20))); err != nil || string(res.Value) != "done\n" {
		t.Errorf("%q %v", res.Value, err)
	}
}

// TestExecTimeout checks that the whole group of a process is ended, SIGTERM ignored or not.
func TestExecTimeout(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	e := newExec(t, contract.Exec{
		Command: []string{"sh", "-c", "trap '' TERM; sleep 60 & echo $! > " + pids + "; echo $$ >> " + pids + "; wait; sleep 60"},
		Input:   contract.InputStdin, Output: contract.OutputStdout,
	})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := e.Call(ctx, request("v"))
	if classOf(t, err) != record.Transient || err.Error() != "timed out" {
		t.Errorf("%v of class %s", err, classOf(t, err))
	}
	text, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	for pid := range strings.FieldsSeq(string(text)) {
		if gone := waitGone(pid); !gone {
			t.Errorf("process %s lives on", pid)
		}
	}
}

// waitGone waits until a process has ended; an orphan may stay a zombie where nobody reaps.
func waitGone(pid string) bool {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return true
		}
	}
	return false
}

func TestExecTooMuch(t *testing.T) {
	e := newExec(t, contract.Exec{Command: []string{"head", "-c", "70000000", "/dev/zero"}, Input: contract.InputStdin, Output: contract.OutputStdout})
	if _, err := e.Call(t.Context(), request("v")); classOf(t, err) != record.Permanent {
		t.Errorf("%v of class %s", err, classOf(t, err))
	}
}

func TestNewExecRefuses(t *testing.T) {
	for _, config := range []contract.Exec{
		{},
		{Command: []string{"x", "$(input.file)"}, Input: contract.InputStdin, Output: contract.OutputStdout},
		{Command: []string{"x", "$(unclosed"}, Input: contract.InputFile, Output: contract.OutputStdout},
	} {
		if _, err := NewExec(config, nil, "", time.Second, &bytes.Buffer{}); err == nil {
			t.Errorf("%v is taken", config.Command)
		}
	}
}

func TestLines(t *testing.T) {
	var out bytes.Buffer
	l := &lines{to: &out}
	for _, part := range []string{"one\ntw", "o\n", strings.Repeat("x", 3*maxLine), "\n \n", "tail"} {
		if n, err := l.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	l.flush()
	if want := "one\ntwo\n" + strings.Repeat("x", maxLine) + "\n \ntail\n"; out.String() != want {
		t.Errorf("passed on %d bytes, want %d", out.Len(), len(want))
	}
	if l.last() != "tail" {
		t.Errorf("last line %q", l.last())
	}
}

// TestExecRunsInAFolder has a program beside the documents found and run there, not where the runner stands.
func TestExecRunsInAFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "where.sh"), []byte("#!/bin/sh\nexec pwd\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	config := contract.Exec{Command: []string{"./where.sh"}, Input: contract.InputStdin, Output: contract.OutputStdout}
	e, err := NewExec(config, nil, dir, time.Second, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	result, err := e.Call(t.Context(), &Request{Record: &record.Record{}})
	if err != nil {
		t.Fatal(err)
	}
	want, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(result.Value)); got != want {
		t.Errorf("ran in %s, want %s", got, want)
	}
}
