package kinds_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// FuzzCompile takes any bytes for the one file of a project. Nothing panics; every finding has a place; what has no error is
// emitted and factored, with what GitOps engines get; and no runner is planned that the contract forbids, since every fault of a document has a
// finding of its own.
func FuzzCompile(f *testing.F) {
	for _, pattern := range []string{"../../testdata/diag/*.yaml", "../../testdata/idle/*.yaml", "testdata/*.yaml"} {
		for _, file := range glob(f, pattern) {
			f.Add(read(f, file))
		}
	}
	for _, project := range glob(f, "../../examples/*") { // pipeline and environments in one file
		var text []byte
		for _, pattern := range []string{"pipeline.yaml", "environments/*.yaml"} {
			for _, file := range glob(f, filepath.Join(project, pattern)) {
				text = append(append(text, "---\n"...), read(f, file)...)
			}
		}
		f.Add(text)
	}
	c := compiler.New(kinds.All())
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, fault := range faults(c, data) {
			t.Error(fault)
		}
	})
}

// faults compiles the one file of a project and says what it did that no text may make it do.
func faults(c *compiler.Compiler, data []byte) (out []string) {
	docs, findings := schema.Parse("f.yaml", data)
	program := &compiler.Program{Project: &compiler.Project{}}
	if !findings.HasErrors() {
		compiled, more := c.Compile(docs)
		findings = append(findings, emit.Check(compiled, more)...)
		program = compiled
	}
	for _, d := range findings {
		if !d.Pos.IsValid() || d.Message == "" || d.Code == compiler.CodeContract {
			out = append(out, fmt.Sprintf("finding %+v", d))
		}
		if slices.ContainsFunc(d.Related, func(r diag.Related) bool { return !r.Pos.IsValid() }) {
			out = append(out, fmt.Sprintf("a related place of %+v is unknown", d))
		}
	}
	if !findings.HasErrors() {
		if _, err := gitops.Compile(emit.Kustomize, program.Graphs, program.Project.Environments); err != nil {
			out = append(out, fmt.Sprintf("no error was found, but %v", err))
		}
	}
	return out
}

func glob(tb testing.TB, pattern string) []string {
	tb.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		tb.Fatalf("no files match %s: %v", pattern, err)
	}
	return files
}

func read(tb testing.TB, file string) []byte {
	tb.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}
