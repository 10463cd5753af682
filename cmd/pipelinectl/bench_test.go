package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/pipelinectl/pipelinectl/emit"
)

// These benchmarks run the compiler in this process; BenchmarkBudget runs the whole program. Beside its time each prints
// what a machine cannot change: how many times longer kustomize takes to build the same overlays (kustomize/ours) and a
// bare loop to read, parse and encode the same files with yaml.v3 (bare/ours), and how the time grows with ten times the
// input (t(10N)/t(N)).

// BenchmarkValidate reads and checks projects of so many pipelines of ten nodes.
func BenchmarkValidate(b *testing.B) {
	grown := growth{}
	for _, pipelines := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprintf("pipelines=%d", pipelines), func(b *testing.B) {
			dir := generateProject(b, pipelines, 10)
			b.ReportAllocs()
			for b.Loop() {
				compileFolder(b, dir)
			}
			grown.report(b, pipelines)
		})
	}
}

// BenchmarkBuild compiles projects and writes their trees, of about so many files, into an empty folder.
func BenchmarkBuild(b *testing.B) {
	grown := growth{}
	for _, files := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprintf("files=%d", files), func(b *testing.B) {
			dir := generateProject(b, pipelinesOf(b, files), 10)
			var out string
			written := 0
			b.ReportAllocs()
			peak := watchHeap(b)
			for b.Loop() {
				out = b.TempDir()
				written += len(buildInto(b, dir, out).Written)
			}
			b.ReportMetric(peak(), "peak-heap-MB")
			b.ReportMetric(float64(written)/b.Elapsed().Seconds(), "files/s")
			grown.report(b, files)
			references(b, tree(b, compileFolder(b, dir)), out)
		})
	}
}

// BenchmarkRebuild builds into a folder that holds the tree already, and writes nothing.
func BenchmarkRebuild(b *testing.B) {
	dir, out := generateProject(b, pipelinesOf(b, 1000), 10), b.TempDir()
	buildInto(b, dir, out)
	b.ReportAllocs()
	for b.Loop() {
		if changes := buildInto(b, dir, out); !changes.Clean() {
			b.Fatalf("an unchanged tree is written again: %q", changes.Written)
		}
	}
	references(b, tree(b, compileFolder(b, dir)), out)
}

// BenchmarkCheck is --check of a folder that holds the tree.
func BenchmarkCheck(b *testing.B) {
	dir, out := generateProject(b, pipelinesOf(b, 1000), 10), b.TempDir()
	buildInto(b, dir, out)
	b.ReportAllocs()
	for b.Loop() {
		changes, err := emit.Compare(out, emit.Target{Tree: tree(b, compileFolder(b, dir))})
		if err != nil || len(changes.Drift) > 0 {
			b.Fatalf("an unchanged tree differs: %v, %v", changes, err)
		}
	}
	references(b, tree(b, compileFolder(b, dir)), out)
}

// buildInto is what `build` does, but for the command line.
func buildInto(b *testing.B, dir, out string) *emit.Changes {
	b.Helper()
	changes, err := emit.Write(b.Context(), out, emit.Target{Tree: tree(b, compileFolder(b, dir))}, nil)
	if err != nil {
		b.Fatal(err)
	}
	return changes
}

// growth remembers the time of an iteration by the size of its input.
type growth map[int]float64

func (g growth) report(b *testing.B, n int) {
	g[n] = perIteration(b)
	if smaller, ok := g[n/10]; ok {
		b.ReportMetric(g[n]/smaller, "t(10N)/t(N)")
	}
}

func perIteration(b *testing.B) float64 { return b.Elapsed().Seconds() / float64(b.N) }

// references reports how long others take for the files of a tree, which are in a folder. They take each pipeline by
// itself, so that ten of them stand for all.
func references(b *testing.B, files emit.Tree, dir string) {
	b.Helper()
	ours := perIteration(b)
	pipelines := byPipeline(files)
	names := slices.Sorted(maps.Keys(pipelines))
	some := names[:min(10, len(names))]
	all := float64(len(names)) / float64(len(some))
	var kustomize, bare time.Duration
	for _, name := range some {
		kustomize += kustomizeTime(b, name, pipelines[name])
		bare += bareTime(b, pipelines[name], dir)
	}
	b.ReportMetric(kustomize.Seconds()*all/ours, "kustomize/ours")
	b.ReportMetric(bare.Seconds()*all/ours, "bare/ours")
}

// byPipeline gives the files of each pipeline.
func byPipeline(files emit.Tree) map[string]emit.Tree {
	pipelines := map[string]emit.Tree{}
	for name, text := range files {
		pipeline, _, _ := strings.Cut(name, "/")
		if pipelines[pipeline] == nil {
			pipelines[pipeline] = emit.Tree{}
		}
		pipelines[pipeline][name] = text
	}
	return pipelines
}

// kustomizeTime is how long kustomize takes to build the overlay of a pipeline, from memory.
func kustomizeTime(b *testing.B, pipeline string, files emit.Tree) time.Duration {
	b.Helper()
	start := time.Now()
	if _, err := emit.Render(files, emit.Overlay(pipeline, "prod")); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// bareTime is how long it takes to read, parse and encode every YAML file, and nothing else.
func bareTime(b *testing.B, files emit.Tree, dir string) time.Duration {
	b.Helper()
	start := time.Now()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			b.Fatal(err)
		}
		var value any
		if err := yaml.Unmarshal(text, &value); err != nil {
			b.Fatal(err)
		}
		if _, err := yaml.Marshal(value); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}

// watchHeap looks at the heap every millisecond until its result is called, which gives the most that objects, dead
// ones not yet collected included, took beyond what they took at first, in MB.
func watchHeap(b *testing.B) func() float64 {
	b.Helper()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	heap := func() float64 {
		metrics.Read(sample)
		return float64(sample[0].Value.Uint64()) / 1e6
	}
	ctx, stop := context.WithCancel(b.Context())
	peaks := make(chan float64)
	go func() {
		first := heap()
		peak := first
		for tick := time.NewTicker(time.Millisecond); ; {
			select {
			case <-tick.C:
				peak = max(peak, heap())
			case <-ctx.Done():
				tick.Stop()
				peaks <- peak - first
				return
			}
		}
	}()
	return func() float64 {
		stop()
		return <-peaks
	}
}
