package schema

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// BenchmarkHostile reads and validates texts made to exhaust time, and prints how much longer one takes than one of half
// its size in the same run: 2 is linear, 4 grows with the square.
func BenchmarkHostile(b *testing.B) {
	set := NewSet(fakeFragments()...)
	for _, hostile := range []struct {
		name string
		size int
		text func(n int) string
	}{
		{"keys", 100_000, func(n int) string { return numbered(n, "k%d: 1\n") }},
		{"unknown-fields", 30_000, func(n int) string { return header + numbered(n, "  k%d: 1\n") }},
		{"wrong-keys", 20_000, func(n int) string { return header + "  types:\n" + numbered(n, "    K%d: {}\n") }},
		{"colons", 400_000, func(n int) string { return strings.Repeat(":", n) }},
		{"open-quote", 100_000, func(n int) string { return "a: \"" + strings.Repeat("x\n", n) }},
		{"comments", 200_000, func(n int) string { return strings.Repeat("#\n", n) + "a: [" }},
		{"documents", 20_000, func(n int) string { return strings.Repeat("---\na: 1\n", n) }},
		{"allow-comments", 20_000, func(n int) string {
			return header + "  types:\n" + numbered(n, "    k%d: {} # pipelinectl:allow type-unused why\n")
		}},
	} {
		b.Run(fmt.Sprintf("%s=%d", hostile.name, hostile.size), func(b *testing.B) {
			whole, half := hostile.text(hostile.size), hostile.text(hostile.size/2)
			read := func(text string) time.Duration {
				start := time.Now()
				docs, findings := Parse("f", []byte(text))
				p := &Project{Sources: map[string][]byte{"f": []byte(text)}}
				p.Weigh(append(findings, set.ValidateAll(docs)...), nil)
				return time.Since(start)
			}
			read(half)
			var long, short time.Duration
			for b.Loop() {
				short += read(half)
				long += read(whole)
			}
			b.ReportMetric(long.Seconds()/short.Seconds(), "whole/half")
		})
	}
}
