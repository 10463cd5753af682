package contract

import (
	"fmt"
	"slices"
	"strings"
)

// Expand replaces each reference $(name) in text by what lookup gives for the name; $$( stands for a literal $(, and
// any other dollar sign for itself. The grammar is that of Kubernetes' own variable references
// (k8s.io/kubernetes/third_party/forked/golang/expansion), but an unknown name is an error: nothing stays unexpanded
// by accident.
func Expand(text string, lookup func(name string) (string, bool)) (string, error) {
	return rewrite(text, "$(", func(name string) (string, bool) { return lookup(name) })
}

// Bind replaces the references that lookup knows and leaves those in keep, giving a text for Expand to finish: what
// lookup gives is escaped, and $$( stays. The compiler binds what it knows; the runner expands the rest per record.
func Bind(text string, keep []string, lookup func(name string) (string, bool)) (string, error) {
	return rewrite(text, "$$(", func(name string) (string, bool) {
		if slices.Contains(keep, name) {
			return "$(" + name + ")", true
		}
		value, ok := lookup(name)
		return Escape(value), ok
	})
}

// rewrite is the one reader of the grammar: escaped is what $$( becomes.
func rewrite(text, escaped string, reference func(name string) (string, bool)) (string, error) {
	var out strings.Builder
	for {
		i := strings.Index(text, "$(")
		if i < 0 {
			out.WriteString(text)
			return out.String(), nil
		}
		if i > 0 && text[i-1] == '$' {
			out.WriteString(text[:i-1])
			out.WriteString(escaped)
			text = text[i+2:]
			continue
		}
		name, rest, closed := strings.Cut(text[i+2:], ")")
		if !closed {
			return "", fmt.Errorf("`%s` is not closed: write `$(name)`, or `$$(` for the characters themselves", text[i:])
		}
		value, ok := reference(name)
		if !ok {
			return "", &UnknownReferenceError{Name: name}
		}
		out.WriteString(text[:i])
		out.WriteString(value)
		text = rest
	}
}

// Escape gives text such that Expand gives it back unchanged.
func Escape(text string) string { return strings.ReplaceAll(text, "$(", "$$(") }

// UnknownReferenceError is a reference whose name lookup did not know.
type UnknownReferenceError struct {
	Name string
}

// Error implements error.
func (e *UnknownReferenceError) Error() string {
	return fmt.Sprintf("unknown reference `$(%s)`", e.Name)
}
