package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// budget is the time that one command line may take on two processors, from start to end.
type budget struct {
	name  string
	limit time.Duration
	args  []string
	// dir makes the folder that it runs in; nil: one that does not matter.
	dir func(*testing.B) string
	// fresh says that there is no output yet, each time.
	fresh bool
}

func budgets() []budget {
	const ms = time.Millisecond
	validate, build, check := []string{"validate"}, []string{"build"}, []string{"build", "--check"}
	return []budget{
		{name: "version", limit: 15 * ms, args: []string{"version"}},
		{name: "completion", limit: 15 * ms, args: []string{"completion", "bash"}},
		// A pipeline is the smallest that there is, an object of a kilobyte as in the other compilers' figures; those of ten
		// nodes come after, against the limit for as many nodes in small ones.
		{name: "validate/pipelines=1", limit: 25 * ms, args: validate, dir: written(1, 2)},
		{name: "validate/pipelines=100", limit: 60 * ms, args: validate, dir: written(100, 2)},
		{name: "validate/pipelines=1000", limit: 300 * ms, args: validate, dir: written(1000, 2)},
		{name: "validate/pipelines=100,nodes=10", limit: 150 * ms, args: validate, dir: written(100, 10)},
		{name: "validate/pipelines=1000,nodes=10", limit: 1500 * ms, args: validate, dir: written(1000, 10)},
		{name: "build/files=100", limit: 40 * ms, args: build, dir: written(1, 10), fresh: true},
		{name: "build/files=1000", limit: 250 * ms, args: build, dir: written(9, 10), fresh: true},
		{name: "build/files=10000", limit: 2500 * ms, args: build, dir: written(87, 10), fresh: true},
		{name: "build/unchanged,files=1000", limit: 100 * ms, args: build, dir: built(9)},
		{name: "build/unchanged,files=1000,in=git", limit: 100 * ms, args: build, dir: committed(9)},
		{name: "build/changed,files=1000,in=git", limit: 250 * ms, args: []string{"build", "--dry-run"}, dir: changed(9)},
		{name: "build/changed,files=10000,in=git", limit: 2500 * ms, args: []string{"build", "--dry-run"}, dir: changed(87)},
		{name: "check/files=1000", limit: 100 * ms, args: check, dir: built(9)},
		{name: "check/files=1000,in=git", limit: 100 * ms, args: check, dir: committed(9)},
	}
}

// BenchmarkBudget runs the whole program for each budget. Beside the time it prints what part of the limit that is, the
// processor time, which depends less on what else the machine does, and the peak of memory, the pages of the program's own
// file included. In git, what a build would destroy is guarded by the commit.
func BenchmarkBudget(b *testing.B) {
	program := buildProgram(b)
	for _, row := range budgets() {
		b.Run(row.name, func(b *testing.B) {
			dir := b.TempDir()
			if row.dir != nil {
				dir = row.dir(b)
			}
			var processor time.Duration
			peak := 0.0
			for b.Loop() {
				if row.fresh {
					b.StopTimer()
					if err := os.RemoveAll(filepath.Join(dir, "deploy")); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
				state, memory := runIn(b, dir, program, row.args...)
				processor += state.UserTime() + state.SystemTime()
				peak = max(peak, memory)
			}
			b.ReportMetric(perIteration(b)/row.limit.Seconds(), "of-limit")
			b.ReportMetric(float64(processor.Microseconds())/1e3/float64(b.N), "cpu-ms/op")
			b.ReportMetric(peak, "peak-MB")
		})
	}
}

// written makes a project.
func written(pipelines, nodes int) func(*testing.B) string {
	return func(b *testing.B) string { return generateProject(b, pipelines, nodes) }
}

// built makes a project of pipelines of ten nodes that has its tree.
func built(pipelines int) func(*testing.B) string {
	return func(b *testing.B) string {
		dir := generateProject(b, pipelines, 10)
		buildInto(b, dir, filepath.Join(dir, "deploy"))
		return dir
	}
}

// committed is built, with all of it in git.
func committed(pipelines int) func(*testing.B) string {
	return func(b *testing.B) string {
		dir := built(pipelines)(b)
		for _, args := range [][]string{
			{"init", "--quiet"},
			{"add", "--all"},
			{"-c", "user.name=bench", "-c", "user.email=bench@example.org", "commit", "--quiet", "--message=tree"},
		} {
			runIn(b, dir, "git", args...)
		}
		return dir
	}
}

// changed is committed, with a change of the environment that every pipeline has a share in.
func changed(pipelines int) func(*testing.B) string {
	return func(b *testing.B) string {
		dir := committed(pipelines)(b)
		file := filepath.Join(dir, "prod.yaml")
		text, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		writeBench(b, dir, "prod.yaml", string(bytes.Replace(text, []byte("partitions: 6"), []byte("partitions: 12"), 1)))
		return dir
	}
}

// runIn runs a program in a folder, to its end, and gives the most memory that it had, in MB.
func runIn(b *testing.B, dir, program string, args ...string) (*os.ProcessState, float64) {
	b.Helper()
	var text bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &text, &text
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	peak := watchMemory(b, cmd.Process.Pid)
	if err := cmd.Wait(); err != nil {
		b.Fatalf("%s %q: %v\n%s", program, args, err, &text)
	}
	return cmd.ProcessState, peak()
}

// highWater is the most memory that a process had so far (proc(5)). The kernel's figure for a process that has ended
// counts this one too, which it was forked from.
var highWater = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// watchMemory looks at a process every other millisecond until its result is called, which gives the last high water mark
// in MB.
func watchMemory(b *testing.B, pid int) func() float64 {
	ctx, stop := context.WithCancel(b.Context())
	peaks := make(chan float64)
	go func() {
		peak := 0.0
		for tick := time.NewTicker(2 * time.Millisecond); ; {
			select {
			case <-tick.C:
				status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
				if mark := highWater.FindSubmatch(status); err == nil && mark != nil {
					kilobytes, _ := strconv.ParseFloat(string(mark[1]), 64) // it is digits
					peak = max(peak, kilobytes/1e3)
				}
			case <-ctx.Done():
				tick.Stop()
				peaks <- peak
				return
			}
		}
	}()
	return func() float64 {
		stop()
		return <-peaks
	}
}
