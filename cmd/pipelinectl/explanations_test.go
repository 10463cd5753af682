package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/catalogue"
	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/cli"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// withoutExample are the codes whose explanation is words alone, each with the reason.
var withoutExample = map[diag.Code]string{
	"contract-invalid": "a fault of a kind: no project gives it",
	"file-too-large":   "a file of megabytes",
}

// TestExplanations demands an explanation of each code, beside the package that declares it, and that it is true: the
// wrong example gives findings of that code and of no other, its mend none at all.
func TestExplanations(t *testing.T) {
	t.Parallel()
	codes, declared := cli.NewCatalogue(), declaredCodes(t, "../..")
	for _, code := range slices.Sorted(maps.Keys(declared)) {
		file := filepath.Join(filepath.Dir(declared[code]), "codes", string(code)+".txtar")
		if _, err := os.Stat(file); err != nil {
			t.Errorf("%s declares code %q: %v", declared[code], code, err)
		} else if _, known := codes.Lookup(code); !known {
			t.Errorf("%s is not in cli.NewCatalogue", file)
		}
	}
	for _, e := range codes.All() {
		t.Run(string(e.Code), func(t *testing.T) {
			t.Parallel()
			if declared[e.Code] == "" {
				t.Error("the code is declared nowhere")
			}
			checkText(t, e.Text)
			checkExamples(t, codes, e)
		})
	}
	for code := range withoutExample {
		if declared[code] == "" {
			t.Errorf("code %q is without an example, but declared nowhere: mend the list", code)
		}
	}
}

// checkText holds an explanation to what fits a terminal and a reader in a hurry.
func checkText(t *testing.T, text string) {
	t.Helper()
	if first, _ := utf8.DecodeRuneInString(text); !unicode.IsUpper(first) || !strings.HasSuffix(text, ".") {
		t.Error("the text does not begin with a capital and end with a full stop")
	}
	if n := strings.Count(strings.Join(strings.Fields(text), " ")+" ", ". "); n > 4 {
		t.Errorf("the text has %d sentences, more than 4", n)
	}
	for line := range strings.Lines(text) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 100 {
			t.Errorf("a line has %d characters, more than 100: %s", n, line)
		}
	}
}

func checkExamples(t *testing.T, codes *catalogue.Catalogue, e catalogue.Explanation) {
	t.Helper()
	if why := withoutExample[e.Code]; (why != "") != (len(e.Wrong) == 0) || (len(e.Wrong) == 0) != (len(e.Mend) == 0) {
		t.Fatalf("it has %d files wrong and %d mended, and a reason to have none %q", len(e.Wrong), len(e.Mend), why)
	}
	_, wrong := e.Wrong.Script()
	_, mend := e.Mend.Script()
	if wrong != mend {
		t.Fatal("one of wrong and mend has a script, the other has none")
	}
	if wrong || len(e.Wrong) == 0 {
		return
	}
	text, found := compileExample(t, codes, e.Wrong)
	if !slices.Equal(found, []diag.Code{e.Code}) {
		t.Errorf("wrong gives the codes %q:\n%s", found, text)
	}
	if text, found := compileExample(t, codes, e.Mend); len(found) > 0 {
		t.Errorf("mend gives the codes %q:\n%s", found, text)
	}
}

// compileExample gives what is reported about an example, and the codes in it, each once.
func compileExample(t *testing.T, codes *catalogue.Catalogue, example catalogue.Example) (string, []diag.Code) {
	t.Helper()
	findings, sources, err := codes.Compile(example, kinds.All())
	if err != nil {
		t.Fatal(err)
	}
	found := map[diag.Code]bool{}
	for _, d := range findings {
		found[d.Code] = true
	}
	var text strings.Builder
	if err := diag.WriteText(&text, findings, sources, false); err != nil {
		t.Fatal(err)
	}
	return text.String(), slices.Sorted(maps.Keys(found))
}

// TestExplanationScripts runs the examples that only a command can show.
func TestExplanationScripts(t *testing.T) {
	t.Parallel()
	dir, written := t.TempDir(), 0
	for _, e := range cli.NewCatalogue().All() {
		for side, example := range map[string]catalogue.Example{"wrong": e.Wrong, "mend": e.Mend} {
			script, ok := example.Script()
			if !ok {
				continue
			}
			if side == "wrong" && !strings.Contains(script, string(e.Code)) {
				t.Errorf("the script of %s does not ask for the code", e.Code)
			}
			archive := txtar.Format(&txtar.Archive{Comment: []byte(script), Files: example.Project()})
			if err := os.WriteFile(filepath.Join(dir, string(e.Code)+"_"+side+".txtar"), archive, 0o600); err != nil {
				t.Fatal(err)
			}
			written++
		}
	}
	if written < 4 {
		t.Fatalf("found only %d scripts", written)
	}
	testscript.Run(t, scriptParams(dir))
}
