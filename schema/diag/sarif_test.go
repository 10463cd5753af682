package diag

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
)

func TestWriteSARIF(t *testing.T) {
	const file = "pipelines/photos.yaml"
	sources := map[string][]byte{file: []byte("# é\r\na: [imge, x]\r\n")}
	rules := func(code Code) Rule {
		if code != "field-unknown" {
			return Rule{}
		}
		return Rule{Summary: "A key is unknown.", Description: "A key is unknown. Remove it.", Help: "```yaml\na: 1\n```"}
	}
	run := sarif(t, List{
		{
			Code: "topic-unread", Severity: Warning, Pos: at(file, 2, 5), Path: "spec.a[0]", Message: "no node reads `imge`", Hint: "remove [it](http://x)",
			Related: []Related{{at("b.yaml", 3, 0), "here"}, {at("b.yaml", 3, 0), "here"}, {Pos{}, "nowhere"}},
			Mends:   []Mend{{at(file, 2, 5), "imge", "image"}, {at("b.yaml", 9, 3), "a\r\nbc", ""}, {at(file, 2, 11), "", "y\n"}},
		},
		{Code: "field-unknown", Severity: Error, Pos: at(file, 1, 0), Message: "m"},
	}, sources, rules)

	driver := run.Tool.Driver
	if got := []Code{driver.Rules[0].ID, driver.Rules[1].ID}; !slices.Equal(got, []Code{"field-unknown", "topic-unread"}) {
		t.Errorf("the rules are %v", got)
	}
	if r := driver.Rules[0]; r.ShortDescription.Text != "A key is unknown." || r.FullDescription.Text != "A key is unknown. Remove it." || r.Help.Markdown == "" {
		t.Errorf("the explained rule is %+v", r)
	}
	if r := driver.Rules[1]; r.ShortDescription.Text != "topic unread" || r.FullDescription.Text != "topic unread" || r.Help.Markdown != "" {
		t.Errorf("the rule without explanation is %+v", r)
	}
	first := run.Results[0]
	if want := "no node reads `imge`\nhint: remove [it] (http://x)"; first.Message.Text != want || first.Level != "warning" {
		t.Errorf("the result is %+v", first)
	}
	place := first.Locations[0]
	if got, want := *place.PhysicalLocation.Region, (sarifRegion{StartLine: 2, StartColumn: 5, EndColumn: 9}); got != want {
		t.Errorf("the region is %+v, want %+v", got, want)
	}
	if place.LogicalLocations[0].FullyQualifiedName != "spec.a[0]" {
		t.Errorf("the place is %+v", place)
	}
	changes := first.Fixes[0].ArtifactChanges
	if len(changes) != 2 || len(changes[0].Replacements) != 2 || changes[0].ArtifactLocation.URI != file {
		t.Fatalf("the fix is %+v", changes)
	}
	for i, want := range []sarifReplacement{
		{sarifRegion{StartLine: 2, StartColumn: 5, EndColumn: 9}, sarifContent{"image"}},
		{sarifRegion{StartLine: 2, StartColumn: 11, EndColumn: 11}, sarifContent{"y\n"}},
		{sarifRegion{StartLine: 9, StartColumn: 3, EndLine: 10, EndColumn: 3}, sarifContent{}},
	} {
		if got := append(slices.Clone(changes[0].Replacements), changes[1].Replacements...)[i]; got != want {
			t.Errorf("replacement %d is %+v, want %+v", i, got, want)
		}
	}
	if second := run.Results[1]; *second.Locations[0].PhysicalLocation.Region != (sarifRegion{StartLine: 1}) || second.Fixes != nil {
		t.Errorf("the second result is %+v", second)
	}
}

