package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// TestMain makes the test binary pipelinectl itself, and an algo's server, under those names on the scripts' PATH.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pipelinectl": main, "exclaim": exclaim})
}

// TestScripts runs testdata/script/<verb>_<topic>.txtar: the whole program, told as stories. Beside testscript's own
// commands they have those below.
func TestScripts(t *testing.T) {
	t.Parallel()
	params := scriptParams("../../testdata/script")
	params.UpdateScripts = *update
	testscript.Run(t, params)
}

// scriptParams are those of every test that runs the scripts of a folder.
func scriptParams(dir string) testscript.Params {
	return testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			// A program with the race detector sleeps a second before it ends, in case others still race; there are
			// thousands of runs here.
			env.Setenv("GORACE", "atexit_sleep_ms=10")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"post":     post,
			"waitline": waitline,
			"edit":     edit,
			"argocd":   argocd,
		},
	}
}

// exits runs a command and demands one exit status: exits N COMMAND [ARGUMENT...].
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N COMMAND [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	status := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		status = exit.ExitCode()
	}
	if status != want {
		ts.Fatalf("exit status %d, want %d", status, want)
	}
}

// edit replaces a text in a file, which holds it: edit FILE OLD NEW.
func edit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	before := ts.ReadFile(args[0])
	after := strings.ReplaceAll(before, args[1], args[2])
	if after == before {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(after), 0o644))
}

// post sends each line of a file as a record of its own, and demands that each is accepted: post URL FILE [KEY].
func post(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: post URL FILE [KEY]")
	}
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		request, err := http.NewRequest(http.MethodPost, args[0], strings.NewReader(strings.TrimSuffix(line, "\n")))
		ts.Check(err)
		request.Header.Set(contract.HeaderContentType, "text/plain")
		if len(args) == 3 {
			request.Header.Set(contract.HeaderKey, args[2])
		}
		resp, err := http.DefaultClient.Do(request)
		ts.Check(err)
		ts.Check(resp.Body.Close())
		if resp.StatusCode != http.StatusAccepted {
			ts.Fatalf("%s answered %s", args[0], resp.Status)
		}
	}
}

// waitline waits until a line of a file matches, and puts the first group of the pattern, if it has one, into a variable:
// waitline FILE PATTERN [VARIABLE].
func waitline(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: waitline FILE PATTERN [VARIABLE]")
	}
	file := ts.MkAbs(args[0])
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			ts.Fatalf("%v", err)
		}
		if found := pattern.FindStringSubmatch(string(text)); found != nil {
			if len(args) == 3 {
				ts.Setenv(args[2], found[len(found)-1])
			}
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("no line of %s matches %s:\n%s", args[0], args[1], text)
		}
	}
}

// exclaim is an algo's server: it listens on PORT and answers each record with an exclamation mark after it.
func exclaim() {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("serving")
	log.Fatal(http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		text, err := io.ReadAll(req.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprintf(w, "%s!", text)
	})))
}
