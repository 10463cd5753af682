package schema

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// reporter turns the validator's errors into findings.
type reporter struct {
	// source is the whole schema, which references point into; schema is the part of it for root.
	source, schema object
	fragments      []Fragment
	// kind and name say what root is, as in algo and resize.
	kind, name string
	root       *Node
	// document says that root is a whole document, whose sections hold nodes with kinds and names of their own.
	document bool
	findings diag.List
	indices  map[*Node]map[string]*Entry
	// lost are the headings that maps lack.
	lost map[*Node][]heading
	// compared counts the unknown fields that were compared with the known ones.
	compared int
}

// fault is one leaf of the validator's tree of errors.
type fault struct {
	// keyword is what of the schema failed, with its own schema around it.
	keyword string
	schema  object
	// definition is the name of the definition that schema is, empty when it is none.
	definition string
	// path leads from the root to node, the guilty value; entry is its key, when it has one.
	path  []pathStep
	node  *Node
	entry *Entry
	// isKey says that the key is guilty, not the value.
	isKey bool
}

func (r *reporter) report(schema *jsonschema.Schema) diag.List {
	err := schema.Validate(r.root.JSON())
	if invalid, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		r.walk(invalid)
	} else if err != nil { // JSON gives only what the validator takes, and no schema of ours refers to itself in place
		panic(err)
	}
	return r.findings.Sorted()
}

// walk reports the leaves under an error.
func (r *reporter) walk(e *jsonschema.ValidationError) {
	location := pointer(e.AbsoluteKeywordLocation)
	if len(e.Causes) == 0 {
		r.leaf(e, location)
		return
	}
	last := len(location) - 1 // -1 is the root, whose error only gathers others
	if last < 0 || location[last] != "anyOf" && location[last] != "oneOf" {
		for _, cause := range e.Causes {
			r.walk(cause)
		}
		return
	}
	if schema, _ := r.lookup(location[:last]).(object); schema["errorMessage"] != nil {
		r.leaf(e, location)
		return
	}
	r.alternatives(e)
}

// alternatives reports the branch that the value's author most likely meant: of those that take values of its type, the
// one with the fewest faults.
func (r *reporter) alternatives(e *jsonschema.ValidationError) {
	var best *jsonschema.ValidationError
	fewest := 0
	var wanted []string
	for _, branch := range e.Causes {
		leaves := leavesOf(branch)
		i := slices.IndexFunc(leaves, func(l *jsonschema.ValidationError) bool {
			return l.InstanceLocation == e.InstanceLocation && strings.HasSuffix(l.AbsoluteKeywordLocation, "/type")
		})
		if i >= 0 {
			location := pointer(leaves[i].AbsoluteKeywordLocation)
			for _, t := range stringsOf(r.lookup(location)) {
				if !slices.Contains(wanted, t) { // branches may want one type, for different kinds of node say
					wanted = append(wanted, t)
				}
			}
			continue
		}
		if best == nil || len(leaves) < fewest {
			best, fewest = branch, len(leaves)
		}
	}
	if best != nil {
		r.walk(best)
		return
	}
	f := r.locate(e)
	r.wrongType(f, wanted)
}

func leavesOf(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var out []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		out = append(out, leavesOf(cause)...)
	}
	return out
}

// stringsOf gives a keyword's value as a list: type may be one string or several.
func stringsOf(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		out := make([]string, len(v))
		for i, item := range v {
			out[i] = fmt.Sprint(item)
		}
		return out
	default:
		return nil
	}
}

func (r *reporter) add(code diag.Code, pos diag.Pos, path []pathStep, format string, args ...any) *diag.Diagnostic {
	return r.findings.Errorf(code, pos, format, args...).WithPath(fieldPath(path))
}

// nameOf gives the name that stands in a map, empty when there is none.
func nameOf(n *Node) string {
	name := n.Get("name")
	if name == nil || name.Kind != String || name.Text == "" {
		return ""
	}
	return name.Text
}
