package diag

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// location gives a place. A finding without a file is about the whole project: GitHub refuses a result without a place.
func (s *sarifWriter) location(pos Pos) sarifLocation {
	out := sarifLocation{PhysicalLocation: sarifPhysicalLocation{ArtifactLocation: artifact(pos)}}
	if pos.IsValid() {
		out.PhysicalLocation.Region = &sarifRegion{StartLine: pos.Line, StartColumn: max(0, pos.Col), EndColumn: s.sources.end(pos)}
	}
	return out
}

// artifact gives the file of a place: relative to the current folder where its path is, else by a file URI (RFC 8089).
func artifact(pos Pos) sarifArtifact {
	file := pos.slashed()
	switch {
	case hasDrive(file):
		return sarifArtifact{URI: (&url.URL{Scheme: "file", Path: "/" + file}).String()}
	case strings.HasPrefix(file, "/"): // with two slashes, a share of Windows (RFC 8089 appendix E.3.2)
		return sarifArtifact{URI: (&url.URL{Scheme: "file", Path: file}).String()}
	default:
		return sarifArtifact{URI: (&url.URL{Path: path.Clean(file)}).String(), URIBaseID: srcRoot}
	}
}

// hasDrive says that a path is an absolute one of Windows, as in C:/pipelines.
func hasDrive(file string) bool {
	return len(file) > 2 && file[1:3] == ":/" && ('a' <= file[0]|0x20 && file[0]|0x20 <= 'z')
}

// fixes gives the mends as the one fix that they are together; none where a place is not known to its column.
func (d *Diagnostic) fixes() []sarifFix {
	var fix sarifFix
	for _, m := range d.Mends {
		if !m.Pos.IsValid() || m.Pos.Col < 1 {
			return nil
		}
		file := artifact(m.Pos)
		i := slices.IndexFunc(fix.ArtifactChanges, func(c sarifChange) bool { return c.ArtifactLocation == file })
		if i < 0 {
			i = len(fix.ArtifactChanges)
			fix.ArtifactChanges = append(fix.ArtifactChanges, sarifChange{ArtifactLocation: file})
		}
		change := &fix.ArtifactChanges[i]
		change.Replacements = append(change.Replacements, sarifReplacement{m.region(), sarifContent{m.New}})
	}
	if len(d.Mends) == 0 {
		return nil
	}
	if d.Hint != "" {
		description := sarifText(printable(d.Hint))
		fix.Description = &description
	}
	return []sarifFix{fix}
}

// region is the text that a mend replaces; where it inserts, it begins and ends at one place.
func (m *Mend) region() sarifRegion {
	lines := splitLines([]byte(m.Old))
	out := sarifRegion{StartLine: m.Pos.Line, StartColumn: m.Pos.Col}
	width := utf8.RuneCount(lines[len(lines)-1])
	if len(lines) == 1 {
		out.EndColumn = m.Pos.Col + width
	} else {
		out.EndLine, out.EndColumn = m.Pos.Line+len(lines)-1, width+1
	}
	return out
}
