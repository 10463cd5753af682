package impact

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/pipelinectl/pipelinectl/emit"
)

func report(t testing.TB) Report {
	t.Helper()
	return Report{Against: "HEAD", Commit: "1a2b", Changes: compare(t,
		topicHead+"spec: {partitions: 12}\n---\n"+deploy+"spec: {template: {image: \"a\\u001b[31m\"}}\n---\n"+service,
		topicHead+"spec: {partitions: 6}\n---\n"+deploy+"spec: {template: {image: b, args: [x]}}\n---\n"+host)}
}

func TestWriteText(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := WriteText(&out, report(t)); err != nil {
		t.Fatal(err)
	}
	want := `p in prod (p.yaml)
  data loss  KafkaTopic/p.n.out changed
             Kafka cannot take partitions away: the topic would have to be made anew, empty
             /spec/partitions: 12 -> 6
             build refuses this without --allow-destroy KafkaTopic/p.n.out@prod
  downtime   Service/p-n removed
             its name leads nowhere any more
  restart    Deployment/p-n changed
             the pod template differs: pods are replaced one after the other
             /spec/template/args: none -> ["x"]
             /spec/template/image: "a\u001b[31m" -> "b"
  safe       Host/p added
4 changes against HEAD: 1 data loss, 1 downtime, 1 restart, 1 safe
`
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
	out.Reset()
	if err := WriteText(&out, Report{Against: "HEAD"}); err != nil || out.String() != "no change against HEAD\n" {
		t.Errorf("got %q, %v", out.String(), err)
	}
}

func TestWriteJSON(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := WriteJSON(&out, report(t)); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Against, Commit string
		Counts          map[string]int
		Changes         []struct {
			Pipeline, Environment, Source, Kind, Name, Verb, Class, AllowDestroy string
			Refused                                                              bool
			Reasons                                                              []string
			Fields                                                               []map[string]any
		}
	}
	dec := json.NewDecoder(&out)
	if err := dec.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Against != "HEAD" || got.Commit != "1a2b" || got.Counts["data loss"] != 1 || len(got.Counts) != 4 || len(got.Changes) != 4 {
		t.Errorf("got %+v", got)
	}
	first := got.Changes[0]
	if first.Pipeline != "p" || first.Environment != "prod" || first.Source != "p.yaml" || first.Kind != "KafkaTopic" || first.Verb != "changed" ||
		first.Class != "data loss" || !first.Refused || first.AllowDestroy != "KafkaTopic/p.n.out@prod" || len(first.Reasons) != 1 ||
		first.Fields[0]["old"] != 12.0 || first.Fields[0]["new"] != 6.0 {
		t.Errorf("got %+v", first)
	}
	if last := got.Changes[3]; last.Refused || last.AllowDestroy != "" {
		t.Errorf("got %+v", last)
	}
	out.Reset()
	if err := WriteJSON(&out, Report{}); err != nil || !strings.Contains(out.String(), `"changes": []`) {
		t.Errorf("got %s, %v", out.String(), err)
	}
}

