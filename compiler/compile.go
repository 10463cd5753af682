package compiler

import (
	"cmp"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Program is what Compile makes of a project's documents, phase by phase; a field is set once its phase has run.
type Program struct {
	Documents []*schema.Document
	// Layered are the documents once defaults and inherited settings are laid under them.
	Layered []*schema.Document
	Project *Project
	// Graphs are the plans, sorted by pipeline; of each the one with no environment, then by environment.
	Graphs []*Graph

	compiler *Compiler
}

// Compiler compiles projects whose nodes are of certain kinds. It holds the schemas, which take milliseconds to make,
// and is safe for concurrent use.
type Compiler struct {
	kinds []Kind
	set   *schema.Set
}

// New gives a Compiler for these kinds; schemas are made when first needed.
func New(kinds []Kind) *Compiler { return &Compiler{kinds: kinds, set: NewSet(kinds)} }

// pass is one phase. The next one does not start after an error, but a phase gathers all its findings.
type pass struct {
	name string
	// why says what the phase needs of those before it.
	why string
	run func(*Program) diag.List
}

// passes are the phases in their order. Parsing comes before them (schema.Load), emission after (emit.Emit).
var passes = []pass{
	{"validate", "documents are well-formed YAML", (*Program).validate},
	{"layer", "each document is what its schema says, so one can be laid over another", (*Program).layer},
	{"resolve", "every field has its type and form, so kinds can decode", (*Program).resolve},
	{"plan", "every name is bound, so graphs can be walked", (*Program).plan},
}

// Compile runs the phases over the documents of one project; see Compiler.Compile.
func Compile(docs []*schema.Document, kinds []Kind) (*Program, diag.List) {
	return New(kinds).Compile(docs)
}

// Compile runs the phases over the documents of a project. The Program holds what the phases gave that ran; it is
// complete when no finding blocks the next phase.
func (c *Compiler) Compile(docs []*schema.Document) (*Program, diag.List) {
	p := &Program{Documents: docs, compiler: c}
	var findings diag.List
	for _, pass := range passes {
		findings = append(findings, pass.run(p)...)
		if findings.Blocks() {
			break
		}
	}
	return p, findings.Sorted()
}

// NewSet gives the JSON Schemas of documents with nodes of these kinds.
func NewSet(kinds []Kind) *schema.Set {
	fragments := make([]schema.Fragment, len(kinds))
	for i, k := range kinds {
		fragments[i] = schema.Fragment{Kind: k.Name, Section: k.Section, JSON: k.Schema}
	}
	return schema.NewSet(fragments...)
}

func (p *Program) validate() diag.List { return p.compiler.set.ValidateAll(p.Documents) }

func (p *Program) layer() (findings diag.List) {
	p.Layered, findings = Layer(p.Documents, p.compiler.kinds, p.compiler.set)
	return findings
}

func (p *Program) resolve() diag.List {
	var findings diag.List
	p.Project, findings = Resolve(p.Layered, p.compiler.kinds, p.compiler.set)
	secrets := sideBySide(p.Documents, func(_ int, doc *schema.Document) diag.List {
		return CheckSecrets([]*schema.Document{doc}, p.compiler.kinds)
	})
	return slices.Concat(findings, secrets, checkAttachedSecrets(p.Documents))
}

// plan makes the graphs, pipelines side by side.
func (p *Program) plan() diag.List {
	environments := append([]*Environment{nil}, p.Project.Environments...)
	graphs := make([][]*Graph, len(p.Project.Pipelines))
	findings := sideBySide(p.Project.Pipelines, func(i int, pl *Pipeline) diag.List {
		var findings diag.List
		for _, env := range environments {
			if !env.Runs(pl) {
				continue
			}
			g, more := Plan(p.Project.In(env, pl), env)
			graphs[i] = append(graphs[i], g)
			findings = append(findings, more...)
		}
		return findings
	})
	p.Graphs = slices.Concat(graphs...)
	return append(findings, CheckProject(p.Project, p.Graphs)...)
}

// GraphsOf gives the plans of one pipeline: the one with no environment, then by environment.
func (p *Program) GraphsOf(pipeline string) []*Graph {
	order := func(g *Graph, name string) int { return cmp.Compare(g.Pipeline.Name.V, name) }
	first, _ := slices.BinarySearchFunc(p.Graphs, pipeline, order)
	graphs := p.Graphs[first:]
	if last := slices.IndexFunc(graphs, func(g *Graph) bool { return order(g, pipeline) != 0 }); last >= 0 {
		graphs = graphs[:last:last]
	}
	return graphs
}

// sideBySide calls f with each item and its index, as many at once as there are processors. The findings are in the
// order of the items.
func sideBySide[T any](items []T, f func(int, T) diag.List) diag.List {
	lists := make([]diag.List, len(items))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, item := range items {
		group.Go(func() error {
			lists[i] = f(i, item)
			return nil
		})
	}
	_ = group.Wait() // no function above fails
	return slices.Concat(lists...)
}
