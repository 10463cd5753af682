package compiler

import (
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// The findings of one graph that no schema can see.
const (
	// CodeTypeMismatch is reported when an input takes a type that its source does not give.
	CodeTypeMismatch diag.Code = "type-mismatch"
	// CodeTopicUnread is a warning about an output that no node reads: its records are stored for nobody, unless
	// somebody outside the pipeline reads the topic.
	CodeTopicUnread diag.Code = "topic-unread"
	// CodeCycle is reported when records would go round for ever.
	CodeCycle diag.Code = "cycle"
)

// checkEdges compares the types at both ends of each edge, and reports outputs at which no edge begins.
func (g *Graph) checkEdges(findings *diag.List) {
	read := map[PortRef]bool{}
	for _, m := range g.Pipeline.Members {
		for i, in := range m.Component.Ports().Inputs {
			for _, s := range m.Sources[i] {
				read[PortRef{s.Member.Name(), s.Output.Name.V}] = true
				g.checkTypes(m, in, s, findings)
			}
		}
	}
	for _, m := range g.Pipeline.Members {
		for _, o := range m.Component.Ports().Outputs {
			if read[PortRef{m.Name(), o.Name.V}] {
				continue
			}
			pos := o.Name.Pos
			if !pos.IsValid() {
				pos = m.Component.Name().Pos
			}
			findings.Warnf(CodeTopicUnread, pos, "no node of pipeline `%s` reads `%s.%s`", g.Pipeline.Name.V, m.Name(), o.Name.V).
				WithHint("have a node read it (`from: %s.%s`), or remove the output; where somebody outside the pipeline reads the topic, all is well", m.Name(), o.Name.V)
		}
	}
}

func (g *Graph) checkTypes(m *Member, in InputSpec, s Source, findings *diag.List) {
	want, have := g.Pipeline.Type(in.Type.V), g.Pipeline.Type(s.Output.Type.V)
	if want == nil || have == nil || want == have || accepts(want.ContentType.V, have.ContentType.V) {
		return
	}
	findings.Errorf(CodeTypeMismatch, s.Pos, "input `%s` of `%s` takes type `%s`, but `%s.%s` gives `%s`",
		in.Name.V, m.Name(), want.Name.V, s.Member.Name(), s.Output.Name.V, have.Name.V).
		WithHint("read another output, or give both the same type").
		WithRelated(in.Type.Pos, "the type of the input").
		WithRelated(s.Output.Type.Pos, "the type of the output")
}

// checkCycles reports cycles, each at the edge that closes it when nodes are visited by name, with its path. Of cycles
// that share a node it reports one: mending it may mend the others, and there can be more of them than nodes.
func (g *Graph) checkCycles(findings *diag.List) bool {
	const (
		unseen = iota
		open
		done
	)
	state := map[*Member]int{}
	reported := map[*Member]bool{}
	var stack []*Member
	var visit func(m *Member)
	visit = func(m *Member) {
		state[m] = open
		stack = append(stack, m)
		for _, sources := range m.Sources {
			for _, s := range sources {
				switch state[s.Member] {
				case unseen:
					visit(s.Member)
				case open:
					cycle := stack[slices.Index(stack, s.Member):]
					if !slices.ContainsFunc(cycle, func(m *Member) bool { return reported[m] }) {
						reportCycle(cycle, s.Pos, findings)
					}
					for _, m := range cycle {
						reported[m] = true
					}
				}
			}
		}
		stack = stack[:len(stack)-1]
		state[m] = done
	}
	for _, m := range g.Pipeline.Members {
		if state[m] == unseen {
			visit(m)
		}
	}
	return len(reported) > 0
}

// reportCycle names the nodes in the direction that records flow; members lists them against it, each but the last
// reading the next one.
func reportCycle(members []*Member, closing diag.Pos, findings *diag.List) {
	names := make([]string, 0, len(members)+1)
	for _, m := range slices.Backward(members) {
		names = append(names, m.Name())
	}
	names = append(names, names[0])
	d := findings.Errorf(CodeCycle, closing, "records would go round for ever: %s", strings.Join(names, " -> ")).
		WithHint("remove one of these edges")
	for i, m := range members[:len(members)-1] {
		next := members[i+1]
		for _, s := range slices.Concat(m.Sources...) {
			if s.Member == next {
				d.WithRelated(s.Pos, "`%s` reads `%s` here", m.Name(), next.Name())
				break
			}
		}
	}
}
