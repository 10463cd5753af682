package schema

import "github.com/pipelinectl/pipelinectl/schema/diag"

// Kind is the sort of a Node, as the YAML 1.2 core schema resolves it.
type Kind uint8

// The kinds of a Node. The zero value is invalid.
const (
	Null Kind = iota + 1
	Bool
	Int
	Float
	String
	List
	Map
)

// String gives the word that messages use.
func (k Kind) String() string {
	return [...]string{"invalid", "null", "boolean", "integer", "number", "string", "list", "map"}[min(k, Map)]
}

// Node is one value of a document. Aliases and merge keys are already expanded, each leaf keeping the place where its
// text stands. A Node is never changed once made: a phase that needs another makes a new one.
type Node struct {
	Kind Kind
	// Pos is where the value begins.
	Pos diag.Pos
	// Text is a scalar's text, without quotes and with escapes resolved; empty for lists and maps.
	Text string
	// Items are the values of a List.
	Items []*Node
	// Entries are those of a Map, in the order written; keys are unique.
	Entries []Entry
	// form is how a scalar is written; flow says that a list or map stands in brackets or braces.
	form form
	flow bool
}

// Entry is one key of a Map with its value.
type Entry struct {
	Key    string
	KeyPos diag.Pos
	Value  *Node
	// form is how the key is written.
	form form
}

// Get gives the value under a key of a Map; nil when it is absent or n is not a Map (nil included).
func (n *Node) Get(key string) *Node {
	if e := n.Entry(key); e != nil {
		return e.Value
	}
	return nil
}

// Entry gives the entry of a key of a Map, nil when there is none.
func (n *Node) Entry(key string) *Entry {
	if n == nil {
		return nil
	}
	for i := range n.Entries {
		if n.Entries[i].Key == key {
			return &n.Entries[i]
		}
	}
	return nil
}

// JSON gives the value as encoding/json would decode it (map[string]any, []any, string, bool, nil), but integers as
// int64 where they fit, else float64: the form that the JSON Schema validator takes.
func (n *Node) JSON() any {
	switch n.Kind {
	case Bool:
		return isTrue(n.Text)
	case Int:
		if i, ok := parseInt(n.Text); ok {
			return i
		}
		fallthrough
	case Float:
		f, _ := parseFloat(n.Text)
		return f
	case String:
		return n.Text
	case List:
		out := make([]any, len(n.Items))
		for i, item := range n.Items {
			out[i] = item.JSON()
		}
		return out
	case Map:
		out := make(map[string]any, len(n.Entries))
		for _, e := range n.Entries {
			out[e.Key] = e.Value.JSON()
		}
		return out
	default:
		return nil
	}
}

// Value is one leaf of a typed document with its place. An invalid Pos means that nobody wrote it: it is a default.
type Value[T any] struct {
	V   T
	Pos diag.Pos
	// node is the scalar that it was read from.
	node *Node
}

// IsSet says whether the value was written in a document.
func (v Value[T]) IsSet() bool { return v.Pos.IsValid() }

// Rewrite mends a finding by another text in the place of this value, in its quotes, or in some where it needs them. It
// mends nothing where what stands in the file cannot be told from the value: a block of text, an alias.
func (v Value[T]) Rewrite(d *diag.Diagnostic, text string) {
	if v.node != nil {
		rewrite(d, v.node, text)
	}
}

// Or gives the value when it was written, else the default.
func (v Value[T]) Or(def T) T {
	if v.IsSet() {
		return v.V
	}
	return def
}
