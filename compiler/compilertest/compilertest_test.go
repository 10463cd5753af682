package compilertest

import (
	"testing"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

func TestCompareSeesEveryDifference(t *testing.T) {
	const file = "a: 1\nb: 2 # ERROR \"two \\\\[code-b\\\\]\" \"again\"\nc: 3 # WARNING \"three\"\n"
	at := func(severity diag.Severity, line int, code diag.Code, message string) diag.Diagnostic {
		return diag.Diagnostic{Code: code, Severity: severity, Pos: diag.Pos{File: "f", Line: line, Col: 1}, Message: message}
	}
	met := diag.List{
		at(diag.Error, 2, "code-b", "two"),
		at(diag.Error, 2, "code-b", "again"),
		at(diag.Warning, 3, "code-c", "three"),
	}
	tests := map[string]struct {
		findings diag.List
		faults   int
	}{
		"all met":            {met, 0},
		"one missing":        {met[:2], 1},
		"one too many":       {append(met[:3:3], at(diag.Error, 1, "x", "more")), 1},
		"wrong line":         {append(met[:2:2], at(diag.Warning, 4, "code-c", "three")), 2},
		"wrong severity":     {append(met[:2:2], at(diag.Error, 3, "code-c", "three")), 2},
		"wrong code":         {append(met[1:3:3], at(diag.Error, 2, "other", "two")), 2},
		"forgotten severity": {append(met[:3:3], at(0, 3, "code-c", "three")), 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if faults := Compare([]byte(file), test.findings); len(faults) != test.faults {
				t.Errorf("got %d faults, want %d: %q", len(faults), test.faults, faults)
			}
		})
	}
}

func TestBadPatternIsAFault(t *testing.T) {
	if faults := Compare([]byte("a: 1 # ERROR \"(\"\n"), nil); len(faults) != 1 {
		t.Errorf("got %q, want one fault about the pattern", faults)
	}
}
