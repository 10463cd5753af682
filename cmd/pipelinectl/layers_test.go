package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/pipelinectl/pipelinectl/"

// floors are our packages from the ground up: a package may import only what stands on a lower floor of its own
// column. A pattern ends in /* where it holds every folder below. The tests of a package may also import its own testing
// package, one floor up (compiler's import compiler/compilertest). Do not change this table to make a build pass.
var floors = map[string][][]string{
	"compiler": {
		{"runner/contract"},
		{"schema/diag"},
		{"schema"},
		{"compiler"},
		{"compiler/compilertest"},
		{"emit"},
		{"emit/typed", "emit/monitoring"},
		{"emit/workload", "emit/emittest", "emit/impact"},
		{"emit/gitops"},
		{"emit/gitops/gitopstest"},
		{"emit/strimzi"},
		{"emit/kinds/*"},
		{"emit/kinds"},
		{"cmd/pipelinectl/internal/*"},
		{"cmd/pipelinectl"},
	},
	"runner": {
		{"runner/contract"},
		{"runner/record"},
		{"runner/*"},
		{"runner"},
		{"cmd/runner", "cmd/pipelinectl/internal/*"},
	},
}

// onlyImporters names, for outside packages (by prefix), the only packages of ours that may import them, by pattern.
var onlyImporters = map[string][]string{
	"github.com/IBM/sarama":                  {"runner/kafka"},
	"github.com/twmb/franz-go":               {"cmd/pipelinectl/internal/*"},
	"github.com/twmb/franz-go/pkg/kfake":     {"cmd/pipelinectl/internal/broker"},
	"k8s.io/":                                {"emit", "emit/*", "emit/kinds/*", "cmd/pipelinectl/internal/live"},
	"k8s.io/client-go":                       {"cmd/pipelinectl/internal/live"},
	"sigs.k8s.io/kustomize":                  {"emit", "emit/*", "emit/kinds/*", "cmd/pipelinectl/internal/krm"},
	"github.com/cert-manager":                {"emit", "emit/*", "emit/kinds/*"},
	"github.com/santhosh-tekuri/jsonschema":  {"schema"},
	"go.yaml.in/yaml":                        {"schema", "emit"},
	"github.com/spf13/cobra":                 {"cmd/pipelinectl/internal/cli"},
	"github.com/prometheus/client_golang":    {"runner", "runner/*"},
	"golang.org/x/crypto/x509roots/fallback": {"cmd/runner"},
}

// stdlibOnly import nothing but the standard library.
var stdlibOnly = []string{"runner/contract", "schema/diag"}

// runnerMain may import only these of ours: the production image holds no compiler and no Kubernetes package.
var runnerMain = []string{"runner", "runner/contract"}

type source struct {
	pkg, file string
	test      bool
	imports   []string
}

// TestLayers holds every file of the tree to the floors.
func TestLayers(t *testing.T) {
	sources := readSources(t, "../..")
	if len(sources) < 50 {
		t.Fatalf("found only %d Go files: is the test looking at the right folder?", len(sources))
	}
	for _, s := range sources {
		for _, fault := range faults(s) {
			t.Errorf("%s: %s", s.file, fault)
		}
	}
}

// TestLayersCatches plants faults and demands that each is found.
func TestLayersCatches(t *testing.T) {
	for _, s := range []source{
		{pkg: "runner/kafka", imports: []string{module + "schema"}},
		{pkg: "compiler", imports: []string{module + "emit"}},
		{pkg: "emit/kinds/algo", imports: []string{module + "emit/kinds/hook"}},
		{pkg: "emit/kinds/algo", imports: []string{module + "emit/kinds/hook"}, test: true},
		{pkg: "runner/call", imports: []string{module + "runner/kafka"}},
		{pkg: "runner", imports: []string{"github.com/IBM/sarama"}},
		{pkg: "compiler", imports: []string{"k8s.io/api/core/v1"}},
		{pkg: "emit", imports: []string{"k8s.io/client-go/dynamic"}},
		{pkg: "runner/contract", imports: []string{"github.com/google/uuid"}},
		{pkg: "cmd/runner", imports: []string{module + "runner/kafka"}},
		{pkg: "utils", imports: nil},
	} {
		if len(faults(s)) == 0 {
			t.Errorf("package %s importing %v passes, but must not", s.pkg, s.imports)
		}
	}
}

