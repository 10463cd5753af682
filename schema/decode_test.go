package schema

import (
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// sources is a string or a list of strings.
type sources []Value[string]

func (s *sources) DecodeNode(n *Node) diag.List {
	if n.Kind != List {
		*s = make(sources, 1)
		return (*s)[0].DecodeNode(n)
	}
	return Decode(n, (*[]Value[string])(s))
}

// pause is a duration that reads text.
type pause time.Duration

func (p *pause) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*p = pause(d)
	return err
}

type item struct {
	Name Value[string] `yaml:"name"`
}

type choice string

type spec struct {
	item
	Plain   string                 `yaml:"plain"`
	Choice  Value[choice]          `yaml:"choice"`
	Flag    Value[bool]            `yaml:"flag"`
	Small   Value[int32]           `yaml:"small"`
	Count   Value[int64]           `yaml:"count"`
	Ratio   Value[float64]         `yaml:"ratio"`
	Pause   Value[pause]           `yaml:"pause"`
	Address netip.Addr             `yaml:"address"`
	Raw     *Node                  `yaml:"raw"`
	Child   *item                  `yaml:"child"`
	Here    item                   `yaml:"here"`
	List    []item                 `yaml:"list"`
	Entries Entries[item]          `yaml:"entries"`
	Values  Entries[Value[int]]    `yaml:"values"`
	From    sources                `yaml:"from"`
	Strings []Value[string]        `yaml:"strings"`
	Labels  Entries[Value[string]] `yaml:"labels"`
	Ignored string
	Never   string `yaml:"-"`
}

func decoded(t *testing.T, text string) (spec, []string) {
	t.Helper()
	trees, list := parseTrees("f", []byte(text))
	if len(trees) != 1 || list.HasErrors() {
		t.Fatalf("%q: %v", text, list)
	}
	var s spec
	return s, brief(Decode(trees[0].root, &s))
}

func decodeSpec(t *testing.T, text string) spec {
	t.Helper()
	trees, _ := parseTrees("f", []byte(text))
	var s spec
	if list := Decode(trees[0].root, &s); len(list) > 0 {
		t.Fatalf("findings %v", list)
	}
	return s
}

func TestDecode(t *testing.T) {
	s := decodeSpec(t, `
name: a
plain: p
choice: c
flag: True
small: 0x10
count: 3.0
ratio: 2
pause: 5s
address: 10.0.0.1
raw: {x: [1]}
child: {name: b}
here: {name: c}
list: [{name: d}, {name: e}]

entries: {z: {name: g}, y: {name: h}}
values: {one: 1}
from: [a, b]
strings: [x]
Ignored: x
Never: x
unknown: x
`)
	at := func(line, col int) diag.Pos { return diag.Pos{File: "f", Line: line, Col: col} }
	if s.Name.V != "a" || s.Name.Pos != at(2, 7) || s.Plain != "p" || s.Choice.V != "c" || !s.Flag.V || s.Small.V != 16 || s.Count.V != 3 || s.Ratio.V != 2 {
		t.Errorf("scalars: %+v", s)
	}
	if s.Pause.V != pause(5*time.Second) || s.Pause.Pos != at(9, 8) || s.Address.String() != "10.0.0.1" {
		t.Errorf("text: %v %v", s.Pause, s.Address)
	}
	if s.Raw == nil || dump(s.Raw) != "{x@11:7=[integer(1)@11:11]}" {
		t.Errorf("raw: %v", s.Raw)
	}
	if s.Child == nil || s.Child.Name.V != "b" || s.Here.Name.V != "c" || len(s.List) != 2 || s.List[1].Name.Pos != at(14, 26) {
		t.Errorf("structs: %+v %+v %+v", s.Child, s.Here, s.List)
	}
	if len(s.Entries) != 2 || s.Entries[0].Key != (Value[string]{V: "z", Pos: at(16, 11)}) || s.Entries[1].Value.Name.V != "h" || s.Values[0].Value.V != 1 {
		t.Errorf("entries: %+v %+v", s.Entries, s.Values)
	}
	if len(s.From) != 2 || s.From[1].Pos != at(18, 11) || s.Strings[0].V != "x" || s.Ignored+s.Never != "" {
		t.Errorf("rest: %+v", s)
	}
	if one := decodeSpec(t, "from: a"); len(one.From) != 1 || one.From[0].V != "a" {
		t.Errorf("string for list: %+v", one.From)
	}
	if none := decodeSpec(t, "{child: , list: , entries: , here: }"); none.Child != nil || none.List != nil || none.Entries != nil {
		t.Errorf("nulls: %+v", none)
	}
}

func TestDecodeFindings(t *testing.T) {
	for text, want := range map[string]string{
		"name: 8":                    "1:7 value-type: expected a string, found the integer `8`; write it in quotes",
		"name:":                      "1:6 value-type: expected a string, found nothing; give it a value or remove the key",
		"flag: yes":                  "1:7 value-type: expected a boolean, found the string `yes`; write `true`",
		"small: 3000000000":          "1:8 value-range: `3000000000` is too large",
		"count: 9223372036854775808": "1:8 value-range: `9223372036854775808` is too large",
		"count: 1.5":                 "1:8 value-type: expected an integer, found the number `1.5`",
		"ratio: x":                   "1:8 value-type: expected a number, found the string `x`",
		"pause: 5 parsecs":           "1:8 value-invalid: `5 parsecs` cannot be used: time: unknown unit \" parsecs\" in duration \"5 parsecs\"",
		"pause: []":                  "1:8 value-type: expected a string, found a list",
		"list: {}":                   "1:7 value-type: expected a list, found a map; make it a list: `[...]`, or `- ` before each item",
		"entries: x":                 "1:10 value-type: expected a map, found the string `x`",
		"here: [1]":                  "1:7 value-type: expected a map, found a list",
		"list: [{name: []}]":         "1:15 value-type: expected a string, found a list",
		"from: [a, 8]":               "1:11 value-type: expected a string, found the integer `8`; write it in quotes",
	} {
		if _, got := decoded(t, text); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: findings %q, want %q", text, got, want)
		}
	}
}

// TestNumbers checks the bounds of what integers can be read.
func TestNumbers(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "-0": 0, "+7": 7, "0o17": 15, "0xff": 255, "007": 7, strconv.Itoa(math.MinInt64): math.MinInt64, strconv.Itoa(math.MaxInt64): math.MaxInt64,
	} {
		if got, ok := parseInt(text); !ok || got != want {
			t.Errorf("%s is %d, %t", text, got, ok)
		}
	}
	for text, want := range map[string]float64{"1e3": 1000, "-.5": -.5, "0x" + strings.Repeat("f", 17): 0x1p68, "1" + strings.Repeat("0", 30): 1e30} {
		if got, ok := parseFloat(text); !ok || got != want {
			t.Errorf("%s is %g, %t", text, got, ok)
		}
	}
	for _, text := range []string{".inf", "-.inf", ".nan", "1e400", "0o" + strings.Repeat("7", 30), strings.Repeat("9", 400)} {
		if got, ok := parseFloat(text); ok {
			t.Errorf("%s is %g", text, got)
		}
	}
}
