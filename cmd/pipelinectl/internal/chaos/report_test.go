package chaos

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	l := sound()
	l.again(9)
	o := &Outcome{Report: l.Check(), Entered: records, Strikes: []Strike{{Kind: KillRunner, Node: "work", Input: 9, Unread: 5, InFlight: 1}}}
	var text, program strings.Builder
	if err := o.WriteText(&text, 7); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"records entered: 10, faults struck: 1, seed: 7\n",
		"work  10    10       0 (promised 0)  1 (promised 0)  0 (promised 0)  0 (by policy)  0\n",
		"difference: node work: duplicated beyond what its faults explain: id-9\n",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, text.String())
		}
	}
	if err := o.WriteJSON(&program, 7); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Seed        int
		Sound       bool
		Faults      []Strike
		Differences []string
	}
	if err := json.Unmarshal([]byte(program.String()), &got); err != nil {
		t.Fatal(err)
	}
	if got.Seed != 7 || got.Sound || len(got.Faults) != 1 || got.Faults[0] != o.Strikes[0] || len(got.Differences) != 1 {
		t.Errorf("the JSON is read as %+v", got)
	}
}

func TestConcrete(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"": "text/plain", "*/*": "text/plain", "text/*": "text/plain", "image/*": "image/png", "application/*": "application/json",
		"application/json": "application/json", "audio/*": "audio/plain",
	} {
		if got := concrete(pattern); got != want {
			t.Errorf("concrete(%q) = %q, want %q", pattern, got, want)
		}
	}
}
