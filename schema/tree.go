package schema

import (
	"go.yaml.in/yaml/v3"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Bounds on what aliases may do, and on nesting. Documents of people stay far below.
const (
	maxDepth    = 100
	maxExpanded = 100_000
)

// treeBuilder makes Nodes out of one document of the YAML library. Aliases share the Node of their anchor, so that
// building is linear; what walking the result would cost is counted, and bounded by maxExpanded.
type treeBuilder struct {
	file     string
	findings diag.List
	anchors  map[*yaml.Node]*anchor
	ordered  []*anchor
	// size counts the values of the tree, each alias with all that it stands for; expanded only the latter.
	size, expanded int
	// item is the item of a list that comes next.
	item *yaml.Node
	// broken is set when the tree cannot be walked in bounded time.
	broken bool
}

// anchor is a value that aliases may stand for.
type anchor struct {
	name         string
	pos          diag.Pos
	value        *Node
	size, height int
	used, open   bool
}

// build gives the tree of a document node; nil when it cannot be used.
func build(file string, doc *yaml.Node) (*Node, diag.List) {
	b := treeBuilder{file: file, anchors: map[*yaml.Node]*anchor{}}
	var root *Node
	for _, content := range doc.Content {
		root, _ = b.node(content, 0)
	}
	if b.broken {
		return nil, b.findings
	}
	for _, a := range b.ordered {
		if !a.used {
			b.findings.Warnf(CodeAnchorUnused, a.pos, "no alias refers to the anchor `%s`", clip(a.name)).WithHint("remove `&%s`", clip(a.name))
		}
	}
	return root, b.findings
}

func (b *treeBuilder) pos(n *yaml.Node) diag.Pos {
	return diag.Pos{File: b.file, Line: n.Line, Col: n.Column}
}

// node gives the tree under n, and its height.
func (b *treeBuilder) node(n *yaml.Node, depth int) (*Node, int) {
	pos := b.pos(n)
	if depth > maxDepth {
		b.fail(CodeYAMLDepth, pos, "the value is nested deeper than %d levels", maxDepth)
	}
	if b.broken {
		return &Node{Kind: Null, Pos: pos}, 0
	}
	if n.Kind == yaml.AliasNode {
		return b.alias(n, depth)
	}
	b.size++
	if n.Anchor == "" {
		return b.content(n, pos, depth)
	}
	a := &anchor{name: n.Anchor, pos: pos, open: true}
	b.anchors[n] = a
	b.ordered = append(b.ordered, a)
	before := b.size
	a.value, a.height = b.content(n, pos, depth)
	a.size, a.open = b.size-before+1, false
	return a.value, a.height
}

func (b *treeBuilder) content(n *yaml.Node, pos diag.Pos, depth int) (*Node, int) {
	switch n.Kind {
	case yaml.MappingNode:
		b.checkTag(n, pos, "!!map")
		return b.mapping(n, pos, depth)
	case yaml.SequenceNode:
		b.checkTag(n, pos, "!!seq")
		out := &Node{Kind: List, Pos: pos, Items: make([]*Node, len(n.Content)), flow: n.Style&yaml.FlowStyle != 0}
		height := 0
		for i, item := range n.Content {
			var h int
			b.item = item
			out.Items[i], h = b.node(item, depth+1)
			height = max(height, h+1)
		}
		return out, height
	default:
		return b.scalar(n, pos), 0
	}
}

// fail reports a fault that leaves no tree to go on with; only the first one counts.
func (b *treeBuilder) fail(code diag.Code, pos diag.Pos, format string, args ...any) *diag.Diagnostic {
	if b.broken {
		return &diag.Diagnostic{}
	}
	b.broken = true
	return b.findings.Errorf(code, pos, format, args...)
}

func (b *treeBuilder) alias(n *yaml.Node, depth int) (*Node, int) {
	pos := b.pos(n)
	a := b.anchors[n.Alias]
	switch {
	case a == nil: // the library lets an alias refer to an earlier document
		b.findings.Errorf(CodeYAMLAlias, pos, "unknown anchor `%s`", n.Value).
			WithHint("an alias refers to an anchor (`&%s`) that stands earlier in the same document", n.Value)
		return &Node{Kind: Null, Pos: pos}, 0
	case a.open:
		a.used = true
		b.findings.Errorf(CodeYAMLAlias, pos, "the alias `%s` stands within the value that it refers to", n.Value).
			WithRelated(a.pos, "the anchor is here")
		return &Node{Kind: Null, Pos: pos}, 0
	}
	a.used = true
	b.size += a.size
	b.expanded += a.size
	if b.expanded > maxExpanded {
		b.fail(CodeYAMLAlias, pos, "aliases expand the document to more than %d values", maxExpanded).
			WithRelated(a.pos, "the anchor is here")
	}
	if depth+a.height > maxDepth {
		b.fail(CodeYAMLDepth, pos, "the value is nested deeper than %d levels once its aliases are expanded", maxDepth).
			WithRelated(a.pos, "the anchor is here")
	}
	return a.value, a.height
}

// checkTag refuses an explicit tag that is not the kind's own.
func (b *treeBuilder) checkTag(n *yaml.Node, pos diag.Pos, own string) {
	if n.Style&yaml.TaggedStyle != 0 && n.Tag != own {
		b.findings.Errorf(CodeYAMLTag, pos, "the tag `%s` means nothing here", clip(n.Tag)).WithHint("remove it")
	}
}

// tagged gives the kind that an explicit tag asks for; the zero Kind for a tag that scalars cannot have.
func tagged(tag string) Kind {
	switch tag {
	case "!!null":
		return Null
	case "!!bool":
		return Bool
	case "!!int":
		return Int
	case "!!float":
		return Float
	case "!!str":
		return String
	default:
		return 0
	}
}

func (b *treeBuilder) scalar(n *yaml.Node, pos diag.Pos) *Node {
	out := &Node{Kind: String, Pos: pos, Text: n.Value, form: formOf(n)}
	resolved := resolve(n.Value)
	switch {
	case n.Style&yaml.TaggedStyle != 0:
		kind := tagged(n.Tag)
		if kind == 0 {
			b.checkTag(n, pos, "")
			kind = String
		} else if kind != String && kind != resolved && (kind != Float || resolved != Int) {
			b.findings.Errorf(CodeYAMLTag, pos, "`%s` is not what the tag `%s` says", clip(n.Value), n.Tag).WithHint("remove the tag")
			kind = String
		}
		out.Kind = kind
	case out.form == plain:
		out.Kind = resolved
	}
	if out.Kind == Int || out.Kind == Float {
		b.checkNumber(out)
	}
	return out
}

func (b *treeBuilder) checkNumber(n *Node) {
	if _, ok := parseFloat(n.Text); !ok {
		b.findings.Errorf(CodeYAMLNumber, n.Pos, "`%s` is not a number that JSON and Kubernetes can carry", clip(n.Text)).
			WithHint("put it in quotes if it is meant as text")
		n.Kind = String
		return
	}
	if n.Kind == Int && ambiguous(n.Text) {
		b.findings.Warnf(CodeYAMLNumber, n.Pos, "`%s` is a decimal number here, but an octal one to older readers of YAML", clip(n.Text)).
			WithHint("write it without the leading zero, or with 0o if octal is meant, or in quotes if it is text")
	}
}
