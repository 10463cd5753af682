package diag

import (
	"slices"
	"testing"
)

func TestPosString(t *testing.T) {
	for want, pos := range map[string]Pos{"": {}, "a": {File: "a"}, "a:1": {File: "a", Line: 1}, "a:1:2": {File: "a", Line: 1, Col: 2}} {
		if got := pos.String(); got != want {
			t.Errorf("%+v is %q, want %q", pos, got, want)
		}
	}
}

func TestListSorted(t *testing.T) {
	var list List
	list.Errorf("b", at("b", 1, 1), "%d", 1)
	list.Warnf("a", at("a", 2, 1), "x")
	list.Errorf("a", at("a", 1, 2), "x").WithHint("h%d", 1).WithPath("p").WithRelated(at("b", 1, 1), "r%d", 1)
	list.Errorf("a", at("a", 1, 2), "x")
	before := slices.Clone(list)
	sorted := list.Sorted()
	if len(sorted) != 3 || sorted[0].Hint != "h1" || sorted[0].Path != "p" || sorted[0].Related[0].Message != "r1" || sorted[1].Severity != Warning || sorted[2].Message != "1" {
		t.Errorf("sorted: %+v", sorted)
	}
	if list[0].Code != before[0].Code || len(list) != 4 {
		t.Error("the list itself was changed")
	}
}

func TestListErr(t *testing.T) {
	var list List
	list.Warnf("a", Pos{}, "x")
	if err := list.Err(); err != nil || list.HasErrors() {
		t.Errorf("a warning is an error: %v", err)
	}
	list.Errorf("a", Pos{}, "x")
	if err := list.Err(); err == nil || err.Error() != "1 error found" {
		t.Errorf("one error: %v", err)
	}
	list = append(list, Diagnostic{})
	if err := list.Err(); err == nil || err.Error() != "2 errors found" || !list.HasErrors() {
		t.Errorf("a finding without severity is no error: %v", err)
	}
}

func TestSeverityString(t *testing.T) {
	for s, want := range map[Severity]string{Error: "error", Warning: "warning", 0: "invalid severity 0"} {
		if got := s.String(); got != want {
			t.Errorf("%d is %q, want %q", int(s), got, want)
		}
	}
}

func TestListBlocks(t *testing.T) {
	var list List
	list.Warnf("a", Pos{}, "x")
	list.Errorf("b", Pos{}, "x").Allowable = true
	if list.Blocks() || !list.HasErrors() {
		t.Error("an error that may be allowed blocks the next phase, or is none")
	}
	list.Errorf("c", Pos{}, "x")
	if !list.Blocks() {
		t.Error("an error does not block the next phase")
	}
}
