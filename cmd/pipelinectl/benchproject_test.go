package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pipelinesOf is how many pipelines it takes for a tree of about so many files.
func pipelinesOf(b *testing.B, files int) int {
	b.Helper()
	each := len(tree(b, compileFolder(b, generateProject(b, 1, 10))))
	return max(1, files/each)
}

// generateProject writes a project of pipelines of so many nodes in one environment. Its output is the folder deploy.
func generateProject(b *testing.B, pipelines, nodes int) string {
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
	for p := range pipelines {
		writeBench(b, dir, fmt.Sprintf("p%03d.yaml", p), pipelineOf(p, nodes))
	}
	return dir
}

// pipelineOf is a pipeline with an endpoint, algos in a row and a hook, so many nodes together.
func pipelineOf(p, nodes int) string {
	var text strings.Builder
	fmt.Fprintf(&text, "apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: p%03d}\nspec:\n", p)
	text.WriteString("  endpoints:\n    - {name: s0, http: {path: /in}, replicas: 2}\n")
	last := nodes - 1
	if last > 1 {
		text.WriteString("  algos:\n")
	}
	for i := 1; i < last; i++ {
		fmt.Fprintf(&text, "    - {name: s%d, image: \"acme/step:%d\", exec: {command: [step, --n, \"%d\"]}, inputs: [{name: in, from: s%d}], outputs: [{}], replicas: 2, concurrency: 4}\n", i, i, i, i-1)
	}
	fmt.Fprintf(&text, "  hooks:\n    - {name: s%d, from: s%d, url: \"https://example.org/hook\", replicas: 2}\n", last, last-1)
	return text.String()
}

func writeBench(b *testing.B, dir, name, text string) {
	b.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
}
