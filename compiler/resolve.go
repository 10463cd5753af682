package compiler

import (
	"cmp"
	"slices"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	// CodeDocumentDuplicate is reported when two documents of one kind have one name.
	CodeDocumentDuplicate diag.Code = "document-duplicate"
	// CodePipelineEmpty is reported for a pipeline without nodes.
	CodePipelineEmpty diag.Code = "pipeline-empty"
	// CodeNodeDuplicate is reported when two nodes of a pipeline have one name, whatever their kinds.
	CodeNodeDuplicate diag.Code = "node-duplicate"
	// CodeNameReserved is reported when a node or an output takes a name that the compiler gives a meaning.
	CodeNameReserved diag.Code = "name-reserved"
)

// resolver carries what Resolve gathers; it lives for one call.
type resolver struct {
	kinds    []Kind
	set      *schema.Set
	project  *Project
	findings diag.List
	// sections are those that overrides have met, by name.
	sections map[string]schema.Section
	// outcomes are what each override has done, by its place: one that several environments inherit need reach something
	// in one of them.
	outcomes map[diag.Pos]*outcome
}

// Resolve makes typed pipelines and environments of documents that Layer has made whole, binds every name in them and
// applies the environments' overrides. It never changes a document.
func Resolve(docs []*schema.Document, kinds []Kind, set *schema.Set) (*Project, diag.List) {
	r := &resolver{
		kinds: kinds, set: set, project: &Project{variants: map[variant]*Pipeline{}},
		sections: map[string]schema.Section{}, outcomes: map[diag.Pos]*outcome{},
	}
	seen := map[[2]string]diag.Pos{}
	var pipelines []*schema.Document
	for _, doc := range docs {
		if doc.Kind == schema.KindProject {
			continue
		}
		key := [2]string{doc.Kind, doc.Name.V}
		if earlier, ok := seen[key]; ok {
			r.findings.Errorf(CodeDocumentDuplicate, doc.Name.Pos, "there are two documents of kind %s named `%s`", doc.Kind, doc.Name.V).
				WithHint("rename one of them, or remove it if it is a copy").
				WithRelated(earlier, "the other one")
			continue
		}
		seen[key] = doc.Name.Pos
		switch {
		case doc.Kind == schema.KindPipeline:
			pipelines = append(pipelines, doc)
		case doc.Kind == schema.KindEnvironment && !IsAbstract(doc):
			r.project.Environments = append(r.project.Environments, r.environment(doc))
		}
	}
	r.project.Pipelines = make([]*Pipeline, len(pipelines))
	r.findings = append(r.findings, sideBySide(pipelines, func(i int, doc *schema.Document) diag.List {
		one := resolver{kinds: kinds}
		r.project.Pipelines[i] = one.pipeline(doc)
		return one.findings
	})...)
	slices.SortFunc(r.project.Pipelines, func(a, b *Pipeline) int { return cmp.Compare(a.Name.V, b.Name.V) })
	slices.SortFunc(r.project.Environments, func(a, b *Environment) int { return cmp.Compare(a.Name.V, b.Name.V) })
	for _, env := range r.project.Environments {
		r.override(env)
	}
	r.reportOverrides()
	return r.project, r.findings
}

func (r *resolver) environment(doc *schema.Document) *Environment {
	env := &Environment{Name: doc.Name, Pos: doc.Pos, Source: doc.Source}
	r.findings = append(r.findings, schema.Decode(doc.Root.Get("spec"), env)...)
	if list := doc.Root.Get("spec").Get("overrides"); list != nil {
		for i := range env.Overrides {
			env.Overrides[i].Pos = list.Items[i].Pos
		}
	}
	if list := doc.Root.Get("spec").Get("ingressFrom"); list != nil {
		env.IngressPos = list.Pos
	}
	return env
}

