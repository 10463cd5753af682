package compiler

import (
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	// CodeFromUnknown is reported when `from` names a node or an output that is not there, or a node that has several
	// outputs without saying which.
	CodeFromUnknown diag.Code = "from-unknown"
	// CodeFromTwice is reported when a node reads one output twice: its records could not be told apart.
	CodeFromTwice diag.Code = "from-twice"
	// CodeTypeUnknown is reported when an input or output names a type that spec.types does not have.
	CodeTypeUnknown diag.Code = "type-unknown"
)

// bind finds, for every input, the outputs that its `from` names, and for every port its type.
func (r *resolver) bind(p *Pipeline) {
	for _, m := range p.Members {
		ports := m.Component.Ports()
		m.Sources = make([][]Source, len(ports.Inputs))
		read := map[[2]string]diag.Pos{}
		for i, in := range ports.Inputs {
			r.checkType(p, in.Type)
			for _, ref := range in.From {
				source, ok := r.source(p, m, ref)
				if !ok {
					continue
				}
				key := [2]string{source.Member.Name(), source.Output.Name.V}
				if earlier, twice := read[key]; twice {
					r.findings.Errorf(CodeFromTwice, ref.Pos, "node `%s` reads `%s.%s` twice", m.Name(), key[0], key[1]).
						WithHint("remove one of the two").
						WithRelated(earlier, "the other one")
					continue
				}
				read[key] = ref.Pos
				m.Sources[i] = append(m.Sources[i], source)
			}
		}
		for _, out := range ports.Outputs {
			r.checkType(p, out.Type)
		}
	}
}

func (r *resolver) checkType(p *Pipeline, ref schema.Value[string]) {
	if !ref.IsSet() || p.Type(ref.V) != nil {
		return
	}
	d := r.findings.Errorf(CodeTypeUnknown, ref.Pos, "pipeline `%s` has no type `%s`", p.Name.V, ref.V)
	names := make([]string, len(p.Types))
	for i, t := range p.Types {
		names[i] = t.Name.V
	}
	if near := schema.Nearest(ref.V, names); near != "" {
		d.WithHint("did you mean `%s`?", near).WithRelated(p.Type(near).Name.Pos, "`%s` is declared here", near)
		return
	}
	d.WithHint("declare it under `spec.types`, as in `%s: {contentType: application/json}`", ref.V)
}

// source finds the output that a reference names.
func (r *resolver) source(p *Pipeline, reader *Member, ref schema.Value[string]) (Source, bool) {
	node, output, dotted := strings.Cut(ref.V, ".")
	m := p.Member(node)
	if m == nil {
		r.unknownNode(p, reader, ref, node, output)
		return Source{}, false
	}
	outputs := m.Component.Ports().Outputs
	names := outputNames(outputs)
	switch {
	case len(outputs) == 0:
		r.findings.Errorf(CodeFromUnknown, ref.Pos, "node `%s` reads `%s`, which has no outputs", reader.Name(), ref.V).
			WithHint("read a node that has some, or add `outputs` to `%s`", node).
			WithRelated(m.Component.Name().Pos, "%s `%s` is declared here", m.Kind.Name, node)
		return Source{}, false
	case !dotted && len(names) > 1:
		r.findings.Errorf(CodeFromUnknown, ref.Pos, "node `%s` reads `%s`, which has %d outputs", reader.Name(), node, len(names)).
			WithHint("say which: %s", "`"+node+"."+strings.Join(names, "`, `"+node+".")+"`").
			WithRelated(m.Component.Name().Pos, "%s `%s` is declared here", m.Kind.Name, node)
		return Source{}, false
	case !dotted:
		return Source{Member: m, Output: outputs[0], Pos: ref.Pos}, true
	}
	for _, o := range outputs {
		if o.Name.V == output {
			return Source{Member: m, Output: o, Pos: ref.Pos}, true
		}
	}
	d := r.findings.Errorf(CodeFromUnknown, ref.Pos, "node `%s` reads `%s`, but `%s` has no output `%s`", reader.Name(), ref.V, node, output).
		WithRelated(m.Component.Name().Pos, "%s `%s` is declared here", m.Kind.Name, node)
	if near := schema.Nearest(output, outputNames(outputs)); near != "" {
		d.WithHint("did you mean `%s.%s`?", node, near)
	} else {
		d.WithHint("it has %s", "`"+strings.Join(outputNames(outputs), "`, `")+"`")
	}
	return Source{}, false
}

func (r *resolver) unknownNode(p *Pipeline, reader *Member, ref schema.Value[string], node, output string) {
	d := r.findings.Errorf(CodeFromUnknown, ref.Pos, "node `%s` reads `%s`, but pipeline `%s` has no node `%s`", reader.Name(), ref.V, p.Name.V, node)
	var names []string
	for _, m := range p.Members {
		if m != reader && len(m.Component.Ports().Outputs) > 0 {
			names = append(names, m.Name())
		}
	}
	near := schema.Nearest(node, names)
	switch {
	case near != "":
		suggestion := near
		if output != "" {
			suggestion += "." + output
		}
		m := p.Member(near)
		d.WithHint("did you mean `%s`?", suggestion).WithRelated(m.Component.Name().Pos, "%s `%s` is declared here", m.Kind.Name, near)
	case len(names) == 0:
		d.WithHint("no other node of the pipeline has an output: add an endpoint or a topic to read from")
	default:
		d.WithHint("these nodes have outputs: %s", "`"+strings.Join(names, "`, `")+"`")
	}
}

// outputNames gives the names, sorted, each once: that two outputs have one is reported by itself.
func outputNames(outputs []OutputSpec) []string {
	names := make([]string, len(outputs))
	for i, o := range outputs {
		names[i] = o.Name.V
	}
	slices.Sort(names)
	return slices.Compact(names)
}
