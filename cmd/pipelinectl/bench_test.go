package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
)

// sizes are numbers of objects in one environment, in pipelines of ten nodes.
var sizes = []int{1, 100, 1000}

// BenchmarkValidate reads and checks projects; beside the time it prints how many times longer kustomize takes to build
// the overlays that the same project compiles into.
func BenchmarkValidate(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("N=%d", n), func(b *testing.B) {
			dir := generateProject(b, n)
			reference := kustomizeTime(b, compileFolder(b, dir))
			for b.Loop() {
				compileFolder(b, dir)
			}
			ratio(b, reference)
		})
	}
}

// BenchmarkBuild compiles projects and writes their trees into an empty folder, beside the same reference.
func BenchmarkBuild(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("N=%d", n), func(b *testing.B) {
			dir := generateProject(b, n)
			reference := kustomizeTime(b, compileFolder(b, dir))
			written := 0
			for b.Loop() {
				out := b.TempDir()
				files := tree(b, compileFolder(b, dir))
				written += len(files)
				if _, err := emit.Write(out, files); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(written)/b.Elapsed().Seconds(), "files/s")
			ratio(b, reference)
		})
	}
}

// BenchmarkRebuild builds into a folder that holds the tree already: nothing is written.
func BenchmarkRebuild(b *testing.B) {
	dir, out := generateProject(b, 1000), b.TempDir()
	program := compileFolder(b, dir)
	reference := kustomizeTime(b, program)
	if _, err := emit.Write(out, tree(b, program)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if changes, err := emit.Write(out, tree(b, compileFolder(b, dir))); err != nil || !changes.Clean() {
			b.Fatalf("an unchanged tree is written again: %v %v", changes, err)
		}
	}
	ratio(b, reference)
}

func ratio(b *testing.B, reference time.Duration) {
	b.Helper()
	b.ReportMetric(reference.Seconds()/(b.Elapsed().Seconds()/float64(b.N)), "kustomize/ours")
}

// kustomizeTime is how long kustomize takes to build every overlay, one after the other, from memory.
func kustomizeTime(b *testing.B, program *compiler.Program) time.Duration {
	b.Helper()
	files := tree(b, program)
	start := time.Now()
	for _, pl := range program.Project.Pipelines {
		for _, env := range program.Project.Environments {
			if _, err := emit.Render(files, emit.Overlay(pl.Name.V, env.Name.V)); err != nil {
				b.Fatal(err)
			}
		}
	}
	return time.Since(start)
}

// generateProject writes a project that emits at least n objects in its one environment: pipelines of an endpoint, eight
// algos in a row and a hook; for n = 1 a pipeline of one topic.
func generateProject(b *testing.B, n int) string {
	b.Helper()
	dir := b.TempDir()
	writeBench(b, dir, "pipelinectl.yaml", "apiVersion: pipelinectl.dev/v1alpha1\nkind: Project\nspec: {output: deploy}\n")
	writeBench(b, dir, "prod.yaml", `apiVersion: pipelinectl.dev/v1alpha1
kind: Environment
metadata: {name: prod}
spec:
  namespace: streams
  kafka:
    cluster: main
    namespace: kafka
    bootstrapServers: main-kafka-bootstrap.kafka.svc:9093
    tls: true
    authentication: {type: tls}
    credentials: {from: kafkaAccess}
    topicDefaults: {replicationFactor: 3, partitions: 6}
`)
	if n == 1 {
		writeBench(b, dir, "p.yaml", head(0)+"  topics:\n    - {name: one, topic: one}\n  hooks:\n    - {name: h, from: one, url: \"https://example.org\"}\n")
		return dir
	}
	writeBench(b, dir, "p000.yaml", pipelineOfTen(0))
	each := len(bundles(b, compileFolder(b, dir).Graphs)[1].Resources)
	for p := 1; p*each < n; p++ {
		writeBench(b, dir, fmt.Sprintf("p%03d.yaml", p), pipelineOfTen(p))
	}
	return dir
}

func pipelineOfTen(p int) string {
	var text strings.Builder
	text.WriteString(head(p))
	text.WriteString("  endpoints:\n    - {name: s0, http: {path: /in}, replicas: 2}\n  algos:\n")
	for i := 1; i < 9; i++ {
		fmt.Fprintf(&text, "    - {name: s%d, image: \"acme/step:%d\", exec: {command: [step, --n, \"%d\"]}, inputs: [{name: in, from: s%d}], outputs: [{}], replicas: 2, concurrency: 4}\n", i, i, i, i-1)
	}
	text.WriteString("  hooks:\n    - {name: s9, from: s8, url: \"https://example.org/hook\", replicas: 2}\n")
	return text.String()
}

func head(p int) string {
	return fmt.Sprintf("apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: p%03d}\nspec:\n", p)
}

func writeBench(b *testing.B, dir, name, text string) {
	b.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
}
