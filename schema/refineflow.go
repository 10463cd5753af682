package schema

import (
	"regexp"
	"strings"
)

// refineFlow looks within the list in brackets, or map in braces, that begins at an offset: to locate, all of it is the
// fault, up to where the library stopped.
func refineFlow(data []byte, open, end int, p problem) (int, problem) {
	if form := p.beginning(); form != nil {
		if at := beginningOf(form, data, open, end); at >= 0 {
			return at, p
		}
	}
	if p.library == "unexpected end of stream" {
		end = len(data)
	} else if !p.flow {
		return open, p
	}
	if at, ok := quoteWithin(data, open, end); ok {
		return at, p.openQuote()
	}
	if at := strayIndicator(data, open, end); at >= 0 {
		p.message = "`" + string(data[at]) + "` is syntax within brackets and braces, and cannot stand in a text"
		p.hint = "put the text in quotes"
		return at, p
	}
	if !p.unclosed {
		return open, p
	}
	return p.openBracket(data, open, end)
}

// beginning is the form of the text at which the library stopped; nil where it stopped at something else.
func (p problem) beginning() *regexp.Regexp {
	switch p.library {
	case "unknown anchor":
		if m := anAnchor().FindStringSubmatch(p.said); m != nil {
			return regexp.MustCompile(`^\*` + regexp.QuoteMeta(m[1]))
		}
	case "cannot start any token":
		return noBeginning()
	case "alphabetic or numeric character":
		return namelessAlias()
	}
	return nil
}

var (
	// anAnchor is what the library says of an alias without its anchor; the group is its name.
	anAnchor      = lazy(`unknown anchor '(.*)' referenced`)
	noBeginning   = lazy("^[@`%]")
	namelessAlias = lazy(`^[*&](?:[^A-Za-z0-9_-]|$)`)
)

// openBracket is the problem of the list or map that is not closed, which may be one within that at an offset.
func (p problem) openBracket(data []byte, open, end int) (int, problem) {
	sort := byte('[')
	if strings.Contains(p.library, "}") {
		sort = '{'
	}
	at := unclosedBracket(data, open, end, sort)
	switch {
	case at < 0:
		return open, p
	case data[at] == '[':
		p.message, p.hint = openList, openListHint
	default:
		p.message, p.hint = openMap, openMapHint
	}
	return at, p
}
