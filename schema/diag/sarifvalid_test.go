package diag

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// sarifSchema is the published schema of SARIF 2.1.0; its formats are checked too.
var sarifSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	text, err := os.ReadFile("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	const name = "sarif-schema-2.1.0.json"
	if err := c.AddResource(name, bytes.NewReader(text)); err != nil {
		return nil, err
	}
	return c.Compile(name)
})

// sarif writes a list and gives the log, which it demands to be valid by the schema and in what no schema can say.
func sarif(t *testing.T, list List, sources map[string][]byte, rules func(Code) Rule) sarifRun {
	t.Helper()
	var out bytes.Buffer
	if err := WriteSARIF(&out, list, sources, rules); err != nil {
		t.Fatal(err)
	}
	if err := validSARIF(out.Bytes()); err != nil {
		t.Fatalf("%v in\n%s", err, out.String())
	}
	var log sarifLog
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	return log.Runs[0]
}

func validSARIF(text []byte) error {
	schema, err := sarifSchema()
	if err != nil {
		return err
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return err
	}
	if err := schema.Validate(value); err != nil {
		return err
	}
	var log sarifLog
	if err := json.Unmarshal(text, &log); err != nil {
		return err
	}
	return soundSARIF(log)
}

// soundSARIF checks what readers stumble over though it is valid: a tool without a name, a rule that is not the
// result's, a result without a place, an error among the notifications of a run that claims success.
func soundSARIF(log sarifLog) error {
	if len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name == "" || len(log.Runs[0].Invocations) != 1 {
		return errors.New("no run, no name of the tool, or no invocation")
	}
	run := log.Runs[0]
	rules := run.Tool.Driver.Rules
	for _, r := range run.Results {
		if r.RuleIndex >= len(rules) || rules[r.RuleIndex].ID != r.RuleID || r.RuleID == "" {
			return fmt.Errorf("rule %d is not %q", r.RuleIndex, r.RuleID)
		}
		if len(r.Locations) == 0 || r.PartialFingerprints[fingerprint] == "" {
			return fmt.Errorf("a result of %s has no place or no fingerprint", r.RuleID)
		}
		for _, place := range append(slices.Clone(r.Locations), r.RelatedLocations...) {
			file := place.PhysicalLocation.ArtifactLocation
			if absolute := strings.HasPrefix(file.URI, "file:"); absolute == (file.URIBaseID != "") || strings.ContainsAny(file.URI, `\ `) {
				return fmt.Errorf("the location %+v is not a URI, or has the wrong base", file)
			}
		}
	}
	failed := slices.ContainsFunc(run.Invocations[0].Notifications, func(n sarifNotification) bool { return n.Level == levelError })
	if failed == run.Invocations[0].ExecutionSuccessful {
		return errors.New("the run is successful with an error, or not successful without one")
	}
	return nil
}

// TestValidSARIFCatches plants what others' logs were refused for, and demands that each is caught.
func TestValidSARIFCatches(t *testing.T) {
	var out bytes.Buffer
	list := List{
		{Code: "yaml-syntax", Severity: Error, Pos: at("a.yaml", 1, 2), Message: "m", Mends: []Mend{{at("a.yaml", 1, 2), "x", "y"}}},
		{Code: "b", Severity: Warning, Pos: at("a.yaml", 1, 2), Message: "m"},
	}
	if err := WriteSARIF(&out, list, nil, nil); err != nil {
		t.Fatal(err)
	}
	good := out.String()
	if err := validSARIF(out.Bytes()); err != nil {
		t.Fatal(err)
	}
	for _, plant := range [][2]string{
		{`"name": "pipelinectl"`, `"name": ""`},
		{`"name": "pipelinectl",`, ``},
		{`"ruleIndex": 0`, `"ruleIndex": 1`},
		{`"ruleIndex": 0`, `"ruleIndex": -2`},
		{`"level": "warning"`, `"level": "doubt"`},
		{`"startLine": 1`, `"startLine": 0`},
		{`"startLine": 1`, `"lineNumber": 1`},
		{`"uri": "a.yaml"`, `"uri": "a b%.yaml"`},
		{`"uri": "a.yaml"`, `"uri": "a\\b.yaml"`},
		{`"executionSuccessful": false`, `"executionSuccessful": true`},
		{`"columnKind": "unicodeCodePoints"`, `"columnKind": "bytes"`},
		{`"deletedRegion"`, `"region"`},
		{`"version": "2.1.0"`, `"version": "2.0.0"`},
	} {
		bad := strings.Replace(good, plant[0], plant[1], 1)
		if bad == good {
			t.Errorf("there is no %s to plant a fault in", plant[0])
		} else if err := validSARIF([]byte(bad)); err == nil {
			t.Errorf("%s in place of %s passes", plant[1], plant[0])
		}
	}
}
