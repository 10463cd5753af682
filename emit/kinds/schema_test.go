package kinds_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
)

// TestPatternsSayTheirRule demands of each pattern in the schemas of all kinds that its rule stands beside it in words: a
// finding repeats them, and nobody should have to read a regular expression. A condition (`if`) never gives a finding.
func TestPatternsSayTheirRule(t *testing.T) {
	text, err := compiler.NewSet(kinds.All()).JSON("")
	if err != nil {
		t.Fatal(err)
	}
	var schema any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	patterns := 0
	var check func(at string, value any)
	check = func(at string, value any) {
		switch v := value.(type) {
		case []any:
			for _, item := range v {
				check(at+"/-", item)
			}
		case map[string]any:
			if _, isPattern := v["pattern"].(string); isPattern {
				patterns++
				if rule, _ := v["errorMessage"].(string); rule == "" {
					t.Errorf("%s: the pattern has no errorMessage", at)
				}
			}
			for _, key := range slices.Sorted(maps.Keys(v)) {
				if key != "if" {
					check(at+"/"+key, v[key])
				}
			}
		}
	}
	check("", schema)
	if patterns < 20 {
		t.Errorf("found %d patterns only", patterns)
	}
}
