package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"golang.org/x/sync/errgroup"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Fragment is what a kind of node adds to the schema of a Pipeline.
type Fragment struct {
	// Kind names the kind of node, as in "algo".
	Kind string
	// Section is the key of spec that lists nodes of the kind, as in "algos".
	Section string
	// JSON is the JSON Schema (draft 2020-12) of one item of the section. It may refer to the envelope's definitions
	// as "#/$defs/name" and so on. Beside a pattern, oneOf, anyOf or not it may say the rule in words, in the annotation
	// errorMessage, which findings repeat.
	JSON []byte
}

// Set holds the schemas of all kinds of documents. It is safe for concurrent use.
type Set struct {
	fragments []Fragment
	// assembled and compiled are made when first needed, the latter for each kind of document: compiling costs
	// milliseconds that most verbs need not spend.
	assembled func() (object, error)
	compiled  map[string]func() *validator
}

// validator is the compiled schema of one kind of document.
type validator struct {
	// source is the schema that findings take their words from.
	source   object
	document *jsonschema.Schema
	// sections are the schemas of the items of a Pipeline's sections.
	sections map[string]*jsonschema.Schema
}

// NewSet makes a Set of the envelope and the kinds of nodes. A fragment that is no valid schema shows as the error of
// JSON; Validate and ValidateItem panic then, since fragments are part of the program.
func NewSet(fragments ...Fragment) *Set {
	s := &Set{fragments: slices.Clone(fragments), compiled: map[string]func() *validator{}}
	s.assembled = sync.OnceValues(func() (object, error) { return assemble(s.fragments) })
	for _, kind := range s.Kinds() {
		s.compiled[kind] = sync.OnceValue(func() *validator { return s.compile(kind) })
	}
	return s
}

// Kinds gives the kinds of documents, sorted.
func (s *Set) Kinds() []string { return documentKinds() }

// JSON gives the schema of one kind of document, complete in itself, or of any kind when kind is empty: indented, and
// always the same bytes. An unknown kind is an error.
func (s *Set) JSON(kind string) ([]byte, error) {
	source, err := s.assembled()
	if err != nil {
		return nil, err
	}
	if kind != "" && !slices.Contains(s.Kinds(), kind) {
		return nil, fmt.Errorf("no kind %q of documents: the kinds are %s", kind, strings.Join(s.Kinds(), ", "))
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(standalone(source, kind)); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return buf.Bytes(), nil
}

// Validate reports what in a document breaks its kind's schema, each fault once, at the key or value that is guilty.
func (s *Set) Validate(doc *Document) diag.List {
	v := s.compiled[doc.Kind]()
	r := reporter{source: v.source, schema: v.source, fragments: s.fragments, kind: strings.ToLower(doc.Kind), root: doc.Root, document: true}
	r.name = nameOf(doc.Root.Get("metadata"))
	return r.report(v.document)
}

// ValidateAll validates documents side by side. The findings are in the order of the documents.
func (s *Set) ValidateAll(docs []*Document) diag.List {
	lists := make([]diag.List, len(docs))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, kind := range s.Kinds() {
		if !slices.ContainsFunc(docs, func(d *Document) bool { return d.Kind == kind }) {
			continue
		}
		group.Go(func() error { // first, or every document of the kind would wait for the schema at once
			s.compiled[kind]()
			return nil
		})
	}
	for i, doc := range docs {
		group.Go(func() error {
			lists[i] = s.Validate(doc)
			return nil
		})
	}
	_ = group.Wait() // no function above fails
	return slices.Concat(lists...)
}

// ValidateItem reports what in one node of a pipeline breaks its kind's schema: n is an item of the section, possibly
// with values of several files after overrides were merged into it. Paths in the findings begin at n. A section that
// no fragment has panics.
func (s *Set) ValidateItem(section string, n *Node) diag.List {
	v := s.compiled[KindPipeline]()
	r := reporter{source: v.source, fragments: s.fragments, root: n}
	for _, f := range s.fragments {
		if f.Section == section {
			r.kind = f.Kind
			r.schema = at(v.source, "$defs", f.Kind)
		}
	}
	r.name = nameOf(n)
	return r.report(v.sections[section])
}

// compile makes the validator of a kind. Nothing is ever fetched.
func (s *Set) compile(kind string) *validator {
	all, err := s.assembled()
	if err != nil {
		panic(err)
	}
	v := &validator{source: standalone(all, kind), sections: map[string]*jsonschema.Schema{}}
	lean := essence(v.source).(object)
	lean["$schema"] = cheapDraft
	text, err := json.Marshal(lean)
	if err != nil {
		panic(err)
	}
	url := v.source["$id"].(string)
	c := jsonschema.NewCompiler()
	c.LoadURL = func(url string) (io.ReadCloser, error) { return nil, errors.New("schemas are never fetched: " + url) }
	if err := c.AddResource(url, bytes.NewReader(text)); err != nil {
		panic(err)
	}
	v.document = c.MustCompile(url)
	if kind == KindPipeline {
		for _, f := range s.fragments {
			v.sections[f.Section] = c.MustCompile(url + "#/$defs/" + f.Kind)
		}
	}
	return v
}
