package diag

import "strings"

// maxWidth is how many characters of a line a snippet shows, leadIn how many of them before the place when the line
// has to be cut at its front.
const (
	maxWidth = 110
	leadIn   = 40
)

// excerpt is the part of a line that a snippet shows.
type excerpt struct {
	text string
	// pad is what stands under the text before the caret: as wide as it, tabs included.
	pad string
	// after is the shown part of the line from the place on.
	after []rune
}

// cut takes the part of a line around a place, a 0-based index that may lie just behind its end.
func cut(line []rune, at int) excerpt {
	at = min(at, len(line))
	begin, end := 0, len(line)
	before, after := "", ""
	if at > maxWidth-leadIn && len(line) > maxWidth {
		begin, before = at-leadIn, "..."
	}
	if end-begin > maxWidth {
		end, after = begin+maxWidth, "..."
	}
	pad := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, before+string(line[begin:at]))
	return excerpt{text: before + string(line[begin:end]) + after, pad: pad, after: line[at:end]}
}
