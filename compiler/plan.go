package compiler

import (
	"cmp"
	"maps"
	"mime"
	"path"
	"slices"
	"strconv"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Plan makes the Graph of one pipeline in one environment; with env nil, in none, and then it reports only findings of
// the pipeline itself.
func Plan(pl *Pipeline, env *Environment) (*Graph, diag.List) {
	g := &Graph{Pipeline: pl, Environment: env, Names: Names{Pipeline: pl.Name.V}}
	var findings diag.List
	if env != nil {
		g.Names.Prefix = env.Kafka.Prefix.V
		g.Domain = selectDomain(env.Domains, pl)
	}
	topics := map[PortRef]*Topic{}
	for _, m := range pl.Members {
		g.Nodes = append(g.Nodes, g.planNode(m, topics, &findings))
	}
	for i, m := range pl.Members {
		g.connect(g.Nodes[i], m, topics)
		g.planDelayed(g.Nodes[i], m, topics, &findings)
	}
	g.Topics = slices.SortedFunc(maps.Values(topics), func(a, b *Topic) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Node, b.Node), cmp.Compare(a.Output, b.Output))
	})
	slices.SortFunc(g.Edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(a.From.Node, b.From.Node), cmp.Compare(a.From.Port, b.From.Port), cmp.Compare(a.To.Node, b.To.Node), cmp.Compare(a.To.Port, b.To.Port))
	})
	g.checkTopicNames(&findings)
	g.checkEdges(&findings)
	for _, m := range pl.Members {
		g.checkPartitions(m, &findings)
	}
	if cycle := g.checkCycles(&findings); cycle {
		return g, findings
	}
	for i, m := range pl.Members {
		g.planRunner(g.Nodes[i], m, &findings)
	}
	return g, findings
}

// planNode names a node and its topics.
func (g *Graph) planNode(m *Member, topics map[PortRef]*Topic, findings *diag.List) *Node {
	name := m.Name()
	n := &Node{
		Name:      name,
		Kind:      m.Kind.Name,
		Component: m.Component,
		Object:    g.Names.Object(name),
		User:      g.Names.User(name),
		Pos:       m.Component.Name().Pos,
	}
	ports := m.Component.Ports()
	for _, o := range ports.Outputs {
		t := g.planTopic(name, o, findings)
		if !t.Pos.IsValid() {
			t.Pos = n.Pos
		}
		topics[PortRef{name, o.Name.V}] = t
		n.Outputs = append(n.Outputs, Output{Name: o.Name.V, Topic: t})
	}
	slices.SortFunc(n.Outputs, func(a, b Output) int { return cmp.Compare(a.Name, b.Name) })
	if len(ports.Inputs) > 0 {
		n.Group = g.Names.Group(name)
		n.DeadLetters = g.planDeadLetters(n)
		topics[PortRef{name, OutputDeadLetters}] = n.DeadLetters
	}
	return n
}

// connect gives a node's inputs their topics, and the graph its edges.
func (g *Graph) connect(n *Node, m *Member, topics map[PortRef]*Topic) {
	for i, in := range m.Component.Ports().Inputs {
		input := Input{Name: in.Name.V}
		if typ := g.Pipeline.Type(in.Type.V); typ != nil {
			input.ContentType = typ.ContentType.V
		}
		for _, s := range m.Sources[i] {
			from := PortRef{s.Member.Name(), s.Output.Name.V}
			input.Topics = append(input.Topics, topics[from])
			g.Edges = append(g.Edges, Edge{From: from, To: PortRef{n.Name, in.Name.V}, Topic: topics[from]})
		}
		slices.SortFunc(input.Topics, func(a, b *Topic) int { return cmp.Compare(a.Name, b.Name) })
		n.Inputs = append(n.Inputs, input)
	}
	slices.SortFunc(n.Inputs, func(a, b Input) int { return cmp.Compare(a.Name, b.Name) })
	if n.DeadLetters != nil {
		n.DeadLetters.Config[configMaxMessageBytes] = strconv.FormatInt(n.largestInput()+DeadLetterHeadroom, 10)
	}
}

// CodeContract is reported when a kind plans a runner that the contract forbids: a check is missing before it.
const CodeContract diag.Code = "contract-invalid"

// planRunner has the kind say what runs, and prints the contract.
func (g *Graph) planRunner(n *Node, m *Member, findings *diag.List) {
	runner, more := m.Component.Plan(g, n)
	*findings = append(*findings, more...)
	if runner == nil || findings.HasErrors() {
		return
	}
	document, err := contract.Marshal(runner)
	if err == nil {
		err = runner.Validate()
	}
	if err != nil {
		findings.Errorf(CodeContract, n.Pos, "no runner would accept what is planned for %s `%s`: %v", n.Kind, n.Name, err).
			WithHint("this is a fault of pipelinectl: please report it with the document")
		return
	}
	n.Runner, n.Contract, n.Hash = runner, document, contract.Hash(document)
}

// accepts says whether records of one content type may flow into an input of another, which may have a wildcard.
func accepts(want, have string) bool {
	if want == "" || have == "" {
		return false // only its name says what such a type is
	}
	wantType, _, err1 := mime.ParseMediaType(want)
	haveType, _, err2 := mime.ParseMediaType(have)
	if err1 != nil || err2 != nil {
		return want == have
	}
	ok, err := path.Match(wantType, haveType)
	return err == nil && ok
}
