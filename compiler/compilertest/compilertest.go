// Package compilertest runs files that hold the findings they must give, each beside the line it is about:
//
//	from: labell # ERROR "no node `labell`"
//
// A trailing comment "# ERROR" or "# WARNING" is followed by one or more quoted regular expressions, each matched
// against a finding of that severity on that line, in the form "message [code]". Every finding must be expected and
// every expectation met. It knows neither kinds nor folders: both are handed in. Start reading at Run.
package compilertest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Run compiles each file that pattern matches, as a project of its own, and compares what is found with what the file
// expects. It returns the codes that were found, over all files.
func Run(t *testing.T, pattern string, kinds []compiler.Kind) map[diag.Code]bool {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files match %s: %v", pattern, err)
	}
	codes := map[diag.Code]bool{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			findings := Compile(file, data, kinds)
			for _, d := range findings {
				codes[d.Code] = true
			}
			for _, fault := range Compare(data, findings) {
				t.Error(fault)
			}
		})
	}
	return codes
}

// Compile gives the findings of one file taken as a project of its own.
func Compile(file string, data []byte, kinds []compiler.Kind) diag.List {
	docs, findings := schema.Parse(file, data)
	if findings.HasErrors() {
		return findings.Sorted()
	}
	_, more := compiler.Compile(docs, kinds)
	return append(findings, more...).Sorted()
}

// expectation is one pattern of a file.
type expectation struct {
	line     int
	severity diag.Severity
	pattern  *regexp.Regexp
}

// Compare gives every difference between the findings that a file expects and those it gave.
func Compare(data []byte, findings diag.List) []string {
	expected, faults := expectations(data)
	for _, d := range findings {
		if d.Severity != diag.Error && d.Severity != diag.Warning {
			faults = append(faults, fmt.Sprintf("%v: %v: %s [%s]", d.Pos, d.Severity, d.Message, d.Code))
		}
		text := fmt.Sprintf("%s [%s]", d.Message, d.Code)
		met := false
		for i, e := range expected {
			if e.line == d.Pos.Line && e.severity == d.Severity && e.pattern.MatchString(text) {
				expected = append(expected[:i:i], expected[i+1:]...)
				met = true
				break
			}
		}
		if !met {
			faults = append(faults, fmt.Sprintf("%v: unexpected %v: %s", d.Pos, d.Severity, text))
		}
	}
	for _, e := range expected {
		faults = append(faults, fmt.Sprintf("line %d: no %v matches %q", e.line, e.severity, e.pattern))
	}
	return faults
}

var comment = regexp.MustCompile(`# (ERROR|WARNING)((?: "(?:[^"\\]|\\.)*")+)`)

var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

func expectations(data []byte) (out []expectation, faults []string) {
	for i, line := range strings.Split(string(data), "\n") {
		for _, match := range comment.FindAllStringSubmatch(line, -1) {
			severity := diag.Error
			if match[1] == "WARNING" {
				severity = diag.Warning
			}
			for _, q := range quoted.FindAllString(match[2], -1) {
				pattern, err := compilePattern(q)
				if err != nil {
					faults = append(faults, fmt.Sprintf("line %d: bad pattern %s: %v", i+1, q, err))
					continue
				}
				out = append(out, expectation{i + 1, severity, pattern})
			}
		}
	}
	return out, faults
}

func compilePattern(quoted string) (*regexp.Regexp, error) {
	text, err := strconv.Unquote(quoted)
	if err != nil {
		return nil, err
	}
	return regexp.Compile(text)
}
