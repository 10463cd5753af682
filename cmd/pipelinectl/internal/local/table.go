package local

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
)

// table shows the totals of all members, cut to a width in characters; 0 is any.
func table(members []*member, isolate bool, width int) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	columns := []string{"NODE", "IN", "OUT", "ERRORS", "DEAD LETTERS", "LAG"}
	if isolate {
		columns = append(columns, "PID")
	}
	row(w, columns)
	for _, m := range members {
		cells := []string{m.Label, number(m.totals.In), absent, number(m.totals.Failures), absent, absent}
		if len(m.Runner.Outputs) > 0 {
			cells[2] = number(m.totals.Out)
		}
		if len(m.Runner.Inputs) > 0 {
			cells[4], cells[5] = number(m.totals.DeadLetters), number(m.totals.Lag)
		}
		if isolate {
			cells = append(cells, strconv.FormatInt(m.pid.Load(), 10))
		}
		row(w, cells)
	}
	_ = w.Flush() // a strings.Builder takes everything
	return cut(text.String(), width)
}

// absent stands for a count that a node does not have.
const absent = "-"

func row(w *tabwriter.Writer, cells []string) {
	_, _ = fmt.Fprintln(w, strings.Join(cells, "\t"))
}

// plural counts things: "1 record", "2 records".
func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func number(n float64) string { return strconv.FormatFloat(n, 'f', 0, 64) }

// cut shortens each line to a width: a line that wrapped would take two rows of the terminal.
func cut(text string, width int) string {
	if width <= 0 {
		return text
	}
	var out strings.Builder
	for line := range strings.Lines(text) {
		if runes := []rune(strings.TrimSuffix(line, "\n")); len(runes) > width {
			line = string(runes[:width]) + "\n"
		}
		out.WriteString(line)
	}
	return out.String()
}

// progress is the totals as one line, for output that is not a terminal: "upload in 3 out 3 | notify in 2 lag 1".
func progress(members []*member) string {
	parts := make([]string, len(members))
	for i, m := range members {
		t := m.totals
		parts[i] = m.Label + " in " + number(t.In)
		if len(m.Runner.Outputs) > 0 {
			parts[i] += " out " + number(t.Out)
		}
		for _, extra := range []struct {
			what  string
			count float64
		}{{"errors", t.Failures}, {"dead letters", t.DeadLetters}, {"lag", t.Lag}} {
			if extra.count > 0 {
				parts[i] += " " + extra.what + " " + number(extra.count)
			}
		}
	}
	return strings.Join(parts, " | ")
}
