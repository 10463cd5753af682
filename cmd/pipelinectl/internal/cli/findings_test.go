package cli

import (
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// TestReporter demands each form where it belongs: the findings of a verb whose result they are on standard output,
// else all on standard error; text for people only where a verb says so.
func TestReporter(t *testing.T) {
	t.Parallel()
	var list diag.List
	list.Errorf("late", diag.Pos{File: "a.yaml", Line: 1, Col: 1}, "m")
	sources := map[string][]byte{"a.yaml": []byte("x: 1\n"), "b.yaml": nil}
	const text = "a.yaml:1:1: error: m [late]\n    1 | x: 1\n      | ^\n"
	begins := map[string]string{
		"text": text, "json": "{\n  \"diagnostics\"", "sarif": "{\n  \"$schema\"",
		"github": "::error file=a.yaml,line=1,col=1,endColumn=2,title=late::m\n", "junit": "<?xml",
	}
	for _, form := range findingsForms() {
		for _, r := range []reporter{{}, {findingsAreResult: true}, {findingsAreResult: true, textOut: true}} {
			f, out, talk := capture()
			r.streams, r.form = f.Streams, form
			if err := r.print(list, sources); err != nil {
				t.Fatal(err)
			}
			wantOut, wantTalk := "", begins[form]
			if r.findingsAreResult && (r.textOut || form != "text") {
				wantOut, wantTalk = wantTalk, ""
			}
			if form == "github" {
				wantTalk = text + wantTalk
			}
			if !strings.HasPrefix(out.String(), wantOut) || !strings.HasPrefix(talk.String(), wantTalk) || (wantOut == "") != (out.Len() == 0) || (wantTalk == "") != (talk.Len() == 0) {
				t.Errorf("%s of %+v:\n%s\nand on standard error\n%s", form, r, out, talk)
			}
		}
	}
}

// TestTextBesideAnnotations demands that no document can give the runner of GitHub Actions a command.
func TestTextBesideAnnotations(t *testing.T) {
	t.Parallel()
	var list diag.List
	list.Errorf("c", diag.Pos{File: "::debug::a", Line: 1, Col: 1}, "m").
		WithRelated(diag.Pos{File: " ::debug::b"}, "r")
	f, _, talk := capture()
	r := reporter{streams: f.Streams, form: formatGitHub, findingsAreResult: true}
	if err := r.print(list, map[string][]byte{"::debug::a": []byte("x: 1 # ##[add-mask]x ::1")}); err != nil {
		t.Fatal(err)
	}
	const want = ": :debug::a:1:1: error: m [c]\n    1 | x: 1 # # #[add-mask]x ::1\n      | ^\n   : :debug::b: r\n"
	if talk.String() != want {
		t.Errorf("got\n%s\nwant\n%s", talk, want)
	}
}
