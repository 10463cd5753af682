package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// weighed weighs findings, given as "line code", "line code error" or "line code allowable", of a project that is one file
// with settings before it.
func weighed(t *testing.T, settings, text string, codes []diag.Code, findings ...string) []string {
	t.Helper()
	inFolder(t, map[string]string{"pipelinectl.yaml": project + settings, "a.yaml": text})
	p, list, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		var line int
		var code, sort string
		if _, err := fmt.Sscan(f+" warning", &line, &code, &sort); err != nil {
			t.Fatal(err)
		}
		d := diag.Diagnostic{Code: diag.Code(code), Severity: diag.Error, Pos: diag.Pos{File: "a.yaml", Line: line, Col: 1}, Allowable: sort == "allowable"}
		if sort == "warning" {
			d.Severity = diag.Warning
		}
		list = append(list, d)
	}
	var out []string
	for _, d := range p.Weigh(list, func() []diag.Code { return codes }) {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%d:%d %s %s %s", d.Pos.Line, d.Pos.Col, d.Code, d.Severity, d.Hint)))
	}
	return out
}

const allowed = "apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: a}\n"

func TestAllow(t *testing.T) {
	const reason = " # pipelinectl:allow x it is so\n"
	known := []diag.Code{"x", "other"}
	for _, test := range []struct {
		name, text string
		findings   []string
		want       []string
	}{
		{"at the end of the line", allowed + "spec: {}" + reason, []string{"4 x", "3 x"}, []string{"3:1 x warning"}},
		{"above the line", allowed + "  " + reason + "spec: {}\n", []string{"5 x"}, nil},
		{"two above the line", allowed + reason + "# pipelinectl:allow other so\nspec: {}\n", []string{"6 x", "6 other"}, nil},
		{"every finding of the line", allowed + "spec: {}" + reason, []string{"4 x", "4 x", "4 other"}, []string{"4:1 other warning"}},
		{"an error that may be allowed", allowed + "spec: {}" + reason, []string{"4 x allowable"}, nil},
		{"an error", allowed + "spec: {}" + reason, []string{"4 x error"},
			[]string{"4:1 x error", "4:10 allow-unused warning mend it, and remove the comment"}},
		{"nothing", allowed + "spec: {}" + reason, nil, []string{"4:10 allow-unused warning remove it"}},
		{"nothing that is known, since phases did not run", allowed + "spec: {}" + reason, []string{"1 other error"}, []string{"1:1 other error"}},
		{"no such code", allowed + "spec: {} # pipelinectl:allow othr so\n", nil, []string{"4:10 allow-unused warning did you mean `other`?"}},
		{"no reason", allowed + "spec: {} # pipelinectl:allow x\n", []string{"4 x"},
			[]string{"4:10 allow-reason error write `# pipelinectl:allow CODE REASON`, so that a reader knows why the finding does not count here"}},
		{"CR LF", strings.ReplaceAll(allowed+"spec: {}"+reason, "\n", "\r\n"), []string{"4 x"}, nil},
		{"a byte order mark", "\uFEFF" + allowed + "spec: {}" + reason, []string{"4 x"}, nil},
		{"in quotes", allowed + "spec: {types: {a: {contentType: 'a # pipelinectl:allow x y'}}}\n", []string{"4 x"}, []string{"4:1 x warning"}},
		{"in a block of text", allowed + "spec:\n  types: |\n    # pipelinectl:allow x y\n    b\n", []string{"7 x", "6 x"}, []string{"6:1 x warning", "7:1 x warning"}},
		{"behind a hash in quotes", allowed + "spec: {types: '# a # b'}" + reason, []string{"4 x"}, nil},
		{"in another comment", allowed + "# spec: {}" + reason + "spec: {}\n", []string{"4 x", "5 x"}, []string{"4:1 x warning", "5:1 x warning"}},
		{"no comment at all", allowed + "spec: a#pipelinectl:allow x y\n", []string{"4 x"}, []string{"4:1 x warning"}},
		{"another word", allowed + "spec: {} # pipelinectl:allowed x y\n", []string{"4 x"}, []string{"4:1 x warning"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := weighed(t, "", test.text, known, test.findings...); !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestAllowReadsNoComments checks that a text that is no YAML, and one without the word, have none.
func TestAllowReadsNoComments(t *testing.T) {
	for _, text := range []string{"a: [ # pipelinectl:allow x y\n", "a: 1 # b\n", ""} {
		if got := allowComments([]byte(text)); len(got) > 0 {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestWeigh(t *testing.T) {
	known := []diag.Code{"x", "other"}
	findings := []string{"1 x", "2 other", "3 x error"}
	for _, test := range []struct {
		settings string
		want     []string
	}{
		{"", []string{"1:1 x warning", "2:1 other warning", "3:1 x error"}},
		{"spec: {warnings: {errors: [x]}}\n", []string{"1:1 x error", "2:1 other warning", "3:1 x error"}},
		{"spec: {warnings: {errors: [all]}}\n", []string{"1:1 x error", "2:1 other error", "3:1 x error"}},
		{"spec: {warnings: {silenced: [x]}}\n", []string{"2:1 other warning", "3:1 x error"}},
		{"spec: {warnings: {errors: [all], silenced: [x]}}\n", []string{"2:1 other error", "3:1 x error"}},
		{"spec: {warnings: {silenced: [all, othr]}}\n", []string{
			"1:1 x warning", "2:1 other warning", "3:1 x error",
			"3:30 warning-unknown error the code stands in brackets behind a finding's message", "3:35 warning-unknown error did you mean `other`?",
		}},
	} {
		if got := weighed(t, test.settings, allowed, known, findings...); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.settings, got, test.want)
		}
	}
	if got := weighed(t, "spec: {warnings: {silenced: [y]}}\n", allowed, nil, "1 x"); !slices.Equal(got, []string{"1:1 x warning"}) {
		t.Errorf("without a list of codes: %q", got)
	}
}

// TestWeighSaysWhatSilencesNothing checks that an error whose code is silenced names the setting, and that the list handed
// in stays as it was.
func TestWeighSaysWhatSilencesNothing(t *testing.T) {
	inFolder(t, map[string]string{"pipelinectl.yaml": project + "spec: {warnings: {silenced: [x], errors: [y]}}\n"})
	p, _, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	list := diag.List{{Code: "x", Severity: diag.Error}, {Code: "y", Severity: diag.Warning}}
	got := p.Weigh(list, nil)
	if len(got) != 2 || len(got[0].Related) != 1 || got[0].Related[0].Pos != (diag.Pos{File: "pipelinectl.yaml", Line: 3, Col: 30}) {
		t.Errorf("weighed: %+v", got)
	}
	if len(list[0].Related) > 0 || list[1].Severity != diag.Warning {
		t.Errorf("the list was changed: %+v", list)
	}
}