// TestSARIFURIs demands a proper URI for each way to name a file.
func TestSARIFURIs(t *testing.T) {
	for file, want := range map[string]sarifArtifact{
		"a.yaml":                   {URI: "a.yaml", URIBaseID: srcRoot},
		"./pipelines//a.yaml":      {URI: "pipelines/a.yaml", URIBaseID: srcRoot},
		"../a.yaml":                {URI: "../a.yaml", URIBaseID: srcRoot},
		"a b/100%#é?.yaml":         {URI: "a%20b/100%25%23%C3%A9%3F.yaml", URIBaseID: srcRoot},
		"c:a.yaml":                 {URI: "./c:a.yaml", URIBaseID: srcRoot},
		`pipelines\a.yaml`:         {URI: "pipelines/a.yaml", URIBaseID: srcRoot},
		`C:\team x\a.yaml`:         {URI: "file:///C:/team%20x/a.yaml"},
		"c:/a.yaml":                {URI: "file:///c:/a.yaml"},
		`\\server\share\a.yaml`:    {URI: "file:////server/share/a.yaml"},
		"/home/someone/a [1].yaml": {URI: "file:///home/someone/a%20%5B1%5D.yaml"},
		"":                         {URI: ".", URIBaseID: srcRoot},
	} {
		run := sarif(t, List{{Code: "c", Severity: Error, Pos: at(file, 1, 1), Message: "m", Mends: []Mend{{at(file, 1, 1), "a", "b"}}}}, nil, nil)
		r := run.Results[0]
		if got := r.Locations[0].PhysicalLocation.ArtifactLocation; got != want || r.Fixes[0].ArtifactChanges[0].ArtifactLocation != want {
			t.Errorf("%q is %+v, want %+v", file, got, want)
		}
	}
}

// TestSARIFOfUnreadFiles demands that a file that could not be read is a result and a failure of the run.
func TestSARIFOfUnreadFiles(t *testing.T) {
	run := sarif(t, List{
		{Code: "yaml-number", Severity: Warning, Pos: at("b.yaml", 1, 1), Message: "doubt"},
		{Code: "file-too-large", Severity: Error, Pos: at("a.yaml", 1, 1), Message: "large"},
	}, nil, nil)
	invocation := run.Invocations[0]
	if len(run.Results) != 2 || invocation.ExecutionSuccessful || len(invocation.Notifications) != 1 {
		t.Fatalf("%+v", run)
	}
	n := invocation.Notifications[0]
	if n.Message.Text != "large" || n.AssociatedRule.Index != run.Results[1].RuleIndex || n.Locations[0].PhysicalLocation.ArtifactLocation.URI != "a.yaml" {
		t.Errorf("the notification is %+v", n)
	}
}

func TestSARIFWithoutFindings(t *testing.T) {
	run := sarif(t, nil, nil, nil)
	if !run.Invocations[0].ExecutionSuccessful || run.Results == nil || run.Tool.Driver.Rules == nil {
		t.Errorf("%+v", run)
	}
}

// TestSARIFFingerprints demands that a finding is the same one after edits above it, and another one elsewhere.
func TestSARIFFingerprints(t *testing.T) {
	prints := func(list ...Diagnostic) (out []string) {
		for _, r := range sarif(t, list, nil, nil).Results {
			out = append(out, r.PartialFingerprints[fingerprint])
		}
		return out
	}
	base := Diagnostic{Code: "c", Severity: Error, Pos: at("a.yaml", 1, 1), Path: "spec.algos[0]", Message: "m"}
	moved, file, message := base, base, base
	moved.Pos, moved.Path, moved.Hint = at("a.yaml", 7, 3), "spec.algos[1]", "h"
	file.Pos.File = "b.yaml"
	message.Message = "n"
	want := prints(base)[0]
	if got := prints(moved)[0]; got != want {
		t.Errorf("the finding moved is another one: %s, not %s", got, want)
	}
	all := prints(base, moved, file, message)
	slices.Sort(all)
	if len(slices.Compact(all)) != 4 || !slices.Contains(all, want) {
		t.Errorf("different findings are one: %v", all)
	}
}

// TestSARIFLimit demands that no log is written that GitHub would refuse, and that nothing goes missing in silence.
func TestSARIFLimit(t *testing.T) {
	list := make(List, maxResults+3)
	for i := range list {
		list[i] = Diagnostic{Code: "c", Severity: Warning, Pos: at("a.yaml", i+1, 1), Message: "m"}
	}
	list[len(list)-1].Severity = Error
	var out bytes.Buffer
	if err := WriteSARIF(&out, list, nil, nil); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	if err := soundSARIF(log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if len(run.Results) != maxResults || run.Results[0].Level != "error" || list[0].Severity != Warning {
		t.Errorf("%d results, the first of level %s", len(run.Results), run.Results[0].Level)
	}
	if n := run.Invocations[0].Notifications; len(n) != 1 || n[0].Message.Text != "3 of 25003 findings are left out: GitHub reads no more of one run" {
		t.Errorf("the notifications are %+v", n)
	}
}
