package ingest

import (
	"mime"
	"strings"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// media is the range of content types that an endpoint takes, as in an Accept header (RFC 9110 section 12.5.1): a
// type, image/*, or */*. Parameters of the contract's type must be there in a request's.
type media struct {
	text   string
	kind   string // lower case, possibly ending in /*
	params map[string]string
}

// parseMedia reads a contract's type; empty, or one that cannot be read, is anything.
func parseMedia(text string) media {
	kind, params, err := mime.ParseMediaType(text)
	if err != nil || kind == "*/*" {
		return media{}
	}
	return media{text: text, kind: kind, params: params}
}

// accept gives the content type of a record for that of a request. A request without one takes the contract's, where
// that is concrete.
func (m media) accept(text string) (contentType string, ok bool) {
	if text == "" {
		if m.kind == "" {
			return record.OctetStream, true
		}
		return m.text, !strings.HasSuffix(m.kind, "/*")
	}
	kind, params, err := mime.ParseMediaType(text)
	if err != nil || !strings.Contains(kind, "/") || strings.Contains(kind, "*") {
		return "", false
	}
	if m.kind == "" {
		return kept(text), true
	}
	if prefix, wild := strings.CutSuffix(m.kind, "*"); kind != m.kind && (!wild || !strings.HasPrefix(kind, prefix)) {
		return "", false
	}
	for name, value := range m.params {
		if !strings.EqualFold(params[name], value) {
			return "", false
		}
	}
	return kept(text), true
}

// kept is the type that the record carries: the request's, unless it holds what no header may.
func kept(text string) string {
	if record.IsMediaType(text) {
		return text
	}
	return record.OctetStream
}

// String says what is taken.
func (m media) String() string {
	if m.kind == "" {
		return "any content type that is a media type"
	}
	return "the content type " + m.text
}
