package diag

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// github writes a list and gives its lines, without their breaks.
func github(t *testing.T, list List, sources map[string][]byte) []string {
	t.Helper()
	var out bytes.Buffer
	if err := WriteGitHub(&out, list, sources); err != nil {
		t.Fatal(err)
	}
	if out.Len() == 0 {
		return nil
	}
	text, ended := strings.CutSuffix(out.String(), "\n")
	if !ended {
		t.Fatalf("the last line has no end: %q", text)
	}
	return strings.Split(text, "\n")
}

// command is a workflow command as the runner reads it
// (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
type command struct {
	name, data string
	properties map[string]string
}

// parseCommand reads a line as the runner does, and refuses what it would read as something else than was meant.
func parseCommand(line string) (command, error) {
	if strings.ContainsAny(line, "\r\n") {
		return command{}, fmt.Errorf("more than one line: %q", line)
	}
	info, data, ok := strings.Cut(strings.TrimPrefix(line, "::"), "::")
	if !ok || !strings.HasPrefix(line, "::") {
		return command{}, fmt.Errorf("no command: %q", line)
	}
	name, properties, _ := strings.Cut(info, " ")
	c := command{name: name, data: unescape(data), properties: map[string]string{}}
	for property := range strings.SplitSeq(properties, ",") {
		key, value, ok := strings.Cut(property, "=")
		if _, twice := c.properties[key]; !ok || twice || value == "" {
			return command{}, fmt.Errorf("property %q of %q", property, line)
		}
		if !slices.Contains([]string{"file", "line", "col", "endColumn", "title"}, key) {
			return command{}, fmt.Errorf("unknown property %q of %q", key, line)
		}
		c.properties[key] = strings.NewReplacer("%3A", ":", "%2C", ",").Replace(unescape(value))
	}
	if name != "error" && name != "warning" {
		return command{}, fmt.Errorf("unknown command %q", name)
	}
	return c, nil
}

func unescape(text string) string {
	return strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(text)
}

func TestWriteGitHub(t *testing.T) {
	sources := map[string][]byte{"a.yaml": []byte("# x\r\na: [imge, x]\r\n")}
	for _, test := range []struct {
		name string
		d    Diagnostic
		want string
	}{
		{"everything", Diagnostic{Code: "field-unknown", Severity: Error, Pos: at("a.yaml", 2, 5), Message: "100% unknown", Hint: "remove it", Related: []Related{{at("b.yaml", 3, 4), "it is here"}, {Pos{}, "nowhere"}}},
			"::error file=a.yaml,line=2,col=5,endColumn=9,title=field-unknown::100%25 unknown%0Ahint: remove it%0Ab.yaml:3:4: it is here%0Anowhere"},
		{"a warning without source", Diagnostic{Code: "c", Severity: Warning, Pos: at("b.yaml", 2, 5), Message: "m"}, "::warning file=b.yaml,line=2,col=5,title=c::m"},
		{"no column", Diagnostic{Code: "c", Severity: Error, Pos: at("a.yaml", 2, 0), Message: "m"}, "::error file=a.yaml,line=2,title=c::m"},
		{"no line", Diagnostic{Code: "c", Severity: Error, Pos: at("a.yaml", 0, 0), Message: "m"}, "::error file=a.yaml,title=c::m"},
		{"no file", Diagnostic{Code: "c", Severity: Error, Message: "m"}, "::error title=c::m"},
		{"a file of Windows", Diagnostic{Code: "c", Severity: Error, Pos: at(`C:\x,y\a.yaml`, 1, 1), Message: "m"}, "::error file=C%3A/x%2Cy/a.yaml,line=1,col=1,title=c::m"},
		{"what would be a command", Diagnostic{Code: "c", Severity: Error, Pos: at("a::b.yaml", 1, 1), Message: "m\n::add-mask::x", Hint: "\r::stop-commands::x"},
			"::error file=a%3A%3Ab.yaml,line=1,col=1,title=c::m\uFFFD::add-mask::x%0Ahint: \uFFFD::stop-commands::x"},
	} {
		got := github(t, List{test.d}, sources)
		if !slices.Equal(got, []string{test.want}) {
			t.Errorf("%s:\n%q\nwant\n%q", test.name, got, test.want)
		}
		if _, err := parseCommand(got[0]); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if got := github(t, nil, nil); len(got) > 0 {
		t.Errorf("no findings give %q", got)
	}
}

// TestParseCommandCatches plants lines that the runner would read otherwise, and demands that each is caught.
func TestParseCommandCatches(t *testing.T) {
	for _, line := range []string{
		"error file=a::m", "::error file=a:m", "::error file=a,b::m", "::error file=a,file=b::m", "::error file=::m",
		"::add-mask file=a::m", "::error file=a,colour=b::m", "::error file=a::m\r::add-mask::x", "::error::m",
	} {
		if c, err := parseCommand(line); err == nil {
			t.Errorf("%q passes: %+v", line, c)
		}
	}
}
