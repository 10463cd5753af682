package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/catalogue"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// explainedCode is an explanation with what is reported about its wrong example.
type explainedCode struct {
	catalogue.Explanation
	findings diag.List
	sources  map[string][]byte
}

// compiles says whether compiling the wrong example shows the code.
func (x *explainedCode) compiles() bool {
	_, scripted := x.Wrong.Script()
	return len(x.Wrong) > 0 && !scripted
}

// The JSON form. Field names are a promise to those who read it.
type (
	jsonCode struct {
		Code    diag.Code `json:"code"`
		Meaning string    `json:"meaning"`
	}
	jsonExplainedCode struct {
		jsonCode
		Wrong []jsonFile `json:"wrong"`
		Mend  []jsonFile `json:"mend"`
		// Diagnostics are the findings of the wrong example, in the form of diag.WriteJSON.
		Diagnostics json.RawMessage `json:"diagnostics"`
	}
	jsonFile struct {
		File string `json:"file"`
		Text string `json:"text"`
	}
)

// listCodes writes every code with the first sentence of its meaning, or as JSON with all of it.
func listCodes(out io.Writer, all []catalogue.Explanation, format string) error {
	if format == formatJSON {
		list := make([]jsonCode, len(all))
		for i, e := range all {
			list[i] = jsonCode{e.Code, e.Meaning()}
		}
		return writeJSON(out, list)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, e := range all {
		if _, err := fmt.Fprintf(table, "%s\t%s\n", e.Code, e.Summary()); err != nil {
			return err
		}
	}
	return table.Flush()
}

func writeJSON(out io.Writer, value any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(value)
}

func (x *explainedCode) writeJSON(out io.Writer) error {
	var findings bytes.Buffer
	if err := diag.WriteJSON(&findings, x.findings); err != nil {
		return err
	}
	var report struct{ Diagnostics json.RawMessage }
	if err := json.Unmarshal(findings.Bytes(), &report); err != nil {
		return err
	}
	return writeJSON(out, jsonExplainedCode{
		jsonCode:    jsonCode{x.Code, x.Meaning()},
		Wrong:       jsonFiles(x.Wrong),
		Mend:        jsonFiles(x.Mend),
		Diagnostics: report.Diagnostics,
	})
}

func jsonFiles(example catalogue.Example) []jsonFile {
	files := []jsonFile{}
	for _, f := range example.Project() {
		files = append(files, jsonFile{f.Name, string(f.Data)})
	}
	return files
}

// writeText writes the meaning, the wrong example, what is said about it and what its mend changes.
func (x *explainedCode) writeText(out io.Writer, color bool) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n\n%s\n", x.Code, indent(x.Text+"\n"))
	for _, f := range x.Wrong.Project() {
		fmt.Fprintf(&text, "EXAMPLE: %s\n\n%s\n", f.Name, indent(string(f.Data)))
	}
	found := commands(x.Wrong)
	if x.compiles() {
		var findings strings.Builder
		if err := diag.WriteText(&findings, x.findings, x.sources, color); err != nil {
			return err
		}
		fmt.Fprintf(&text, "FINDING\n\n%s\n", indent(findings.String()))
	} else if found != "" {
		fmt.Fprintf(&text, "FOUND BY\n\n%s\n", indent(found))
	}
	// Where the files are right as they are, the mend is another command.
	if mend := cmp.Or(x.Changes(), commands(x.Mend)); mend != "" {
		fmt.Fprintf(&text, "MEND\n\n%s\n", indent(mend))
	}
	_, err := io.WriteString(out, strings.TrimSuffix(text.String(), "\n"))
	return err
}

// commands gives the commands of an example's script as one would type them, without what only tests: exits N COMMAND,
// stdout PATTERN and the like.
func commands(example catalogue.Example) string {
	script, _ := example.Script()
	var out strings.Builder
	for line := range strings.Lines(script) {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "exec":
			out.WriteString(rest)
		case "exits":
			_, command, _ := strings.Cut(rest, " ")
			out.WriteString(command)
		case "cd", "cp", "mkdir", "mv", "rm":
			out.WriteString(line)
		}
	}
	return out.String()
}

// indent begins each line that is not empty with two blanks.
func indent(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			out.WriteString("  ")
		}
		out.WriteString(line)
	}
	return out.String()
}
