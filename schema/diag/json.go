package diag

import (
	"encoding/json"
	"io"
)

// The JSON form. Field names are a promise to those who read it.
type (
	jsonReport struct {
		Diagnostics []jsonDiagnostic `json:"diagnostics"`
	}
	jsonDiagnostic struct {
		Code     Code          `json:"code"`
		Severity string        `json:"severity"`
		File     string        `json:"file"`
		Line     int           `json:"line"`
		Column   int           `json:"column"`
		Path     string        `json:"path,omitempty"`
		Message  string        `json:"message"`
		Hint     string        `json:"hint,omitempty"`
		Related  []jsonRelated `json:"related,omitempty"`
		Mends    []jsonMend    `json:"mends,omitempty"`
	}
	jsonRelated struct {
		File    string `json:"file"`
		Line    int    `json:"line"`
		Column  int    `json:"column"`
		Message string `json:"message"`
	}
	jsonMend struct {
		File   string `json:"file"`
		Line   int    `json:"line"`
		Column int    `json:"column"`
		Old    string `json:"old"`
		New    string `json:"new"`
	}
)

// WriteJSON writes a list for programs, in its order: {"diagnostics": [...]}, each with code, severity (error or
// warning), file, line, column (1-based; 0 is unknown), message and, where there is something to say, path, hint,
// related (file, line, column, message) and mends (file, line, column, and the text old there that becomes new). The
// list is there even when it is empty. The error is w's.
func WriteJSON(w io.Writer, list List) error {
	report := jsonReport{Diagnostics: make([]jsonDiagnostic, len(list))}
	for i, d := range list {
		out := jsonDiagnostic{
			Code: d.Code, Severity: d.Severity.String(), File: d.Pos.slashed(), Line: d.Pos.Line, Column: d.Pos.Col,
			Path: d.Path, Message: d.Message, Hint: d.Hint,
		}
		for _, r := range d.Related {
			out.Related = append(out.Related, jsonRelated{File: r.Pos.slashed(), Line: r.Pos.Line, Column: r.Pos.Col, Message: r.Message})
		}
		for _, m := range d.Mends {
			out.Mends = append(out.Mends, jsonMend{File: m.Pos.slashed(), Line: m.Pos.Line, Column: m.Pos.Col, Old: m.Old, New: m.New})
		}
		report.Diagnostics[i] = out
	}
	return encode(w, report)
}

// encode writes a value as JSON for programs that people look over the shoulder of.
func encode(w io.Writer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(value)
}
