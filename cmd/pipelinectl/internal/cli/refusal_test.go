package cli

import (
	"errors"
	"slices"
	"testing"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/impact"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// TestRefuse: what differs in its environment only is one finding, whose flag says no more than is needed.
func TestRefuse(t *testing.T) {
	t.Parallel()
	change := func(name, environment, reason string) impact.Change {
		return impact.Change{
			Pipeline: "p", Environment: environment, ID: emit.ID{Kind: "KafkaTopic", Name: name}, Verb: impact.Changed, Class: impact.DataLoss,
			Refused: true, Reasons: []string{reason},
		}
	}
	at := func(line int) diag.Pos { return diag.Pos{File: "p.yaml", Line: line, Col: 1} }
	unknown := impact.Unknown("q", "q.yaml", errors.Join(errors.New("a is\nmissing"), errors.New("b is missing")))
	for _, test := range []struct {
		name    string
		changes []impact.Change
		places  []diag.Pos
		want    []string
		allow   string
	}{
		{"none", nil, nil, nil, ""},
		{
			"everywhere", []impact.Change{change("a", "dev", "r"), change("a", "prod", "r"), change("a", "gone", "r")}, []diag.Pos{at(1), at(1), at(1)},
			[]string{"`KafkaTopic/a` in the environments `dev`, `prod` and `gone` (no longer in the project) is changed since HEAD: data loss: r"}, "KafkaTopic/a",
		},
		{
			"for other reasons", []impact.Change{change("a", "dev", "r"), change("a", "prod", "s"), change("a", "test", "r")}, []diag.Pos{at(1), at(1), at(1)},
			[]string{
				"`KafkaTopic/a` in the environments `dev` and `test` is changed since HEAD: data loss: r",
				"`KafkaTopic/a` in environment `prod` is changed since HEAD: data loss: s",
			}, "KafkaTopic/a@dev,KafkaTopic/a@test,KafkaTopic/a@prod",
		},
		{
			"at other places", []impact.Change{change("a", "dev", "r"), change("a", "prod", "r")}, []diag.Pos{at(1), at(2)},
			[]string{
				"`KafkaTopic/a` in environment `dev` is changed since HEAD: data loss: r",
				"`KafkaTopic/a` in environment `prod` is changed since HEAD: data loss: r",
			}, "KafkaTopic/a@dev,KafkaTopic/a@prod",
		},
		{
			"unknown", []impact.Change{unknown}, []diag.Pos{at(1)},
			[]string{"nobody knows what this build of pipeline `q` destroys since HEAD: what it was cannot be read: a is missing; what it was cannot be read: b is missing"},
			"Pipeline/q",
		},
	} {
		r := refuse(test.changes, test.places, "HEAD", []string{"dev", "prod", "test"})
		var got []string
		for _, d := range r.findings {
			got = append(got, d.Message)
		}
		if !slices.Equal(got, test.want) || r.allow.String() != test.allow || r.refuses() != (len(test.want) > 0) {
			t.Errorf("%s: got %q, allow %s", test.name, got, r.allow)
		}
		// What is printed, ready to paste, lets exactly this through.
		if left, unused := r.allow.apply(test.changes); len(left)+len(unused) > 0 {
			t.Errorf("%s: %s leaves %v, of no use are %s", test.name, r.allow, left, unused)
		}
	}
}
