package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// slowInits are the packages that may take more than slowInit before main begins, each with the reason that we bear it.
var slowInits = map[string]string{
	"github.com/santhosh-tekuri/jsonschema/v5": "compiles the metaschemas of every draft in package variables",
}

// slowInit is the time that a package's initialization may take.
const slowInit = time.Millisecond

var initLine = regexp.MustCompile(`(?m)^init (\S+) @\S+ ms, (\S+) ms clock`)

// TestStartUpInitializesLittle lists the packages whose initialization every verb waits for, against those allowed. The
// least of several runs counts, since the machine may be busy.
func TestStartUpInitializesLittle(t *testing.T) {
	least := map[string]time.Duration{}
	program := buildProgram(t)
	for range 5 {
		command := exec.Command(program, "version")
		command.Env = append(os.Environ(), "GODEBUG=inittrace=1")
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		lines := initLine.FindAllStringSubmatch(string(out), -1)
		if len(lines) < 20 {
			t.Fatalf("the trace names %d packages:\n%s", len(lines), out)
		}
		for _, line := range lines {
			ms, err := strconv.ParseFloat(line[2], 64)
			if err != nil {
				t.Fatal(err)
			}
			took := time.Duration(ms * float64(time.Millisecond))
			if earlier, ok := least[line[1]]; !ok || took < earlier {
				least[line[1]] = took
			}
		}
	}
	for pkg, took := range least {
		if took > slowInit && slowInits[pkg] == "" {
			t.Errorf("package %s takes %v before main begins: import something smaller, or allow it with a reason", pkg, took)
		}
	}
	for pkg := range slowInits {
		if _, linked := least[pkg]; !linked {
			t.Errorf("package %s is allowed but not linked", pkg)
		}
	}
}

// TestRunnerHoldsNoCompiler lists what the production image's program is linked from.
func TestRunnerHoldsNoCompiler(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "../runner").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(out))
	if len(packages) < 100 {
		t.Fatalf("only %d packages", len(packages))
	}
	for _, pkg := range packages {
		for _, forbidden := range []string{"k8s.io/", "sigs.k8s.io/", "github.com/twmb/", module + "compiler", module + "schema", module + "emit"} {
			if strings.HasPrefix(pkg, forbidden) {
				t.Errorf("cmd/runner is linked with %s", pkg)
			}
		}
	}
}

// BenchmarkStartUp runs `pipelinectl version`, beside a Go program that does nothing.
func BenchmarkStartUp(b *testing.B) {
	program, empty := buildProgram(b), buildEmpty(b)
	run := func(name string, args ...string) time.Duration {
		start := time.Now()
		if err := exec.Command(name, args...).Run(); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	var ours, reference time.Duration
	for b.Loop() {
		ours += run(program, "version")
		reference += run(empty)
	}
	b.ReportMetric(ours.Seconds()/reference.Seconds(), "ours/empty")
}

func buildProgram(tb testing.TB) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "pipelinectl")
	if out, err := exec.Command("go", "build", "-o", file, ".").CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, out)
	}
	return file
}

func buildEmpty(tb testing.TB) string {
	tb.Helper()
	dir := tb.TempDir()
	source, file := filepath.Join(dir, "main.go"), filepath.Join(dir, "empty")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		tb.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", file, source).CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, out)
	}
	return file
}
