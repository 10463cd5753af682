package diag

import (
	"bufio"
	"io"
	"strconv"
	"strings"
)

// WriteGitHub writes a list as annotations for GitHub Actions, one workflow command in a line each, in its order
// (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands):
//
//	::error file=pipeline.yaml,line=12,col=7,endColumn=11,title=field-unknown::unknown field `imge`%0Ahint: ...
//
// The message holds the hint and the related places too. sources holds the bytes of files by Pos.File, for the ends of
// tokens. No text of a finding can become a command of its own. GitHub shows ten annotations of each level of a step;
// the log has all. The error is w's.
func WriteGitHub(w io.Writer, list List, sources map[string][]byte) error {
	out := bufio.NewWriter(w)
	lines := newSourceLines(sources)
	for i := range list {
		// The buffer keeps the first error for Flush.
		_, _ = out.WriteString(annotation(&list[i], lines))
	}
	return out.Flush()
}

// annotation is the workflow command of a finding. The runner trims white space, takes the first pair of colons after
// the name for the end of the properties, and splits these at commas.
func annotation(d *Diagnostic, lines *sourceLines) string {
	var properties []string
	set := func(name, value string) { properties = append(properties, name+"="+escapeProperty(value)) }
	if d.Pos.File != "" {
		set("file", printable(d.Pos.slashed()))
		if d.Pos.IsValid() {
			set("line", strconv.Itoa(d.Pos.Line))
		}
		if d.Pos.IsValid() && d.Pos.Col > 0 {
			set("col", strconv.Itoa(d.Pos.Col))
		}
		if end := lines.end(d.Pos); end > 0 {
			set("endColumn", strconv.Itoa(end))
		}
	}
	set("title", printable(string(d.rule())))
	var text strings.Builder
	text.WriteString(d.advice())
	for _, r := range d.Related {
		text.WriteString("\n")
		if place := r.Pos.String(); place != "" {
			text.WriteString(printable(place) + ": ")
		}
		text.WriteString(printable(r.Message))
	}
	return "::" + d.level() + " " + strings.Join(properties, ",") + "::" + escapeData(text.String()) + "\n"
}

// escapeData and escapeProperty write what the runner's parser undoes
// (https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts).
func escapeData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

func escapeProperty(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}
