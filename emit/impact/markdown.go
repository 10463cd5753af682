package impact

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of the markdown form. GitHub takes 65,536 characters in a comment.
const (
	// MarkdownLimit is the length of the whole in bytes.
	MarkdownLimit = 60_000
	// tableLimit is that of the table, so that room is left for details.
	tableLimit = 40_000
	// cellLength and fieldLength are the characters shown of a cell and of a value.
	cellLength  = 300
	fieldLength = 400
)

// WriteMarkdown writes a report as a comment of a pull request: a table of all changes, the most dangerous first over all
// environments, then what differs, folded away, group by group. It is at most MarkdownLimit bytes long: what does not
// fit is left out, the least dangerous first, and counted. Nothing in a name or value can become markup, a link or a
// mention. The error is w's.
func WriteMarkdown(w io.Writer, r Report) error {
	m := markdown{}
	m.text.WriteString("## " + escapeMarkdown(r.headline(), cellLength) + "\n")
	if len(r.Changes) > 0 {
		m.text.WriteString("\n" + r.counted() + "\n")
		changes := slices.Clone(r.Changes)
		slices.SortStableFunc(changes, func(x, y Change) int { return cmp.Compare(y.Class, x.Class) })
		m.table(changes)
		m.details(changes)
	}
	_, err := io.WriteString(w, m.text.String())
	return err
}

type markdown struct {
	text strings.Builder
}

// fits says whether a piece may be added below a limit, room for a closing remark kept.
func (m *markdown) fits(piece string, limit int) bool { return m.text.Len()+len(piece) <= limit-200 }

func (m *markdown) table(changes []Change) {
	m.text.WriteString("\n| class | object | where | change | why |\n|---|---|---|---|---|\n")
	for i := range changes {
		c := &changes[i]
		class := c.Class.String()
		if c.Class >= Downtime {
			class = "**" + class + "**"
		}
		why := strings.Join(c.Reasons, "; ")
		if c.Refused {
			why += "; build refuses it without --allow-destroy " + c.Allowance()
		}
		row := fmt.Sprintf("| %s | <code>%s</code> | %s | %s | %s |\n", class, escapeMarkdown(c.Object(), cellLength),
			escapeMarkdown(c.group(), cellLength), c.Verb, escapeMarkdown(why, 2*cellLength))
		if !m.fits(row, tableLimit) {
			fmt.Fprintf(&m.text, "\nAnd %d more, none more dangerous than these.\n", len(changes)-i)
			return
		}
		m.text.WriteString(row)
	}
}

// details prints what differs in each changed object, group by group in the order of their worst change.
func (m *markdown) details(changes []Change) {
	var groups []string
	byGroup := map[string][]*Change{}
	for i := range changes {
		if c := &changes[i]; len(c.Fields) > 0 {
			if byGroup[c.group()] == nil {
				groups = append(groups, c.group())
			}
			byGroup[c.group()] = append(byGroup[c.group()], c)
		}
	}
	for _, group := range groups {
		piece := "\n<details><summary>" + escapeMarkdown(group, cellLength) + "</summary>\n"
		const end = "\n</details>\n"
		left := 0
		for _, c := range byGroup[group] {
			object := c.block()
			if left > 0 || !m.fits(piece+object+end, MarkdownLimit) {
				left++
				continue
			}
			piece += object
		}
		if left > 0 {
			piece += fmt.Sprintf("\nAnd %d more changed objects: the form `text` shows all.\n", left)
		}
		if !m.fits(piece+end, MarkdownLimit) {
			m.text.WriteString("\nWhat else differs is left out: the form `text` shows all.\n")
			return
		}
		m.text.WriteString(piece + end)
	}
}

// block is a fenced block with the fields of a change.
func (c *Change) block() string {
	var lines strings.Builder
	for _, f := range c.Fields {
		name := Brief(f.Path, cellLength)
		name = name[1 : len(name)-1] // without its quotes, but with its escapes
		if f.Old != nil {
			fmt.Fprintf(&lines, "- %s: %s\n", name, Brief(f.Old, fieldLength))
		}
		if f.New != nil {
			fmt.Fprintf(&lines, "+ %s: %s\n", name, Brief(f.New, fieldLength))
		}
	}
	fence := "```"
	for strings.Contains(lines.String(), fence) {
		fence += "`"
	}
	return "\n<code>" + escapeMarkdown(c.Object(), cellLength) + "</code>\n\n" + fence + "diff\n" + lines.String() + fence + "\n"
}

// escapeMarkdown gives a text that means only itself, in a table's cell or in HTML: every mark of ASCII that could be
// syntax of GitHub's markdown is a numeric reference (GFM section 2.5), which is never syntax.
func escapeMarkdown(text string, limit int) string {
	var out strings.Builder
	n := 0
	for _, r := range Printable(text) {
		if n++; n > limit {
			out.WriteString("…")
			break
		}
		switch {
		case r >= utf8.RuneSelf, r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune(" ,;-/", r):
			out.WriteRune(r)
		default:
			fmt.Fprintf(&out, "&#%d;", r)
		}
	}
	return out.String()
}