func faults(s source) []string {
	var out []string
	if len(floorsOf(s.pkg)) == 0 && !strings.HasPrefix(s.pkg, "examples/") {
		out = append(out, "package "+s.pkg+" stands on no floor: add it to the table, or put the file elsewhere")
	}
	for _, imp := range s.imports {
		own, ok := strings.CutPrefix(imp, module)
		if ok {
			testing := s.test && own == s.pkg+"/"+path.Base(s.pkg)+"test"
			if own != s.pkg && !below(own, s.pkg) && !testing {
				out = append(out, "package "+s.pkg+" may not import "+own+": it does not stand on a lower floor")
			}
			if s.pkg == "cmd/runner" && !s.test && !slices.Contains(runnerMain, own) {
				out = append(out, "cmd/runner may not import "+own)
			}
			continue
		}
		if s.test {
			continue
		}
		for prefix, allowed := range onlyImporters {
			if strings.HasPrefix(imp, prefix) && !slices.ContainsFunc(allowed, func(p string) bool { return matches(p, s.pkg) }) {
				out = append(out, "package "+s.pkg+" may not import "+imp+": only "+strings.Join(allowed, ", ")+" may")
			}
		}
		if slices.Contains(stdlibOnly, s.pkg) && strings.Contains(strings.Split(imp, "/")[0], ".") {
			out = append(out, "package "+s.pkg+" may import only the standard library, not "+imp)
		}
	}
	return out
}

// floorsOf gives the floor of a package in each column that has it; the most exact pattern decides.
func floorsOf(pkg string) map[string]int {
	out := map[string]int{}
	for column, levels := range floors {
		best := -1
		for level, patterns := range levels {
			switch {
			case slices.Contains(patterns, pkg):
				best = level
			case best < 0 && slices.ContainsFunc(patterns, func(p string) bool { return matches(p, pkg) }):
				best = level
			}
		}
		if best >= 0 {
			out[column] = best
		}
	}
	return out
}

// below says whether one package stands on a lower floor than another in a column that has both.
func below(low, high string) bool {
	highs := floorsOf(high)
	for column, level := range floorsOf(low) {
		if h, ok := highs[column]; ok && level < h {
			return true
		}
	}
	// Packages under cmd/pipelinectl/internal stand side by side, but the verbs drive the others.
	return high == "cmd/pipelinectl/internal/cli" && strings.HasPrefix(low, "cmd/pipelinectl/internal/") ||
		high == "cmd/pipelinectl/internal/local" && low == "cmd/pipelinectl/internal/broker" ||
		high == "cmd/pipelinectl/internal/chaos" && low == "cmd/pipelinectl/internal/local" ||
		slices.Contains([]string{"cmd/pipelinectl/internal/deadletters", "cmd/pipelinectl/internal/groups"}, high) && low == "cmd/pipelinectl/internal/kafka"
}

func matches(pattern, pkg string) bool {
	prefix, wild := strings.CutSuffix(pattern, "/*")
	if !wild {
		return pattern == pkg
	}
	return strings.HasPrefix(pkg, prefix+"/")
}

func readSources(t *testing.T, root string) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == ".git") {
			return filepath.SkipDir
		}
		if entry.IsDir() || path.Ext(file) != ".go" {
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, data, parser.ImportsOnly)
		if err != nil {
			return err
		}
		s := source{pkg: filepath.ToSlash(filepath.Dir(rel)), file: rel, test: strings.HasSuffix(rel, "_test.go")}
		for _, imp := range parsed.Imports {
			value, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, value)
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
