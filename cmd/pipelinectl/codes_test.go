package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler/compilertest"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// withoutFile are the codes that no single document can show, each with the test that shows it.
var withoutFile = map[diag.Code]string{
	"allow-reason":         "an allow comment: schema's TestAllow",
	"allow-unused":         "an allow comment: schema's TestAllow",
	"allow-destroy-unused": "a flag of build: testdata/script/guard_topic.txtar",
	"contract-invalid":     "a fault of a kind, not of a document: compiler's TestPlanRefusesImpossibleRunner",
	"destructive-change":   "a comparison with an earlier tree: testdata/script/guard_*.txtar",
	"document-none":        "a file without documents of ours: schema's tests of Load",
	"extras-clash":         "a finding of the emitted objects: emit's TestExtrasFindings",
	"extras-patch":         "a finding of the emitted objects: emit's TestExtrasFindings",
	"extras-unmatched":     "a finding of the emitted objects: emit's TestExtrasFindings",
	"file-too-large":       "a file of megabytes: schema's tests of hostile input",
	"layout-name":          "a project's own file: testdata/script/build_flat_names.txtar",
	"project-file":         "a project's own file: schema's tests of Load",
	"project-source":       "a project's own file: schema's tests of Load",
	"defaults-aside":       "what lies outside the sources: schema's tests of Load",
	"run-command":          "a finding of run alone: testdata/script/run_*.txtar",
	"run-server":           "a finding of run alone: testdata/script/run_*.txtar",
	"warning-unknown":      "a project's own file: schema's TestWeigh",
	"tree-edited":          "a file of the output folder: testdata/script/build_*.txtar",
	"tree-extra":           "a file of the output folder: testdata/script/build_*.txtar",
	"tree-foreign":         "a file of the output folder: testdata/script/build_*.txtar",
	"tree-gone":            "a folder of the output folder: testdata/script/build_*.txtar",
	"tree-interrupted":     "a folder of the output folder: testdata/script/build_*.txtar",
	"tree-missing":         "a file of the output folder: testdata/script/build_*.txtar",
	"tree-stale":           "a file of the output folder: testdata/script/build_*.txtar",
	"tree-untracked":       "a file of the output folder: testdata/script/build_*.txtar",
	"yaml-encoding":        "bytes that are not text: schema's tests of hostile input",
	"yaml-depth":           "thousands of levels: schema's tests of hostile input",
}

// TestFindings compiles every file of testdata/diag, which holds its own expectations, and demands that each code that
// the tree declares is found in one of them.
func TestFindings(t *testing.T) {
	found := compilertest.Run(t, "../../testdata/diag/*.yaml", kinds.All())
	declared := declaredCodes(t, "../..")
	if len(declared) < 30 {
		t.Fatalf("found only %d codes declared: is the test looking at the right folder?", len(declared))
	}
	for code, file := range declared {
		if !found[code] && withoutFile[code] == "" {
			t.Errorf("%s: no file of testdata/diag gives code %q", file, code)
		}
	}
	for code := range found {
		if declared[code] == "" {
			t.Errorf("code %q is found but declared nowhere", code)
		}
	}
	for code, why := range withoutFile {
		if declared[code] == "" || found[code] {
			t.Errorf("code %q is no longer without a file (%s): mend the list", code, why)
		}
	}
}

// declaredCodes gives each constant of type diag.Code with the file that declares it.
func declaredCodes(t *testing.T, root string) map[diag.Code]string {
	t.Helper()
	codes := map[diag.Code]string{}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || !isCode(spec.Type) {
				return true
			}
			for _, value := range spec.Values {
				if lit, ok := value.(*ast.BasicLit); ok {
					code, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					if earlier := codes[diag.Code(code)]; earlier != "" {
						t.Errorf("code %q is declared in %s and in %s", code, earlier, file)
					}
					codes[diag.Code(code)] = file
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return codes
}

func isCode(expr ast.Expr) bool {
	selector, ok := expr.(*ast.SelectorExpr)
	return ok && selector.Sel.Name == "Code"
}
