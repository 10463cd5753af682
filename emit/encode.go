package emit

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// maxKey is the length that YAML allows a key on one line (YAML 1.2 section 7.4.2), less room for escapes.
const maxKey = 250

// printer writes documents, one after the other.
type printer struct {
	out bytes.Buffer
	// err is the last error of a document.
	err error
}

// document prints a JSON value (map[string]any, []any, string, bool, int64, float64) as a YAML document in the form that
// kustomize and kubectl use: keys sorted, which gives apiVersion, kind, metadata, spec; two spaces; lists at the
// indentation of their key; LF; a final newline. The same value gives the same
// bytes, which are the caller's.
//
// The printing is our own because a general encoder takes ten times as long, which was most of a build. It knows three
// forms of string and takes each only where every reader agrees on it: plain, literal, and quoted ASCII. All else is
// left to kustomize's encoder.
func (p *printer) document(value any) ([]byte, error) {
	p.out.Reset()
	p.err = nil
	switch v := value.(type) {
	case map[string]any:
		p.entries(v, 0)
	case []any:
		p.items(v, 0)
	default:
		p.err = fmt.Errorf("a document of type %T", value)
	}
	if p.err != nil {
		return nil, fmt.Errorf("yaml: %w", p.err)
	}
	p.out.WriteByte('\n')
	return bytes.Clone(p.out.Bytes()), nil
}

// entries prints a map that begins where the printer stands; its further keys go on lines of their own.
func (p *printer) entries(m map[string]any, indent int) {
	if len(m) == 0 {
		p.out.WriteString("{}")
	}
	keys := slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
	slices.Sort(keys)
	for i, key := range keys {
		if i > 0 {
			p.line(indent)
		}
		if len(key) > maxKey {
			p.err = fmt.Errorf("a key of %d bytes", len(key))
		}
		p.word(key)
		p.out.WriteByte(':')
		switch v := m[key].(type) {
		case map[string]any:
			if len(v) > 0 {
				p.line(indent + 2)
				p.entries(v, indent+2)
				continue
			}
		case []any:
			if len(v) > 0 {
				p.line(indent)
				p.items(v, indent)
				continue
			}
		}
		p.out.WriteByte(' ')
		p.value(m[key], indent+2)
	}
}

// items prints a list likewise.
func (p *printer) items(list []any, indent int) {
	if len(list) == 0 {
		p.out.WriteString("[]")
	}
	for i, item := range list {
		if i > 0 {
			p.line(indent)
		}
		p.out.WriteString("- ")
		p.value(item, indent+2)
	}
}

// value prints any value; what it needs beyond this line stands at the indentation.
func (p *printer) value(value any, indent int) {
	switch v := value.(type) {
	case map[string]any:
		p.entries(v, indent)
	case []any:
		p.items(v, indent)
	case string:
		if literal(v) {
			p.block(v, indent)
		} else {
			p.word(v)
		}
	case bool:
		p.out.WriteString(strconv.FormatBool(v))
	case int64:
		p.out.WriteString(strconv.FormatInt(v, 10))
	case float64:
		p.out.WriteString(strconv.FormatFloat(v, 'g', -1, 64))
	default:
		p.err = fmt.Errorf("a value of type %T", value)
	}
}

// block prints a literal scalar (YAML 1.2 section 8.1.2).
func (p *printer) block(s string, indent int) {
	p.out.WriteByte('|')
	s, ended := strings.CutSuffix(s, "\n")
	if !ended {
		p.out.WriteByte('-')
	}
	for line := range strings.SplitSeq(s, "\n") {
		if line == "" {
			p.out.WriteByte('\n')
			continue
		}
		p.line(indent)
		p.out.WriteString(line)
	}
}

// word prints a string on this line.
func (p *printer) word(s string) {
	switch {
	case plain(s):
		p.out.WriteString(s)
	case ascii(s):
		p.out.WriteString(strconv.Quote(s)) // of ASCII it escapes only \ and ", as YAML does
	default:
		text, err := yaml.Marshal(&yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagString, Style: yaml.DoubleQuotedStyle, Value: s})
		if err != nil {
			p.err = err
		}
		p.out.Write(bytes.TrimSuffix(text, []byte("\n")))
	}
}

// line begins a new line.
func (p *printer) line(indent int) {
	p.out.WriteByte('\n')
	for range indent {
		p.out.WriteByte(' ')
	}
}
