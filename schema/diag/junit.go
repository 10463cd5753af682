package diag

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// The JUnit form, as far as its readers agree on one
// (https://docs.gitlab.com/ci/testing/unit_test_reports, https://plugins.jenkins.io/junit).
type (
	junitReport struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class string `xml:"classname,attr"`
		Name  string `xml:"name,attr"`
		// File is left out where the findings are those of no file.
		File    string        `xml:"file,attr,omitempty"`
		Failure *junitFailure `xml:"failure"`
		Output  *junitText    `xml:"system-out"`
	}
	junitFailure struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		junitText
	}
	// junitText is the text form of findings, of which the characters that XML forbids are already replaced.
	junitText struct {
		Text string `xml:",cdata"`
	}
)

// junitProject is the name of the test case that holds the findings of no file, and of the one of a run without files.
const junitProject = "project"

// WriteJUnit writes a list as XML in the form of JUnit's reports: a test case for each of the files that were checked,
// and for any other file with findings. A file with errors has failed; the failure holds, as text, all that was found
// in it. Warnings alone are the output of a test case that has passed. So a test keeps its name when its findings
// change, and readers can tell what a change broke and what it mended. Names differ: GitLab drops a second test of one.
// sources holds the bytes of files by Pos.File, for snippets. The error is w's.
func WriteJUnit(w io.Writer, list List, files []string, sources map[string][]byte) error {
	found := map[string]List{}
	for _, file := range files {
		found[(Pos{File: file}).slashed()] = nil
	}
	for _, d := range list {
		file := d.Pos.slashed()
		found[file] = append(found[file], d)
	}
	if len(found) == 0 {
		found[""] = nil
	}
	suite := junitSuite{Name: "pipelinectl"}
	for _, file := range slices.Sorted(maps.Keys(found)) {
		c, err := testCase(file, found[file], sources)
		if err != nil {
			return err
		}
		suite.Tests++
		if c.Failure != nil {
			suite.Failures++
		}
		suite.Cases = append(suite.Cases, c)
	}
	out := bufio.NewWriter(w)
	_, _ = out.WriteString(xml.Header) // the buffer keeps the first error for Flush
	enc := xml.NewEncoder(out)
	enc.Indent("", "  ")
	if err := enc.Encode(junitReport{Suite: suite}); err != nil {
		return err
	}
	_, _ = out.WriteString("\n")
	return out.Flush()
}

// testCase gives the findings of one file.
func testCase(file string, list List, sources map[string][]byte) (junitCase, error) {
	c := junitCase{Class: "pipelinectl", Name: junitProject}
	if file != "" {
		c.Name, c.File = printable(file), printable(file)
	}
	if len(list) == 0 {
		return c, nil
	}
	var out bytes.Buffer
	if err := WriteText(&out, list, sources, false); err != nil {
		return c, err
	}
	text := junitText{"\n" + out.String()}
	first := slices.IndexFunc(list, func(d Diagnostic) bool { return d.Severity != Warning })
	if first < 0 {
		c.Output = &text
		return c, nil
	}
	d := list[first]
	message := printable(d.Message)
	if place := strings.TrimPrefix(d.Pos.String(), d.Pos.slashed()+":"); d.Pos.IsValid() {
		message = place + ": " + message
	}
	if more := len(list) - 1; more > 0 {
		message += fmt.Sprintf(" (and %d more)", more)
	}
	c.Failure = &junitFailure{Type: string(d.rule()), Message: message, junitText: text}
	return c, nil
}
