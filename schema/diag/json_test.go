package diag

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestWriteJSON(t *testing.T) {
	list := List{
		{Code: "a-b", Severity: Error, Pos: at("a.yaml", 1, 2), Path: "spec.a[0]", Message: "a <b>", Hint: "h", Related: []Related{{at(`x\b.yaml`, 3, 0), "r"}}, Mends: []Mend{{at("a.yaml", 1, 2), "", "n\n"}}},
		{Code: "c", Severity: Warning, Message: "m"},
	}
	const want = `{
  "diagnostics": [
    {
      "code": "a-b",
      "severity": "error",
      "file": "a.yaml",
      "line": 1,
      "column": 2,
      "path": "spec.a[0]",
      "message": "a <b>",
      "hint": "h",
      "related": [
        {
          "file": "x/b.yaml",
          "line": 3,
          "column": 0,
          "message": "r"
        }
      ],
      "mends": [
        {
          "file": "a.yaml",
          "line": 1,
          "column": 2,
          "old": "",
          "new": "n\n"
        }
      ]
    },
    {
      "code": "c",
      "severity": "warning",
      "file": "",
      "line": 0,
      "column": 0,
      "message": "m"
    }
  ]
}
`
	var out bytes.Buffer
	if err := WriteJSON(&out, list); err != nil || out.String() != want {
		t.Errorf("%v\n%s", err, out.String())
	}
	out.Reset()
	if err := WriteJSON(&out, nil); err != nil || out.String() != "{\n  \"diagnostics\": []\n}\n" {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// roundTrip checks that the JSON form of a list can be read, and says what the list does.
func roundTrip(t *testing.T, list List) {
	t.Helper()
	var out bytes.Buffer
	if err := WriteJSON(&out, list); err != nil {
		t.Fatal(err)
	}
	var report jsonReport
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	for i, d := range report.Diagnostics {
		if want := strings.ToValidUTF8(list[i].Message, "\uFFFD"); len([]rune(d.Message)) < len([]rune(want)) || d.Line != list[i].Pos.Line || d.Column != list[i].Pos.Col {
			t.Errorf("read %+v, wrote %+v", d, list[i])
		}
	}
}