func (r *resolver) pipeline(doc *schema.Document) *Pipeline {
	var envelope struct {
		Metadata struct {
			Labels schema.Entries[schema.Value[string]] `yaml:"labels"`
		} `yaml:"metadata"`
		Spec struct {
			Types schema.Entries[struct {
				ContentType schema.Value[string] `yaml:"contentType"`
			}] `yaml:"types"`
			Extras *ExtrasSpec `yaml:"extras"`
		} `yaml:"spec"`
	}
	r.findings = append(r.findings, schema.Decode(doc.Root, &envelope)...)
	p := &Pipeline{Name: doc.Name, Labels: envelope.Metadata.Labels, Source: doc.Source, Pos: doc.Pos}
	for _, t := range envelope.Spec.Types {
		p.Types = append(p.Types, &Type{Name: t.Key, ContentType: t.Value.ContentType})
	}
	p.Extras = envelope.Spec.Extras
	r.findings = append(r.findings, p.Extras.check()...)
	slices.SortFunc(p.Types, func(a, b *Type) int { return cmp.Compare(a.Name.V, b.Name.V) })
	for _, kind := range r.kinds {
		if section := doc.Root.Get("spec").Get(kind.Section); section != nil {
			for _, item := range section.Items {
				p.Members = append(p.Members, r.member(kind, item))
			}
		}
	}
	if len(p.Members) == 0 {
		r.findings.Errorf(CodePipelineEmpty, p.Name.Pos, "pipeline `%s` has no nodes: nothing could be built of it", p.Name.V).
			WithHint("list some under `spec`, as in `endpoints: [{name: upload, http: {path: /upload}}]`")
	}
	r.sortMembers(p)
	r.bind(p)
	return p
}

func (r *resolver) member(kind Kind, node *schema.Node) *Member {
	component, findings := kind.Decode(node)
	r.findings = append(r.findings, findings...)
	return &Member{Kind: kind, Component: component, node: node}
}

// sortMembers orders the nodes by name, and reports names that are taken or reserved.
func (r *resolver) sortMembers(p *Pipeline) {
	slices.SortStableFunc(p.Members, func(a, b *Member) int {
		return cmp.Or(cmp.Compare(a.Name(), b.Name()), a.Component.Name().Pos.Compare(b.Component.Name().Pos))
	})
	unique := p.Members[:0:0]
	for i, m := range p.Members {
		name := m.Component.Name()
		if i > 0 && p.Members[i-1].Name() == name.V {
			earlier := p.Members[i-1]
			r.findings.Errorf(CodeNodeDuplicate, name.Pos, "pipeline `%s` has two nodes named `%s`", p.Name.V, name.V).
				WithHint("rename one of them: topics, groups and objects are named after their node").
				WithRelated(earlier.Component.Name().Pos, "the other one, of kind %s", earlier.Kind.Name)
			continue
		}
		if name.V == NodeOps {
			r.findings.Errorf(CodeNameReserved, name.Pos, "`%s` cannot name a node: it is the user that operators' commands run as", name.V).
				WithHint("choose another name")
		}
		r.checkPorts(m)
		unique = append(unique, m)
	}
	p.Members = unique
}

// checkPorts reports outputs with reserved names, and ports of one side that share a name.
func (r *resolver) checkPorts(m *Member) {
	ports := m.Component.Ports()
	outputs := make([]schema.Value[string], len(ports.Outputs))
	for i, o := range ports.Outputs {
		outputs[i] = o.Name
		switch o.Name.V {
		case OutputDeadLetters, OutputRetry, OutputPark:
			r.findings.Errorf(CodeNameReserved, o.Name.Pos, "`%s` cannot name an output: topics of that name belong to the failure policy", o.Name.V).
				WithHint("choose another name")
		}
	}
	r.checkTwins(m, "outputs", outputs)
	inputs := make([]schema.Value[string], len(ports.Inputs))
	for i, in := range ports.Inputs {
		inputs[i] = in.Name
	}
	r.checkTwins(m, "inputs", inputs)
}

func (r *resolver) checkTwins(m *Member, ports string, names []schema.Value[string]) {
	for i, name := range names {
		j := slices.IndexFunc(names[:i], func(earlier schema.Value[string]) bool { return earlier.V == name.V })
		if j < 0 {
			continue
		}
		pos := name.Pos
		if !pos.IsValid() {
			pos = m.Component.Name().Pos
		}
		d := r.findings.Errorf(CodeNodeDuplicate, pos, "node `%s` has two %s named `%s`", m.Name(), ports, name.V).
			WithHint("give each a name of its own: only a sole output may go without")
		if names[j].IsSet() {
			d.WithRelated(names[j].Pos, "the other one")
		}
	}
}
