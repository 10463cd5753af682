package schema

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bounds on the search for what the tabs of a text stand for: its size, and the widest tab.
const (
	maxUntabbed = 64 << 10
	maxTabWidth = 8
)

// untab gives the edits that put spaces in the place of the tabs that indent a text: nil unless all widths of a tab that
// make YAML of it make the same documents.
func untab(data []byte) []edit {
	tabs := indentingTabs(data)
	if len(data) > maxUntabbed || len(tabs) == 0 {
		return nil
	}
	var meant []*yaml.Node
	var widths []int
	for width := 1; width <= maxTabWidth; width++ {
		docs, err := decodeYAML(edited(data, withSpaces(tabs, width)))
		switch {
		case err != nil:
			continue
		case widths != nil && !slices.EqualFunc(docs, meant, sameValue):
			return nil
		}
		meant, widths = docs, append(widths, width)
	}
	switch {
	case len(widths) == 0:
		return nil
	case slices.Contains(widths, 2):
		return withSpaces(tabs, 2)
	default:
		return withSpaces(tabs, widths[0])
	}
}

// indentingTabs gives the runs of tabs before the text of each line that has some.
func indentingTabs(data []byte) []edit {
	var out []edit
	for begin := 0; begin < len(data); {
		end := len(data)
		if i := bytes.IndexByte(data[begin:], '\n'); i >= 0 {
			end = begin + i + 1
		}
		indent := end - begin - len(bytes.TrimLeft(data[begin:end], " \t"))
		for at := begin; at < begin+indent; at++ {
			if data[at] != '\t' {
				continue
			}
			n := indent - (at - begin) - len(bytes.TrimLeft(data[at:begin+indent], "\t"))
			out = append(out, edit{offset: at, old: strings.Repeat("\t", n)})
			at += n
		}
		begin = end
	}
	return out
}

func withSpaces(tabs []edit, width int) []edit {
	out := slices.Clone(tabs)
	for i := range out {
		out[i].new = strings.Repeat(" ", width*len(out[i].old))
	}
	return out
}

// edited gives the text after edits, which are in order and do not overlap.
func edited(data []byte, edits []edit) []byte {
	var out bytes.Buffer
	done := 0
	for _, e := range edits {
		out.Write(data[done:e.offset])
		out.WriteString(e.new)
		done = e.offset + len(e.old)
	}
	out.Write(data[done:])
	return out.Bytes()
}

// sameValue says whether two nodes say the same, wherever they stand.
func sameValue(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.Value == b.Value && a.Tag == b.Tag && a.Anchor == b.Anchor && slices.EqualFunc(a.Content, b.Content, sameValue)
}
