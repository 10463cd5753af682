package schema

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// pipelineText is a pipeline of some size, as people write them.
func pipelineText(i int) []byte {
	return fmt.Appendf(nil, `# yaml-language-server: $schema=https://pipelinectl.dev/schema/v1alpha1/pipeline.schema.json
apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata:
  name: photos-%d
  labels: {team: media}
spec:
  types:
    photo: {contentType: image/*}
    event: {contentType: application/json}
  algos:
    - name: resize
      image: ghcr.io/acme/resize:2.1
      inputs: [{name: photo, from: upload, type: photo}]
      outputs: [{name: thumb, type: photo, topic: {partitions: 12, retention: 7d}}]
      mode: fast
      concurrency: 16
      onFailure:
        inPlace: {attempts: 3, backoff: 200ms, max: 5s}
      egress: [internet]
    - name: label
      image: ghcr.io/acme/labeller:1.0
      http: {port: 8080, path: /label}
      inputs: [{name: photo, from: [resize.thumb, legacy]}]
      outputs: [{name: labels, type: event}]
      resources: {requests: {cpu: 500m, memory: 512Mi}}
  hooks:
    - name: notify
      from: label.labels
      http: https://example.org/hooks/labels
`, i)
}

// BenchmarkFile is one file of about a kilobyte. The metric x-yaml is the time as a multiple of what the YAML library
// alone takes for the same bytes.
func BenchmarkFile(b *testing.B) {
	text := pipelineText(0)
	start, n := time.Now(), 0
	for ; time.Since(start) < 100*time.Millisecond; n++ {
		if _, err := decodeYAML(text); err != nil {
			b.Fatal(err)
		}
	}
	bare := time.Since(start).Seconds() / float64(n)
	set := NewSet(fakeFragments()...)
	docs, list := Parse("f", text)
	if list = append(list, set.ValidateAll(docs)...); len(list) > 0 {
		b.Fatal(list)
	}
	for _, bench := range []struct {
		name string
		run  func()
	}{
		{"parse", func() { Parse("f", text) }},
		{"validate", func() { set.Validate(docs[0]) }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bench.run()
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/bare, "x-yaml")
		})
	}
}

// BenchmarkLoad is the way of validate: 1,000 files, read, parsed and validated with a Set that is new each time. The
// metric x-yaml is the time as a multiple of reading and decoding the same files one after the other with the YAML
// library alone.
func BenchmarkLoad(b *testing.B) {
	const files = 1000
	dir := b.TempDir()
	for i := range files {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("p%04d.yaml", i)), pipelineText(i), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	start := time.Now()
	for i := range files {
		data, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("p%04d.yaml", i)))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := decodeYAML(data); err != nil {
			b.Fatal(err)
		}
	}
	bare := time.Since(start).Seconds()
	b.ReportAllocs()
	for b.Loop() {
		p, list, err := Load([]string{dir})
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, NewSet(fakeFragments()...).ValidateAll(p.Documents)...)
		if len(list) > 0 || len(p.Documents) != files {
			b.Fatal(len(p.Documents), list)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/bare, "x-yaml")
}

// BenchmarkCompile is what a Set costs before the first document of a kind is validated.
func BenchmarkCompile(b *testing.B) {
	for _, kind := range documentKinds() {
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				NewSet(fakeFragments()...).compiled[kind]()
			}
		})
	}
}
