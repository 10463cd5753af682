package schema

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// TestCodes runs the example of each code: it must give a finding of that code and no other error.
func TestCodes(t *testing.T) {
	// These need a file too large, bytes that no comment can hold, a folder, or a type of another package.
	elsewhere := []string{"CodeFileTooLarge", "CodeYAMLEncoding", "CodeYAMLDepth", "CodeDocumentNone", "CodeProjectFile", "CodeProjectSource", "CodeValueInvalid"}
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for spec := range ast.Preorder(file) {
		value, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		name := value.Names[0].Name
		code, err := strconv.Unquote(value.Values[0].(*ast.BasicLit).Value)
		if err != nil || seen[code] {
			t.Errorf("%s: code %q: %v", name, code, err)
		}
		seen[code] = true
		_, example, found := strings.Cut(value.Doc.Text(), "Example:\n")
		if found == slices.Contains(elsewhere, name) {
			t.Errorf("%s: it has an example: %t", name, found)
		}
		if found {
			checkExample(t, name, diag.Code(code), example)
		}
	}
}

func checkExample(t *testing.T, name string, code diag.Code, example string) {
	t.Helper()
	lines := strings.Split(strings.TrimRight(example, "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "\t")
	}
	docs, list := Parse("example.yaml", []byte(strings.Join(lines, "\n")+"\n"))
	list = append(list, NewSet().ValidateAll(docs)...)
	given := map[diag.Code]bool{}
	for _, d := range list {
		given[d.Code] = true
	}
	// An example of YAML alone is no document.
	if !strings.HasPrefix(lines[0], "apiVersion") {
		delete(given, CodeDocumentVersion)
		delete(given, CodeDocumentKind)
	}
	if !given[code] || len(given) != 1 {
		t.Errorf("%s: the example gives %q", name, brief(list))
	}
}
