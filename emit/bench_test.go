package emit

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// project gives the bundles of pipelines of ten nodes of ten objects each, in two environments: n objects in base.
func project(b *testing.B, n int) (bases []*Bundle, environments [][]*Bundle) {
	for p := range n / 100 {
		var sets [3][]object
		for i := range 10 {
			for rank := range sets {
				for part := range 2 {
					sets[rank] = append(sets[rank], node(fmt.Sprintf("photos-n%d-%d", i, part), int32(rank))...)
				}
				for extra := range 2 {
					sets[rank] = append(sets[rank], app(certificate(fmt.Sprintf("c%d-%d", i, extra), fmt.Sprintf("%d.example.org", rank))))
				}
			}
		}
		base, test, prod := bundle(b, "", sets[0]...), bundle(b, "test", sets[1]...), bundle(b, "prod", sets[2]...)
		for _, x := range []*Bundle{base, test, prod} {
			x.Pipeline = fmt.Sprintf("photos%d", p)
		}
		bases, environments = append(bases, base), append(environments, []*Bundle{test, prod})
	}
	return bases, environments
}

func factorAll(b *testing.B, bases []*Bundle, environments [][]*Bundle) Tree {
	all := Tree{}
	for i, base := range bases {
		maps.Copy(all, factor(b, base, environments[i]...))
	}
	return all
}

func BenchmarkNormalize(b *testing.B) {
	d := deployment("photos-resize", 2)
	for b.Loop() {
		if _, err := normalize(d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	tree, err := normalize(deployment("photos-resize", 2))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := new(printer).document(tree); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFactor says how many times faster the factoring of all overlays is than kustomize's build of them.
func BenchmarkFactor(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			bases, environments := project(b, n)
			var tree Tree
			for b.Loop() {
				tree = factorAll(b, bases, environments)
			}
			ours := perRun(b)
			began := time.Now()
			for _, env := range slices.Concat(environments...) {
				if _, err := Render(tree, Overlay(env.Pipeline, env.Environment)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(time.Since(began).Seconds()/ours, "times-faster-than-kustomize")
			b.ReportMetric(float64(len(tree))/ours, "files/s")
		})
	}
}

// perRun is the time of one iteration, in seconds.
func perRun(b *testing.B) float64 { return b.Elapsed().Seconds() / float64(b.N) }

// BenchmarkWrite writes the tree of a thousand objects into a new folder, beside a bare loop that writes and renames
// as many files, and compares a folder with the tree that it holds, beside a bare loop that reads them.
func BenchmarkWrite(b *testing.B) {
	bases, environments := project(b, 1000)
	tree := factorAll(b, bases, environments)
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			if _, err := Write(b.Context(), b.TempDir(), Target{Tree: tree}, nil); err != nil {
				b.Fatal(err)
			}
		}
		bare := bareWrite(b, tree, b.TempDir())
		b.ReportMetric(perRun(b)/bare.Seconds(), "times-the-bare-loop")
		b.ReportMetric(float64(len(tree))/perRun(b), "files/s")
	})
	b.Run("unchanged", func(b *testing.B) {
		dir := b.TempDir()
		if _, err := Write(b.Context(), dir, Target{Tree: tree}, nil); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if c, err := Compare(dir, Target{Tree: tree}); err != nil || !c.Clean() {
				b.Fatal(c, err)
			}
		}
		began := time.Now()
		for name := range tree {
			if _, err := os.ReadFile(filepath.Join(dir, name)); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(perRun(b)/time.Since(began).Seconds(), "times-the-bare-loop")
		b.ReportMetric(float64(len(tree))/perRun(b), "files/s")
	})
}

// bareWrite writes every file by way of a temporary one, with nothing else, and says how long it took.
func bareWrite(b *testing.B, tree Tree, dir string) time.Duration {
	began := time.Now()
	for name, text := range tree {
		final := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(final+".tmp", text, 0o644); err != nil {
			b.Fatal(err)
		}
		if err := os.Rename(final+".tmp", final); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began)
}
