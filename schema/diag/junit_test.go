package diag

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// junit writes a list and gives the report, which it demands to be sound.
func junit(t *testing.T, list List, files []string, sources map[string][]byte) (junitSuite, string) {
	t.Helper()
	var out bytes.Buffer
	if err := WriteJUnit(&out, list, files, sources); err != nil {
		t.Fatal(err)
	}
	suite, err := readJUnit(out.Bytes())
	if err != nil {
		t.Fatalf("%v in\n%s", err, out.String())
	}
	return suite, out.String()
}

// readJUnit reads a report strictly: well-formed, complete, counted rightly, with at least one test.
func readJUnit(text []byte) (junitSuite, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return junitSuite{}, err
		}
	}
	var report junitReport
	if err := xml.Unmarshal(text, &report); err != nil {
		return junitSuite{}, err
	}
	suite := report.Suite
	failures := 0
	for _, c := range suite.Cases {
		if c.Name == "" || c.Class == "" {
			return suite, fmt.Errorf("a test without a name: %+v", c)
		}
		if c.Failure != nil {
			failures++
		}
	}
	if suite.Tests != len(suite.Cases) || suite.Failures != failures || suite.Tests == 0 {
		return suite, fmt.Errorf("%d tests and %d failures, counted as %d and %d", len(suite.Cases), failures, suite.Tests, suite.Failures)
	}
	return suite, nil
}

func TestWriteJUnit(t *testing.T) {
	list := List{
		{Code: "late", Severity: Warning, Pos: at("b.yaml", 1, 1), Message: "a doubt"},
		{Code: "x", Severity: Warning, Pos: at("a.yaml", 1, 1), Message: "m <1>"},
		{Code: "y", Severity: Error, Pos: at("a.yaml", 2, 1), Message: "m & \"2\"", Hint: "h"},
	}
	sources := map[string][]byte{"a.yaml": []byte("a: 1\r\nb: 2\r\n"), "b.yaml": nil, "c.yaml": nil}
	const want = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="pipelinectl" tests="3" failures="1" errors="0" skipped="0">
    <testcase classname="pipelinectl" name="a.yaml" file="a.yaml">
      <failure type="y" message="2:1: m &amp; &#34;2&#34; (and 1 more)"><![CDATA[
a.yaml:1:1: warning: m <1> [x]
    1 | a: 1
      | ^
a.yaml:2:1: error: m & "2" [y]
    2 | b: 2
      | ^
  hint: h
]]></failure>
    </testcase>
    <testcase classname="pipelinectl" name="b.yaml" file="b.yaml">
      <system-out><![CDATA[
b.yaml:1:1: warning: a doubt [late]
]]></system-out>
    </testcase>
    <testcase classname="pipelinectl" name="c.yaml" file="c.yaml"></testcase>
  </testsuite>
</testsuites>
`
	if _, got := junit(t, list, []string{"c.yaml", "a.yaml"}, sources); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestJUnitCases(t *testing.T) {
	for _, test := range []struct {
		name     string
		list     List
		files    []string
		tests    []string
		failures int
	}{
		{"nothing", nil, nil, []string{"project"}, 0},
		{"no findings", nil, []string{"a.yaml"}, []string{"a.yaml"}, 0},
		{"a finding of no file", List{{Code: "c", Severity: Error, Message: "m"}}, []string{"a.yaml"}, []string{"project", "a.yaml"}, 1},
		{"a file by two names", List{{Code: "c", Severity: Error, Pos: at(`x\a.yaml`, 1, 1), Message: "m"}}, []string{"x/a.yaml"}, []string{"x/a.yaml"}, 1},
		{"forbidden characters", List{{Code: "c\x00", Severity: Error, Pos: at("a\x1b\uFFFE.yaml", 1, 1), Message: "\x00\x0b\xff]]>"}}, nil, []string{"a\uFFFD\uFFFD.yaml"}, 1},
	} {
		suite, _ := junit(t, test.list, test.files, nil)
		var names []string
		for _, c := range suite.Cases {
			names = append(names, c.Name)
		}
		if strings.Join(names, " ") != strings.Join(test.tests, " ") || suite.Failures != test.failures {
			t.Errorf("%s: tests %q with %d failures, want %q with %d", test.name, names, suite.Failures, test.tests, test.failures)
		}
	}
}

// TestReadJUnitCatches plants faults, and demands that each is caught.
func TestReadJUnitCatches(t *testing.T) {
	_, good := junit(t, List{{Code: "c", Severity: Error, Pos: at("a.yaml", 1, 1), Message: "m"}}, nil, nil)
	for _, plant := range [][2]string{
		{`tests="1"`, `tests="2"`}, {`failures="1"`, `failures="0"`}, {`name="a.yaml"`, `name=""`},
		{"1:1: m", "\x01"}, {"1:1: m", "<"}, {"</testsuites>", ""}, {"<testcase ", "<tests "},
	} {
		bad := strings.Replace(good, plant[0], plant[1], 1)
		if bad == good {
			t.Errorf("there is no %s to plant a fault in", plant[0])
		} else if _, err := readJUnit([]byte(bad)); err == nil {
			t.Errorf("%q in place of %q passes", plant[1], plant[0])
		}
	}
}
