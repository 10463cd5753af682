package compiler_test

import (
	"strings"
	"testing"
)

func TestDeadLettersKeepToTheLimit(t *testing.T) {
	for limit, want := range map[string]string{"": "1209600000", "limits: {maxRetention: 30d}": "1209600000", "limits: {maxRetention: 8d}": "691200000"} {
		text := strings.Replace(photos+environments, "prefix: prod.", "prefix: prod.\n    "+limit, 1)
		resize := node(t, graph(t, mustCompile(t, text), "prod"), "resize")
		if got := resize.DeadLetters.Config["retention.ms"]; got != want {
			t.Errorf("with %q dead letters are kept for %s ms, want %s", limit, got, want)
		}
	}
}