func TestWriteMarkdown(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := WriteMarkdown(&out, report(t)); err != nil {
		t.Fatal(err)
	}
	want := "## 4 changes against HEAD\n\n1 data loss, 1 downtime, 1 restart, 1 safe\n\n" +
		"| class | object | where | change | why |\n|---|---|---|---|---|\n" +
		"| **data loss** | <code>KafkaTopic/p&#46;n&#46;out</code> | p in prod | changed | Kafka cannot take partitions away&#58; the topic would have to be made anew, empty; " +
		"build refuses it without --allow-destroy KafkaTopic/p&#46;n&#46;out&#64;prod |\n" +
		"| **downtime** | <code>Service/p-n</code> | p in prod | removed | its name leads nowhere any more |\n" +
		"| restart | <code>Deployment/p-n</code> | p in prod | changed | the pod template differs&#58; pods are replaced one after the other |\n" +
		"| safe | <code>Host/p</code> | p in prod | added | it is new |\n" +
		"\n<details><summary>p in prod</summary>\n" +
		"\n<code>KafkaTopic/p&#46;n&#46;out</code>\n\n```diff\n- /spec/partitions: 12\n+ /spec/partitions: 6\n```\n" +
		"\n<code>Deployment/p-n</code>\n\n```diff\n+ /spec/template/args: [\"x\"]\n- /spec/template/image: \"a\\u001b[31m\"\n+ /spec/template/image: \"b\"\n```\n" +
		"\n</details>\n"
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

// However many changes there are, and however large, the comment stays within its bound and is whole.
func TestMarkdownIsBounded(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("`|<é", 5000)
	for _, n := range []int{0, 1, 100, 5000} {
		r := Report{Against: "HEAD"}
		for i := range n {
			r.Changes = append(r.Changes, Change{
				Pipeline: "p" + strings.Repeat("x", i%90), Environment: big[:i%40], ID: emit.ID{Kind: "Thing", Name: big[:i%300]},
				Verb: Changed, Class: Classes()[i%4], Reasons: []string{big}, Fields: []Field{{Path: "/" + big[:i%500], Old: big, New: big}},
			})
		}
		var out strings.Builder
		if err := WriteMarkdown(&out, r); err != nil {
			t.Fatal(err)
		}
		wellFormed(t, out.String())
		if n == 5000 && !regexp.MustCompile(`\nAnd \d+ more, none more dangerous than these\.\n`).MatchString(out.String()) {
			t.Error("it does not say that rows are left out")
		}
	}
}

var (
	row       = regexp.MustCompile("^\\| (?:\\*\\*)?(?:data loss|downtime|restart|safe)(?:\\*\\*)? \\| <code>[^<>|`*_\\[\\]@\\\\]*</code> \\| [^<>|`*_\\[\\]@\\\\]* \\| [a-z]* \\| [^<>|`*_\\[\\]@\\\\]* \\|$")
	remark    = regexp.MustCompile(`^(?:And \d+ more.*|What else differs.*|\d+ data loss, .*)$`)
	structure = []string{"", "| class | object | where | change | why |", "|---|---|---|---|---|"}
	tagged    = regexp.MustCompile("^(?:## |<details><summary>|<code>)[^<>|`*_\\[\\]@\\\\]*(?:</summary>|</code>)?$")
)

// wellFormed demands that each line is one of those that the form has, with nothing in it that could be markup.
func wellFormed(t *testing.T, text string) {
	t.Helper()
	if len(text) > MarkdownLimit {
		t.Errorf("%d bytes", len(text))
	}
	fence, open := "", 0
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("a line has what is no character: %q", line)
		}
		switch {
		case fence != "" && line == fence:
			fence = ""
		case fence != "":
			if !strings.HasPrefix(line, "- ") && !strings.HasPrefix(line, "+ ") {
				t.Errorf("in a fence: %q", line)
			}
			if strings.HasPrefix(line, fence) {
				t.Errorf("a line ends its fence: %q", line)
			}
		case strings.HasPrefix(line, "```"):
			fence = strings.TrimSuffix(line, "diff")
		case line == "</details>":
			open--
		case strings.HasPrefix(line, "<details>") && tagged.MatchString(line):
			open++
		case slices.Contains(structure, line), row.MatchString(line), remark.MatchString(line), tagged.MatchString(line):
		default:
			t.Errorf("a line that the form does not have: %q", line)
		}
	}
	if fence != "" || open != 0 {
		t.Errorf("it ends in the middle:\n%s", text)
	}
}

// FuzzMarkdown puts any text into every place that a tree, a revision or a document may fill.
func FuzzMarkdown(f *testing.F) {
	f.Add("HEAD", "KafkaTopic", "p.n.out", "/spec/partitions", "x")
	f.Add("a|b", "`code`", "</details><script>", "```\n# x", "@team #1 [a](http://b)\n\n| x |")
	f.Add("\u202e", "\x1b[31m", "\xff", "~/\r\n", "www.example.org")
	f.Fuzz(func(t *testing.T, against, kind, name, path, value string) {
		var out strings.Builder
		change := Change{
			Pipeline: name, Environment: value, Source: path, ID: emit.ID{Kind: kind, Name: name}, Verb: Changed, Class: DataLoss, Refused: true,
			Renamed: value, Reasons: []string{value, name}, Fields: []Field{{Path: path, Old: value, New: map[string]any{name: []any{value}}}},
		}
		r := Report{Against: against, Changes: []Change{change, change}}
		if err := WriteMarkdown(&out, r); err != nil {
			t.Fatal(err)
		}
		wellFormed(t, out.String())
		out.Reset()
		if err := WriteJSON(&out, r); err != nil || !json.Valid([]byte(out.String())) {
			t.Errorf("no JSON (%v): %s", err, out.String())
		}
		out.Reset()
		if err := WriteText(&out, r); err != nil || strings.ContainsFunc(out.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
			t.Errorf("text with what is no character (%v): %q", err, out.String())
		}
	})
}
