package compiler

import (
	"fmt"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// place is where a name must be unique: a namespace of a Kubernetes cluster, or the whole of one.
type place struct {
	space, where string
	// addresses says that the names are addresses, which callers use.
	addresses bool
}

// owner is what has a name somewhere.
type owner struct {
	graph *Graph
	// what is the owner in words, as in "node `resize`".
	what string
	pos  diag.Pos
}

// String names the owner with its pipeline and environment.
func (o owner) String() string {
	text := o.what
	if name := o.graph.Pipeline.Name.V; text != "pipeline `"+name+"`" {
		text += fmt.Sprintf(" of pipeline `%s`", name)
	}
	if env := o.graph.Environment; env != nil {
		text += fmt.Sprintf(" in `%s`", env.Name.V)
	}
	return text
}

// claims are the names taken so far, by place.
type claims struct {
	taken    map[place]map[string]owner
	findings *diag.List
}

// checkNames reports names that two owners have in one place.
func checkNames(p *Project, graphs []*Graph, findings *diag.List) {
	c := claims{map[place]map[string]owner{}, findings}
	for _, g := range graphs {
		if g.Environment == nil && len(p.Environments) > 0 {
			continue // names with no environment matter only where there is none
		}
		c.objects(g)
		c.topics(g)
		c.addresses(g)
		c.applications(g)
	}
}

// claim takes a name for an owner. One pipeline that two environments put in one namespace is reported once, since all
// of its names meet there.
func (c claims) claim(at place, name string, by owner) {
	if c.taken[at] == nil {
		c.taken[at] = map[string]owner{}
	}
	earlier, ok := c.taken[at][name]
	if !ok {
		c.taken[at][name] = by
		return
	}
	if by.pos.Compare(earlier.pos) < 0 { // the one that was written first has the name
		by, earlier = earlier, by
	}
	switch {
	case at.addresses && earlier.graph == by.graph: // in each environment alike
		c.findings.Errorf(CodeAddressTaken, by.pos, "%s and %s of pipeline `%s` would both answer at one host and path", by.what, earlier.what, by.graph.Pipeline.Name.V).
			WithHint("give one of them another path").
			WithRelated(earlier.pos, "the other one")
	case at.addresses:
		c.findings.Errorf(CodeAddressTaken, by.pos, "%v and %v would both answer at `%s` in %s", by, earlier, name, at.where).
			WithHint("give one of them another path or host; if two environments lie in two Kubernetes clusters, set `cluster`").
			WithRelated(earlier.pos, "%v", earlier)
	case earlier.graph != by.graph && earlier.graph.Pipeline.Name.V == by.graph.Pipeline.Name.V:
		env, other := by.graph.Environment, earlier.graph.Environment
		c.findings.Errorf(CodeNameCollision, env.Name.Pos, "environments `%s` and `%s` both put pipeline `%s` in %s", env.Name.V, other.Name.V, by.graph.Pipeline.Name.V, at.where).
			WithHint("give each a namespace of its own; if they lie in two Kubernetes clusters, set `cluster`").
			WithRelated(other.Name.Pos, "the other environment")
	default:
		c.findings.Errorf(CodeNameCollision, by.pos, "%v and %v would both be named `%s` in %s", by, earlier, name, at.where).
			WithHint("rename one of them, or keep them apart by namespace or prefix").
			WithRelated(earlier.pos, "%v", earlier)
	}
}

// objects claims the Kubernetes names in the namespace of the pods.
func (c claims) objects(g *Graph) {
	at := place{space: "objects", where: "one namespace"}
	if env := g.Environment; env != nil {
		at = namespaceOf("objects", env, env.Namespace.V)
	}
	c.claim(at, g.Names.Shared(), owner{g, fmt.Sprintf("pipeline `%s`", g.Pipeline.Name.V), g.Pipeline.Name.Pos})
	for _, n := range g.Nodes {
		c.claim(at, n.Object, owner{g, fmt.Sprintf("node `%s`", n.Name), n.Pos})
	}
	if g.Environment != nil && g.Environment.Kafka.HasOpsUser() {
		c.claim(at, g.Ops().Object, owner{g, "the user of operators' commands", g.Pipeline.Name.Pos})
	}
}

// topics claims the names of managed topics in Kafka's namespace. Plan has compared those of one graph.
func (c claims) topics(g *Graph) {
	at := place{space: "topics", where: "Kafka"}
	if env := g.Environment; env != nil {
		at = namespaceOf("topics", env, env.KafkaNamespace())
	}
	for i, t := range g.Topics {
		if t.Managed && (i == 0 || g.Topics[i-1].Name != t.Name) {
			c.claim(at, t.Object, owner{g, fmt.Sprintf("topic `%s.%s`", t.Node, t.Output), t.position(g)})
		}
	}
}

// addresses claims what callers outside use, in a whole Kubernetes cluster.
func (c claims) addresses(g *Graph) {
	if g.Environment == nil {
		return
	}
	cluster := g.Environment.ClusterName()
	at := place{space: "addresses/" + cluster, where: fmt.Sprintf("cluster `%s`", cluster), addresses: true}
	for _, n := range g.Nodes {
		if address, ok := g.address(n); ok {
			c.claim(at, address.Host+address.Path, owner{g, fmt.Sprintf("%s `%s`", n.Kind, n.Name), address.Pos})
		}
	}
}

func namespaceOf(space string, env *Environment, namespace string) place {
	return place{
		space: space + "/" + env.ClusterName() + "/" + namespace,
		where: fmt.Sprintf("namespace `%s` of cluster `%s`", namespace, env.ClusterName()),
	}
}
