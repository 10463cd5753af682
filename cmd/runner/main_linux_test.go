package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pipelinectl/pipelinectl/runner"
)

// TestMain makes the test binary what it is told to be: an init (a subreaper stands in for process 1), the whole
// command, or one node's runner with a listener of its own, so that tests do not meet on the fixed port.
func TestMain(m *testing.M) {
	switch os.Getenv("RUNNER_TEST_AS") {
	case "init":
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			panic(err)
		}
		os.Exit(initFor(exec.Command("sh", "-c", os.Getenv("RUNNER_TEST_SCRIPT")), os.Stderr))
	case "runner":
		os.Exit(run(os.Args[1:], os.LookupEnv, os.Stderr))
	case "node":
		admin, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		os.Exit(execute(os.LookupEnv, runner.Deps{Admin: admin, Stderr: os.Stderr}))
	}
	os.Exit(m.Run())
}

// asInit starts the test binary as an init over a script; its standard output is a pipe.
func asInit(t *testing.T, script string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "RUNNER_TEST_AS=init", "RUNNER_TEST_SCRIPT="+script)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, bufio.NewScanner(out)
}

func TestInitReapsOrphans(t *testing.T) {
	// The inner shell ends at once, so its sleep becomes an orphan that the init must reap.
	cmd, lines := asInit(t, `sh -c 'sleep 0.05 & echo $!'; exec sleep 60`)
	if !lines.Scan() {
		t.Fatal("no process id")
	}
	stat := filepath.Join("/proc", lines.Text(), "stat")
	deadline := time.Now().Add(10 * time.Second)
	for {
		if _, err := os.Stat(stat); os.IsNotExist(err) {
			break
		}
		if time.Now().After(deadline) {
			state, _ := os.ReadFile(stat)
			t.Fatalf("the orphan is still there: %s", state)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
}

func TestInitPassesSignalsAndStatus(t *testing.T) {
	cmd, lines := asInit(t, `trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done`)
	if !lines.Scan() || lines.Text() != "ready" {
		t.Fatal("the child did not start")
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 7 {
		t.Errorf("exit status %d, want the child's 7", code)
	}
}

func TestInitStatusOfSignal(t *testing.T) {
	cmd, _ := asInit(t, `kill -KILL $$`)
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 128+int(syscall.SIGKILL) {
		t.Errorf("exit status %d, want 137", code)
	}
}

func TestUsage(t *testing.T) {
	for _, test := range []struct {
		args []string
		want int
		say  string
	}{
		{[]string{"install"}, exitUsage, "usage:"},
		{[]string{"walk"}, exitUsage, "usage:"},
		{[]string{"install", "/nowhere/at/all"}, exitFailed, "install"},
		{nil, exitFailed, "RUNNER_KAFKA_BOOTSTRAP_SERVERS"},
	} {
		var stderr bytes.Buffer
		got := run(test.args, func(string) (string, bool) { return "", false }, &stderr)
		if got != test.want || !strings.Contains(stderr.String(), test.say) {
			t.Errorf("run%v = %d, %q", test.args, got, stderr.String())
		}
	}
}

func TestInstall(t *testing.T) {
	dest := filepath.Join(t.TempDir(), "runner")
	var stderr bytes.Buffer
	if code := run([]string{"install", dest}, os.LookupEnv, &stderr); code != exitOK {
		t.Fatal(code, stderr.String())
	}
	info, err := os.Stat(dest)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o555 {
		t.Errorf("mode %v, want 0555", info.Mode())
	}
	cmd := exec.Command(dest, "walk")
	cmd.Env = append(os.Environ(), "RUNNER_TEST_AS=runner")
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != exitUsage {
		t.Error(fmt.Errorf("the copy does not run: %w", err))
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(dest), ".runner-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
