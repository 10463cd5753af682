package compiler

import (
	"slices"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// labels gives labels of texts such as team=media.
func labels(texts ...string) schema.Entries[schema.Value[string]] {
	value := func(text string) schema.Value[string] { return schema.Value[string]{V: text, Pos: diag.Pos{Line: 1}} }
	var out schema.Entries[schema.Value[string]]
	for _, text := range texts {
		name, label, _ := strings.Cut(text, "=")
		out = append(out, schema.EntryOf[schema.Value[string]]{Key: value(name), Value: value(label)})
	}
	return out
}

func TestRankDomains(t *testing.T) {
	domain := func(suffix string, selector ...string) Domain {
		return Domain{Suffix: schema.Value[string]{V: suffix, Pos: diag.Pos{Line: 1}}, Selector: labels(selector...)}
	}
	all := []Domain{
		domain("z.org"), domain("b.org", "team=media"), domain("a.org", "tier=gold"), domain("c.org", "team=media", "tier=gold"),
		domain("d.org", "team=video", "tier=gold"),
	}
	for _, test := range []struct {
		labels []string
		ranked string
		chosen string
	}{
		{nil, "z.org b.org a.org c.org d.org", "z.org"},
		{[]string{"team=media"}, "b.org z.org a.org c.org d.org", "b.org"},
		{[]string{"team=media", "tier=gold"}, "c.org a.org b.org z.org d.org", "c.org"},
		{[]string{"tier=gold"}, "a.org z.org b.org c.org d.org", "a.org"},
	} {
		pl := &Pipeline{Labels: labels(test.labels...)}
		var ranked []string
		for _, c := range RankDomains(all, pl) {
			ranked = append(ranked, c.Domain.Suffix.V)
		}
		if got := strings.Join(ranked, " "); got != test.ranked || selectDomain(all, pl).Suffix.V != test.chosen {
			t.Errorf("%v: got %s, %s; want %s", test.labels, got, selectDomain(all, pl).Suffix.V, test.ranked)
		}
	}
	noDefault := slices.Clone(all)[1:]
	if d := selectDomain(noDefault, &Pipeline{}); d != nil {
		t.Errorf("without labels and without default: got %s", d.Suffix.V)
	}
}
